// Layouts of small graphs as text: which buffers exist, and where each kernel reads and writes.
#include "compiler/graph/layout.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/compiler/graph/graph_builder.h"
#include "tests/compiler/graph/layout_text.h"

namespace diapason::compiler::graph {
namespace {

using Ints = std::vector<int64_t>;

class LayoutTest : public ::testing::Test, protected GraphBuilder {
 protected:
  std::string Plan() {
    const Layout layout = PlanLayout(graph);
    return "\n" + LayoutText(graph, layout);
  }
  ValueId Relu(ValueId x) { return Add(Op::kMax, {x, Number(0)}); }
};

TEST_F(LayoutTest, APaddedConvolutionReadsAHaloAroundACopyOfTheInput) {
  Output(Conv(Input({1, 2, 4, 4}), Ones({3, 2, 3, 3}, "w"), 1, "conv"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 32 elements
b1 activation copy of x, 72 elements, border 0
b2 constant w, 54 elements
b3 activation conv, 48 elements
b4 output copy of conv, 48 elements
Copy
  b0+0 1x2x4x4 [32 16 4 1]
  -> b1+14 1x2x4x4 [72 1 12 2]
Conv
  b1+14 1x2x4x4 [72 1 12 2]
  b2+0 3x2x3x3 [18 9 3 1]
  -> b3+0 1x3x4x4 [48 1 12 3]
Copy
  b3+0 1x3x4x4 [48 1 12 3]
  -> b4+0 1x3x4x4 [48 16 4 1]
)");
}

TEST_F(LayoutTest, AResidualBlockWritesOverItsShortcut) {
  const ValueId weights = Ones({2, 2, 3, 3}, "w");
  const ValueId start = Relu(Conv(Input({1, 2, 4, 4}), weights, 1, "start"));
  const ValueId inner = Relu(Conv(start, weights, 1, "inner"));
  Output(Relu(Add(Op::kAdd, {Conv(inner, weights, 1, "last"), start}, {}, "sum")));
  EXPECT_EQ(Plan(), R"(
b0 input x, 32 elements
b1 activation copy of x, 72 elements, border 0
b2 constant w, 36 elements
b4 activation Max, 72 elements, border 0
b6 activation Max, 72 elements, border 0
b8 output copy of Max, 32 elements
Copy
  b0+0 1x2x4x4 [32 16 4 1]
  -> b1+14 1x2x4x4 [72 1 12 2]
Conv Max
  b1+14 1x2x4x4 [72 1 12 2]
  b2+0 2x2x3x3 [18 9 3 1]
  -> b4+14 1x2x4x4 [72 1 12 2]
Conv Max
  b4+14 1x2x4x4 [72 1 12 2]
  b2+0 2x2x3x3 [18 9 3 1]
  -> b6+14 1x2x4x4 [72 1 12 2]
Conv Add Max, in place
  b6+14 1x2x4x4 [72 1 12 2]
  b2+0 2x2x3x3 [18 9 3 1]
  b4+14 1x2x4x4 [72 1 12 2]
  -> b4+14 1x2x4x4 [72 1 12 2]
Copy
  b4+14 1x2x4x4 [72 1 12 2]
  -> b8+0 1x2x4x4 [32 16 4 1]
)");
}

TEST_F(LayoutTest, PartsOfAConcatAreWrittenIntoIt) {
  const ValueId x = Input({1, 2, 4, 4});
  const ValueId a = Conv(x, Ones({2, 2, 1, 1}, "wa"), 0, "a"), b = Conv(x, Ones({3, 2, 1, 1}, "wb"), 0, "b");
  const ValueId both = Add(Op::kConcat, {a, b}, {{"axis", int64_t{1}}}, "both");
  Output(Conv(both, Ones({1, 5, 3, 3}, "w"), 1, "conv"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 32 elements
b1 activation copy of x, 32 elements
b2 constant wa, 4 elements
b3 activation both, 180 elements, border 0
b4 activation copy of x, 32 elements
b5 constant wb, 6 elements
b6 constant w, 45 elements
b7 output conv, 16 elements
Copy
  b0+0 1x2x4x4 [32 16 4 1]
  -> b1+0 1x2x4x4 [32 1 8 2]
Conv
  b1+0 1x2x4x4 [32 1 8 2]
  b2+0 2x2x1x1 [2 1 1 1]
  -> b3+35 1x2x4x4 [180 1 30 5]
Copy
  b0+0 1x2x4x4 [32 16 4 1]
  -> b4+0 1x2x4x4 [32 1 8 2]
Conv
  b4+0 1x2x4x4 [32 1 8 2]
  b5+0 3x2x1x1 [2 1 1 1]
  -> b3+37 1x3x4x4 [180 1 30 5]
Conv
  b3+35 1x5x4x4 [180 1 30 5]
  b6+0 1x5x3x3 [45 9 3 1]
  -> b7+0 1x1x4x4 [16 16 4 1]
)");
}

// A portable kernel reads and writes dense tensors only. So what a Concat takes from it is copied, and
// so is a transposed operand.
TEST_F(LayoutTest, APortableKernelIsDense) {
  const ValueId turned = Add(Op::kTranspose, {Input({4, 3})}, {{"perm", Ints{1, 0}}}, "turned");
  const ValueId largest =
      Add(Op::kTopK, {turned}, {{"axis", int64_t{1}}, {"k", int64_t{2}}, {"largest", int64_t{1}}}, "largest");
  const ValueId smallest = Add(
      Op::kTopK, {turned}, {{"axis", int64_t{1}}, {"k", int64_t{2}}, {"largest", int64_t{0}}}, "smallest");
  Output(Add(Op::kConcat, {largest, smallest}, {{"axis", int64_t{1}}}, "both"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 12 elements
b1 activation copy of turned, 12 elements
b2 activation largest, 6 elements
b3 activation smallest, 6 elements
b4 output both, 12 elements
Copy
  b0+0 3x4 [1 3]
  -> b1+0 3x4 [4 1]
TopK
  b1+0 3x4 [4 1]
  -> b2+0 3x2 [2 1]
TopK
  b1+0 3x4 [4 1]
  -> b3+0 3x2 [2 1]
Copy
  b2+0 3x2 [2 1]
  -> b4+0 3x2 [4 1]
Copy
  b3+0 3x2 [2 1]
  -> b4+2 3x2 [4 1]
)");
}

TEST_F(LayoutTest, PartsOfAnInterleaveAreWrittenIntoIt) {
  const ValueId x = Add(Op::kExp, {Input({1, 2, 2, 4})});
  const ValueId a = Conv(x, Ones({2, 2, 1, 1}, "wa"), 0, "a"), b = Conv(x, Ones({2, 2, 1, 1}, "wb"), 0, "b");
  const ValueId both = Add(Op::kInterleave, {a, b}, {{"axis", int64_t{2}}}, "both");
  Output(Conv(both, Ones({1, 2, 3, 3}, "w"), 1, "conv"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 16 elements
b1 activation Exp, 16 elements
b2 constant wa, 4 elements
b3 activation both, 72 elements, border 0
b4 constant wb, 4 elements
b5 constant w, 18 elements
b6 output conv, 16 elements
Exp
  b0+0 1x2x2x4 [16 8 4 1]
  -> b1+0 1x2x2x4 [16 1 8 2]
Conv
  b1+0 1x2x2x4 [16 1 8 2]
  b2+0 2x2x1x1 [2 1 1 1]
  -> b3+14 1x2x2x4 [72 1 24 2]
Conv
  b1+0 1x2x2x4 [16 1 8 2]
  b4+0 2x2x1x1 [2 1 1 1]
  -> b3+26 1x2x2x4 [72 1 24 2]
Conv
  b3+14 1x2x4x4 [72 1 12 2]
  b5+0 1x2x3x3 [18 9 3 1]
  -> b6+0 1x1x4x4 [16 16 4 1]
)");
}

TEST_F(LayoutTest, APartThatIsJoinedTwiceIsCopied) {
  const ValueId x = Add(Op::kExp, {Input({2, 3})});
  Output(Add(Op::kConcat, {x, x}, {{"axis", int64_t{0}}}));
  EXPECT_EQ(Plan(), R"(
b0 input x, 6 elements
b1 output Concat, 12 elements
Exp
  b0+0 2x3 [3 1]
  -> b1+0 2x3 [3 1]
Copy
  b1+0 2x3 [3 1]
  -> b1+6 2x3 [3 1]
)");
}

TEST_F(LayoutTest, AChainOfSumsStaysInOnePlace) {
  // The larger product takes the sum behind it, so each sum is in another kernel.
  ValueId sum = Add(Op::kMatMul, {Input({2, 4}, "x0"), Ones({4, 4}, "w0")}, {}, "m0");
  const ValueId m1 = Add(Op::kMatMul, {Input({2, 5}, "x1"), Ones({5, 4}, "w1")}, {}, "m1");
  sum = Add(Op::kAdd, {m1, sum}, {}, "s1");
  const ValueId m2 = Add(Op::kMatMul, {Input({2, 6}, "x2"), Ones({6, 4}, "w2")}, {}, "m2");
  sum = Add(Op::kAdd, {m2, sum}, {}, "s2");
  Output(Add(Op::kSoftmax, {sum}, {{"axis", int64_t{1}}}, "softmax"));
  EXPECT_EQ(Plan(), R"(
b0 input x0, 8 elements
b1 input x1, 10 elements
b2 input x2, 12 elements
b3 constant w0, 16 elements
b4 activation m0, 8 elements
b5 constant w1, 20 elements
b6 constant w2, 24 elements
b7 output softmax, 8 elements
MatMul
  b0+0 2x4 [4 1]
  b3+0 4x4 [4 1]
  -> b4+0 2x4 [4 1]
MatMul Add, in place
  b1+0 2x5 [5 1]
  b5+0 5x4 [4 1]
  b4+0 2x4 [4 1]
  -> b4+0 2x4 [4 1]
MatMul Add, in place
  b2+0 2x6 [6 1]
  b6+0 6x4 [4 1]
  b4+0 2x4 [4 1]
  -> b4+0 2x4 [4 1]
Softmax
  b4+0 2x4 [4 1]
  -> b7+0 2x4 [4 1]
)");
}

TEST_F(LayoutTest, AnOperandThatTheAnchorReadsIsNotWrittenOver) {
  const ValueId weights = Ones({4, 4}, "w");
  const ValueId first = Add(Op::kMatMul, {Input({2, 4}), weights}, {}, "first");
  const ValueId sum = Add(Op::kAdd, {Add(Op::kMatMul, {first, weights}, {}, "second"), first}, {}, "sum");
  Output(Add(Op::kSoftmax, {sum}, {{"axis", int64_t{1}}}, "softmax"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 8 elements
b1 constant w, 16 elements
b2 activation first, 8 elements
b3 activation sum, 8 elements
b4 output softmax, 8 elements
MatMul
  b0+0 2x4 [4 1]
  b1+0 4x4 [4 1]
  -> b2+0 2x4 [4 1]
MatMul Add
  b2+0 2x4 [4 1]
  b1+0 4x4 [4 1]
  -> b3+0 2x4 [4 1]
Softmax
  b3+0 2x4 [4 1]
  -> b4+0 2x4 [4 1]
)");
}

TEST_F(LayoutTest, WindowsThatNeedOtherBordersReadCopies) {
  const ValueId x = Conv(Input({1, 2, 4, 4}), Ones({2, 2, 1, 1}, "w1"), 0, "x");
  const ValueId a = Conv(x, Ones({2, 2, 3, 3}, "w"), 1, "a"), b = MaxPool(x, "b");
  Output(Add(Op::kSoftmax, {Add(Op::kAdd, {a, b}, {}, "sum")}, {{"axis", int64_t{1}}}, "softmax"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 32 elements
b1 activation copy of x, 32 elements
b2 constant w1, 4 elements
b3 activation x, 72 elements, border 0
b4 activation copy of x, 72 elements, border -inf
b5 activation b, 32 elements
b6 constant w, 36 elements
b7 output softmax, 32 elements
Copy
  b0+0 1x2x4x4 [32 16 4 1]
  -> b1+0 1x2x4x4 [32 1 8 2]
Conv
  b1+0 1x2x4x4 [32 1 8 2]
  b2+0 2x2x1x1 [2 1 1 1]
  -> b3+14 1x2x4x4 [72 1 12 2]
Copy
  b3+14 1x2x4x4 [72 1 12 2]
  -> b4+14 1x2x4x4 [72 1 12 2]
MaxPool
  b4+14 1x2x4x4 [72 1 12 2]
  -> b5+0 1x2x4x4 [32 1 8 2]
Conv Add, in place
  b3+14 1x2x4x4 [72 1 12 2]
  b6+0 2x2x3x3 [18 9 3 1]
  b5+0 1x2x4x4 [32 1 8 2]
  -> b5+0 1x2x4x4 [32 1 8 2]
Softmax
  b5+0 1x2x4x4 [32 1 8 2]
  -> b7+0 1x2x4x4 [32 16 4 1]
)");
}

TEST_F(LayoutTest, AProductIsWrittenInTheOrderOfTheTranspositionThatReadsIt) {
  const ValueId product = Add(Op::kMatMul, {Input({2, 3, 4}), Ones({4, 5}, "w")}, {}, "product");
  const ValueId turned = Add(Op::kTranspose, {product}, {{"perm", Ints{1, 0, 2}}}, "turned");
  Output(Add(Op::kExp, {turned}, {}, "exp"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 24 elements
b1 constant w, 20 elements
b2 activation product, 30 elements
b3 output exp, 30 elements
MatMul
  b0+0 2x3x4 [12 4 1]
  b1+0 4x5 [5 1]
  -> b2+0 2x3x5 [5 10 1]
Exp
  b2+0 3x2x5 [10 5 1]
  -> b3+0 3x2x5 [10 5 1]
)");
}

TEST_F(LayoutTest, AReshapeThatNoStridesExpressReadsACopy) {
  const ValueId x = Add(Op::kExp, {Input({2, 3})});
  const ValueId turned = Add(Op::kTranspose, {x}, {{"perm", Ints{1, 0}}}, "turned");
  Output(Add(Op::kExp, {Add(Op::kReshape, {turned}, {{"shape", Ints{6}}}, "flat")}, {}, "exp"));
  EXPECT_EQ(Plan(), R"(
b0 input x, 6 elements
b1 activation Exp, 6 elements
b2 activation copy of turned, 6 elements
b3 output exp, 6 elements
Exp
  b0+0 2x3 [3 1]
  -> b1+0 2x3 [3 1]
Copy
  b1+0 3x2 [1 3]
  -> b2+0 3x2 [2 1]
Exp
  b2+0 6 [1]
  -> b3+0 6 [1]
)");
}

}  // namespace
}  // namespace diapason::compiler::graph
