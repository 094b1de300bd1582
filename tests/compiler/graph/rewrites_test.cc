// Rewrites on graphs made by hand: which operators are left, and what kernels they come together in.
#include "compiler/graph/rewrites.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_join.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/kernels.h"
#include "compiler/graph/strides.h"

namespace diapason::compiler {
namespace {

using Ints = std::vector<int64_t>;

class RewritesTest : public ::testing::Test {
 protected:
  ValueId Input(Shape shape) { return graph_.AddInput("x", DataType::kF32, std::move(shape)); }
  ValueId Add(const std::string& op, std::vector<ValueId> inputs, Attributes attributes = {}) {
    absl::StatusOr<ValueId> value = graph_.Add(op, std::move(inputs), std::move(attributes), op);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.ok() ? *value : 0;
  }
  ValueId Number(double number) { return graph_.AddScalar(DataType::kF32, number); }
  ValueId Numbers(Shape shape, std::vector<double> numbers) {
    std::vector<Scalar> scalars;
    for (double number : numbers) scalars.push_back({number, 0});
    return graph_.AddOwnedConstant("c", DataType::kF32, std::move(shape), ToBytes(DataType::kF32, scalars));
  }
  ValueId Conv(ValueId x, ValueId weights) {
    return Add("Conv", {x, weights},
               {{"strides", Ints{1, 1}},
                {"dilations", Ints{1, 1}},
                {"pads_begin", Ints{0, 0}},
                {"pads_end", Ints{0, 0}},
                {"group", int64_t{1}}});
  }
  void Output(ValueId value) {
    graph_.outputs.push_back(value);
    graph_.output_names.push_back("y");
  }
  std::string Operators() {
    Simplify(graph_);
    std::vector<std::string> ops;
    for (NodeId id : graph_.Order()) ops.push_back(graph_.node(id).op);
    return absl::StrJoin(ops, " ");
  }

  Graph graph_;
};

TEST_F(RewritesTest, ABatchNormGoesIntoTheConvolution) {
  const ValueId x = Input({1, 1, 2, 2});
  const ValueId conv = Conv(x, Numbers({2, 1, 1, 1}, {1, 2}));
  const ValueId biased = Add("Add", {conv, Numbers({2, 1, 1}, {1, 1})});
  const ValueId scaled = Add("Mul", {biased, Numbers({2, 1, 1}, {3, 5})});
  Output(Add("Add", {scaled, Numbers({2, 1, 1}, {10, 20})}));
  ASSERT_EQ(Operators(), "Conv Add");
  const Node& sum = graph_.node(graph_.Order()[1]);
  const std::vector<Scalar> shift = ReadConstant(graph_.value(sum.inputs[1]));
  EXPECT_EQ(shift[0].f, 1 * 3 + 10);
  EXPECT_EQ(shift[1].f, 1 * 5 + 20);
  const std::vector<Scalar> weights = ReadConstant(graph_.value(graph_.node(graph_.Order()[0]).inputs[1]));
  EXPECT_EQ(weights[0].f, 3);
  EXPECT_EQ(weights[1].f, 10);
}

TEST_F(RewritesTest, AScaleThatWouldOverflowOrUnderflowTheWeightsStays) {
  for (const auto& [weight, scale] : {std::pair(1e30, 1e20), std::pair(1e-30, 1e-15)}) {
    graph_ = Graph();
    Output(Add("Mul", {Conv(Input({1, 1, 2, 2}), Numbers({1, 1, 1, 1}, {weight})), Number(scale)}));
    EXPECT_EQ(Operators(), "Conv Mul");
    graph_ = Graph();
    const ValueId biased =
        Add("Add", {Conv(Input({1, 1, 2, 2}), Numbers({1, 1, 1, 1}, {weight})), Number(1)});
    Output(Add("Mul", {biased, Number(scale)}));
    EXPECT_EQ(Operators(), "Conv Add Mul");
  }
}

TEST_F(RewritesTest, OnlyFastMathTreatsFloatsAsRealNumbers) {
  const auto build = [&](bool fast_math) {
    graph_ = Graph();
    graph_.fast_math = fast_math;
    const ValueId moved =
        Add("Sub", {Add("Add", {Add("Add", {Input({4}), Number(0)}), Number(1e9)}), Number(1e9)});
    Output(Add("Div", {Add("Div", {moved, Number(8)}), Number(3)}));
    return Operators();
  };
  EXPECT_EQ(build(false), "Add Add Add Mul Div");
  EXPECT_EQ(build(true), "Mul Mul");
}

TEST_F(RewritesTest, QuotientsByNumbersWithoutAnInverseStay) {
  for (double number : {0.0, 1e-40, 3.0, HUGE_VAL}) {
    graph_ = Graph();
    Output(Add("Div", {Input({4}), Number(number)}));
    EXPECT_EQ(Operators(), "Div");
  }
}

TEST_F(RewritesTest, ALayerNormKeepsTheRankOfItsEpsilon) {
  const ValueId x = Input({4, 8});
  const Attributes mean = {{"axes", Ints{1}}, {"kind", std::string("Mean")}};
  const ValueId d = Add("Sub", {x, Add("Reduce", {x}, mean)});
  const ValueId variance = Add("Reduce", {Add("Mul", {d, d})}, mean);
  Output(Add("Div", {d, Add("Sqrt", {Add("Add", {variance, Numbers({1, 1, 1}, {1e-5})})})}));
  EXPECT_EQ(Operators(), "LayerNormalization Reshape");
  EXPECT_EQ(graph_.value(graph_.outputs[0]).shape, (Ints{1, 4, 8}));
}

TEST_F(RewritesTest, AScaleStaysWhereTheConvolutionIsReadTwice) {
  const ValueId conv = Conv(Input({1, 1, 2, 2}), Numbers({1, 1, 1, 1}, {2}));
  Output(Add("Add", {Add("Mul", {conv, Number(3)}), conv}));
  EXPECT_EQ(Operators(), "Conv Mul Add");
}

TEST_F(RewritesTest, IdentitiesAndDuplicatesGo) {
  const ValueId x = Input({2, 3});
  const ValueId same = Add("Div", {Add("Sub", {x, Number(0)}), Number(1)});
  const ValueId a = Add("Exp", {same}), b = Add("Exp", {x});
  const ValueId turned = Add("Transpose", {Add("Add", {a, b})}, {{"perm", Ints{1, 0}}});
  Output(Add("Sqrt", {Add("Transpose", {turned}, {{"perm", Ints{1, 0}}})}));
  EXPECT_EQ(Operators(), "Exp Add Sqrt");
}

TEST_F(RewritesTest, AScaleMovesBeforeTheViews) {
  const ValueId x = Input({4, 6});
  const ValueId product = Add("MatMul", {x, Input({6, 6})});
  const ValueId heads = Add("Reshape", {product}, {{"shape", Ints{4, 2, 3}}});
  const ValueId turned = Add("Transpose", {heads}, {{"perm", Ints{1, 0, 2}}});
  Output(Add("Mul", {turned, Number(0.5)}));
  EXPECT_EQ(Operators(), "MatMul Mul Reshape Transpose");
}

TEST_F(RewritesTest, ALayerNormInPiecesIsOne) {
  const ValueId x = Input({4, 8});
  const Attributes mean = {{"axes", Ints{1}}, {"kind", std::string("Mean")}};
  const ValueId d = Add("Sub", {x, Add("Reduce", {x}, mean)});
  const ValueId variance = Add("Reduce", {Add("Mul", {d, d})}, mean);
  Output(Add("Div", {d, Add("Sqrt", {Add("Add", {variance, Number(1e-5)})})}));
  EXPECT_EQ(Operators(), "LayerNormalization");
}

TEST_F(RewritesTest, ShapeArithmeticIsComputed) {
  const ValueId a = Numbers({3}, {1, 2, 3});
  const ValueId sum =
      Add("Add", {Add("Reduce", {a}, {{"axes", Ints{0}}, {"kind", std::string("Sum")}}), Number(0.5)});
  ASSERT_TRUE(graph_.value(sum).is_constant);
  EXPECT_EQ(ReadConstant(graph_.value(sum))[0].f, 6.5);
}

TEST_F(RewritesTest, ALengthIsFoldedAsItIsComputed) {
  const auto length = [&](double number) {
    const ValueId folded = Add("Reduce", {Number(number)}, {{"axes", Ints{}}, {"kind", std::string("L2")}});
    return ReadConstant(graph_.value(folded))[0].f;
  };
  EXPECT_EQ(length(3), 3);
  EXPECT_EQ(length(1e-26), 0);  // its square is no float32
  EXPECT_EQ(length(1e25), std::numeric_limits<double>::infinity());
}

TEST_F(RewritesTest, AGeluIsFusedIntoItsProduct) {
  const ValueId product = Add("MatMul", {Input({4, 6}), Input({6, 8})});
  const ValueId erf = Add("Erf", {Add("Mul", {product, Number(0.7)})});
  Output(Add("Mul", {product, Add("Add", {erf, Number(1)})}));
  Simplify(graph_);
  const std::vector<Kernel> kernels = FormKernels(graph_);
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].chain.size(), 4u);
}

TEST_F(RewritesTest, WhatAnAnchorReadsIsNotInItsKernel) {
  const ValueId scaled = Add("Mul", {Input({4, 4}), Number(2)});
  Output(Add("Add", {scaled, Add("MatMul", {scaled, Input({4, 4})})}));
  const std::vector<Kernel> kernels = FormKernels(graph_);
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].output, scaled);
}

TEST_F(RewritesTest, AValueReadTwiceEndsItsKernel) {
  const ValueId product = Add("MatMul", {Input({4, 6}), Input({6, 8})});
  const ValueId power = Add("Exp", {product});
  Output(power);
  Output(Add("Neg", {power}));
  const std::vector<Kernel> kernels = FormKernels(graph_);
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].output, power);
}

TEST(StridesTest, ReshapesThatNeedNoCopy) {
  Node reshape;
  reshape.op = "Reshape";
  reshape.attributes["shape"] = Ints{2, 12};
  // 2x3x4 with a gap between rows of 12: the last two dimensions are one run.
  const auto joined = ApplyView(reshape, {2, 3, 4}, {5, {100, 4, 1}});
  ASSERT_TRUE(joined.has_value());
  EXPECT_EQ(joined->offset, 5);
  EXPECT_EQ(joined->strides, (Ints{100, 1}));
  EXPECT_FALSE(ApplyView(reshape, {2, 3, 4}, {0, {100, 8, 1}}).has_value());
}

}  // namespace
}  // namespace diapason::compiler
