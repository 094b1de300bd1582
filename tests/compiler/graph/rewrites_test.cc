// Rewrites of graphs: which operators are left, and which kernels they form.
#include "compiler/graph/rewrites.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_join.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/kernels.h"
#include "tests/compiler/graph/graph_builder.h"

namespace diapason::compiler::graph {
namespace {

using Ints = std::vector<int64_t>;

class RewritesTest : public ::testing::Test, protected GraphBuilder {
 protected:
  std::string Operators() {
    Simplify(graph);
    std::vector<absl::string_view> ops;
    for (NodeId id : graph.Order()) ops.push_back(OpName(graph.node(id).op));
    return absl::StrJoin(ops, " ");
  }
};

TEST_F(RewritesTest, ABatchNormGoesIntoTheConvolution) {
  const ValueId x = Input({1, 1, 2, 2});
  const ValueId conv = Conv(x, Numbers({2, 1, 1, 1}, {1, 2}));
  const ValueId biased = Add(Op::kAdd, {conv, Numbers({2, 1, 1}, {1, 1})});
  const ValueId scaled = Add(Op::kMul, {biased, Numbers({2, 1, 1}, {3, 5})});
  Output(Add(Op::kAdd, {scaled, Numbers({2, 1, 1}, {10, 20})}));
  ASSERT_EQ(Operators(), "Conv Add");
  const Node& sum = graph.node(graph.Order()[1]);
  const std::vector<Scalar> shift = ReadConstant(graph.value(sum.inputs[1]));
  EXPECT_EQ(shift[0].f, 1 * 3 + 10);
  EXPECT_EQ(shift[1].f, 1 * 5 + 20);
  const std::vector<Scalar> weights = ReadConstant(graph.value(graph.node(graph.Order()[0]).inputs[1]));
  EXPECT_EQ(weights[0].f, 3);
  EXPECT_EQ(weights[1].f, 10);
}

TEST_F(RewritesTest, AGrowingListIsNested) {
  const Attributes axis = {{"axis", int64_t{1}}};
  const ValueId x = Add(Op::kExp, {Input({2, 3})}), y = Add(Op::kNeg, {x}), z = Add(Op::kExp, {y});
  const ValueId two = Add(Op::kConcat, {x, y}, axis);
  const ValueId three = Add(Op::kConcat, {x, y, z}, axis);
  const ValueId four = Add(Op::kConcat, {x, y, z, x}, axis);
  const ValueId other = Add(Op::kConcat, {x, y, z}, {{"axis", int64_t{0}}});
  for (const ValueId list : {two, three, four, other}) Output(Add(Op::kNeg, {list}));
  Simplify(graph);
  std::vector<size_t> operands;
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    if (node.op == Op::kConcat) operands.push_back(node.inputs.size());
  }
  std::sort(operands.begin(), operands.end());
  EXPECT_EQ(operands, (std::vector<size_t>{2, 2, 2, 3}));
}

TEST_F(RewritesTest, AScaleThatWouldOverflowOrUnderflowTheWeightsStays) {
  for (const auto& [weight, scale] : {std::pair(1e30, 1e20), std::pair(1e-30, 1e-15)}) {
    graph = Graph();
    Output(Add(Op::kMul, {Conv(Input({1, 1, 2, 2}), Numbers({1, 1, 1, 1}, {weight})), Number(scale)}));
    EXPECT_EQ(Operators(), "Conv Mul");
    graph = Graph();
    const ValueId biased =
        Add(Op::kAdd, {Conv(Input({1, 1, 2, 2}), Numbers({1, 1, 1, 1}, {weight})), Number(1)});
    Output(Add(Op::kMul, {biased, Number(scale)}));
    EXPECT_EQ(Operators(), "Conv Add Mul");
  }
}

TEST_F(RewritesTest, OnlyFastMathTreatsFloatsAsRealNumbers) {
  const auto build = [&](bool fast_math) {
    graph = Graph();
    graph.fast_math = fast_math;
    const ValueId moved =
        Add(Op::kSub, {Add(Op::kAdd, {Add(Op::kAdd, {Input({4}), Number(0)}), Number(1e9)}), Number(1e9)});
    Output(Add(Op::kDiv, {Add(Op::kDiv, {moved, Number(8)}), Number(3)}));
    return Operators();
  };
  EXPECT_EQ(build(false), "Add Add Add Mul Div");
  EXPECT_EQ(build(true), "Mul Mul");
}

TEST_F(RewritesTest, QuotientsByNumbersWithoutAnInverseStay) {
  for (double number : {0.0, 1e-40, 3.0, HUGE_VAL}) {
    graph = Graph();
    Output(Add(Op::kDiv, {Input({4}), Number(number)}));
    EXPECT_EQ(Operators(), "Div");
  }
}

TEST_F(RewritesTest, ALayerNormKeepsTheRankOfItsEpsilon) {
  const ValueId x = Input({4, 8});
  const Attributes mean = {{"axes", Ints{1}}, {"kind", Reduction::kMean}};
  const ValueId d = Add(Op::kSub, {x, Add(Op::kReduce, {x}, mean)});
  const ValueId variance = Add(Op::kReduce, {Add(Op::kMul, {d, d})}, mean);
  Output(Add(Op::kDiv, {d, Add(Op::kSqrt, {Add(Op::kAdd, {variance, Numbers({1, 1, 1}, {1e-5})})})}));
  EXPECT_EQ(Operators(), "LayerNormalization Reshape");
  EXPECT_EQ(graph.value(graph.outputs[0]).shape, (Ints{1, 4, 8}));
}

TEST_F(RewritesTest, AScaleStaysWhereTheConvolutionIsReadTwice) {
  const ValueId conv = Conv(Input({1, 1, 2, 2}), Numbers({1, 1, 1, 1}, {2}));
  Output(Add(Op::kAdd, {Add(Op::kMul, {conv, Number(3)}), conv}));
  EXPECT_EQ(Operators(), "Conv Mul Add");
}

TEST_F(RewritesTest, IdentitiesAndDuplicatesGo) {
  const ValueId x = Input({2, 3});
  const ValueId same = Add(Op::kDiv, {Add(Op::kSub, {x, Number(0)}), Number(1)});
  const ValueId a = Add(Op::kExp, {same}), b = Add(Op::kExp, {x});
  const ValueId turned = Add(Op::kTranspose, {Add(Op::kAdd, {a, b})}, {{"perm", Ints{1, 0}}});
  Output(Add(Op::kSqrt, {Add(Op::kTranspose, {turned}, {{"perm", Ints{1, 0}}})}));
  EXPECT_EQ(Operators(), "Exp Add Sqrt");
}

TEST_F(RewritesTest, AScaleMovesBeforeTheViews) {
  const ValueId x = Input({4, 6});
  const ValueId product = Add(Op::kMatMul, {x, Input({6, 6})});
  const ValueId heads = Add(Op::kReshape, {product}, {{"shape", Ints{4, 2, 3}}});
  const ValueId turned = Add(Op::kTranspose, {heads}, {{"perm", Ints{1, 0, 2}}});
  Output(Add(Op::kMul, {turned, Number(0.5)}));
  EXPECT_EQ(Operators(), "MatMul Mul Reshape Transpose");
}

TEST_F(RewritesTest, ABatchNormMovesIntoTheConvolutionsOfAnInterleave) {
  const ValueId x = Input({1, 1, 2, 2});
  const ValueId even = Conv(x, Numbers({2, 1, 1, 1}, {1, 2})), odd = Conv(x, Numbers({2, 1, 1, 1}, {3, 4}));
  const ValueId both = Add(Op::kInterleave, {even, odd}, {{"axis", int64_t{2}}});
  const ValueId scaled = Add(Op::kMul, {both, Numbers({2, 1, 1}, {3, 5})});
  Output(Add(Op::kMax, {scaled, Number(0)}));
  EXPECT_EQ(Operators(), "Conv Max Conv Max Interleave");
  const ValueId weights = graph.node(graph.Order()[2]).inputs[1];
  EXPECT_EQ(ReadConstant(graph.value(weights))[1].f, 4 * 5);

  graph = Graph();  // a constant that changes from row to row would have to be divided, too
  const ValueId y = Input({1, 1, 2, 2});
  const ValueId rows = Add(Op::kInterleave, {Add(Op::kExp, {y}), Add(Op::kNeg, {y})}, {{"axis", int64_t{2}}});
  Output(Add(Op::kMul, {rows, Numbers({4, 1}, {1, 2, 3, 4})}));
  EXPECT_EQ(Operators(), "Exp Neg Interleave Mul");
}

TEST_F(RewritesTest, ALayerNormInPiecesIsOne) {
  const ValueId x = Input({4, 8});
  const Attributes mean = {{"axes", Ints{1}}, {"kind", Reduction::kMean}};
  const ValueId d = Add(Op::kSub, {x, Add(Op::kReduce, {x}, mean)});
  const ValueId variance = Add(Op::kReduce, {Add(Op::kMul, {d, d})}, mean);
  Output(Add(Op::kDiv, {d, Add(Op::kSqrt, {Add(Op::kAdd, {variance, Number(1e-5)})})}));
  EXPECT_EQ(Operators(), "LayerNormalization");
}

TEST_F(RewritesTest, ShapeArithmeticIsComputed) {
  const ValueId a = Numbers({3}, {1, 2, 3});
  const ValueId sum =
      Add(Op::kAdd, {Add(Op::kReduce, {a}, {{"axes", Ints{0}}, {"kind", Reduction::kSum}}), Number(0.5)});
  ASSERT_TRUE(graph.value(sum).is_constant);
  EXPECT_EQ(ReadConstant(graph.value(sum))[0].f, 6.5);
}

TEST_F(RewritesTest, ALengthIsFoldedAsItIsComputed) {
  const auto length = [&](double number) {
    const ValueId folded = Add(Op::kReduce, {Number(number)}, {{"axes", Ints{}}, {"kind", Reduction::kL2}});
    return ReadConstant(graph.value(folded))[0].f;
  };
  EXPECT_EQ(length(3), 3);
  EXPECT_EQ(length(1e-26), 0);  // its square underflows in float32
  EXPECT_EQ(length(1e25), std::numeric_limits<double>::infinity());
}

TEST_F(RewritesTest, AGeluIsFusedIntoItsProduct) {
  const ValueId product = Add(Op::kMatMul, {Input({4, 6}), Input({6, 8})});
  const ValueId erf = Add(Op::kErf, {Add(Op::kMul, {product, Number(0.7)})});
  Output(Add(Op::kMul, {product, Add(Op::kAdd, {erf, Number(1)})}));
  Simplify(graph);
  const std::vector<Kernel> kernels = FormKernels(graph);
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].chain.size(), 4u);
}

TEST_F(RewritesTest, WhatAnAnchorReadsIsNotInItsKernel) {
  const ValueId scaled = Add(Op::kMul, {Input({4, 4}), Number(2)});
  Output(Add(Op::kAdd, {scaled, Add(Op::kMatMul, {scaled, Input({4, 4})})}));
  const std::vector<Kernel> kernels = FormKernels(graph);
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].output, scaled);
}

TEST_F(RewritesTest, AValueReadTwiceEndsItsKernel) {
  const ValueId product = Add(Op::kMatMul, {Input({4, 6}), Input({6, 8})});
  const ValueId power = Add(Op::kExp, {product});
  Output(power);
  Output(Add(Op::kNeg, {power}));
  const std::vector<Kernel> kernels = FormKernels(graph);
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].output, power);
}

}  // namespace
}  // namespace diapason::compiler::graph
