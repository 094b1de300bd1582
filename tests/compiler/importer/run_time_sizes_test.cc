// Tests operators whose results have sizes that are known only when the model runs, and how far other
// operators take such results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/compiler/graph/program_executor.h"
#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A tensor with the size that it has in a run.
template <typename T>
struct Sized {
  graph::Shape shape;
  std::vector<T> numbers;
};

// Returns the first output for these bytes of the inputs.
template <typename T>
Sized<T> Result(const std::string& text, const std::vector<std::string>& inputs) {
  const absl::StatusOr<graph::Program> program = Load(OnnxModel(text));
  EXPECT_TRUE(program.ok()) << program.status();
  if (!program.ok()) return {};
  const auto results = ExecuteProgram(*program, inputs);
  EXPECT_TRUE(results.ok()) << results.status();
  if (!results.ok()) return {};
  const graph::ModelTensor& output = program->outputs[0];
  const std::vector<T> all = NumbersIn<T>(results->at(0));
  if (output.run_time_dim < 0) return {output.shape, all};
  Sized<T> sized{output.shape, {}};
  const size_t dim = static_cast<size_t>(output.run_time_dim);
  const int64_t size = NumbersIn<int64_t>(results->at(program->outputs.size() + output.size))[0];
  const int64_t inner = graph::NumElements(absl::MakeSpan(output.shape).subspan(dim + 1));
  for (size_t i = 0; i < all.size(); ++i) {
    if (static_cast<int64_t>(i) / inner % output.shape[dim] < size) sized.numbers.push_back(all[i]);
  }
  sized.shape[dim] = size;
  return sized;
}

std::string Floats(const std::vector<float>& numbers) { return BytesOf(numbers); }

std::string Message(const std::string& text) { return std::string(Load(OnnxModel(text)).status().message()); }

TEST(RunTimeSizesTest, NonZeroListsAsManyPositionsAsThereAre) {
  const std::string text = "(float[2, 3] x) => (int64[2, N] y) { y = NonZero (x) }";
  const auto some = Result<int64_t>(text, {Floats({0, 5, 0, -1, 0, 2})});
  EXPECT_THAT(some.shape, ElementsAre(2, 3));
  EXPECT_THAT(some.numbers, ElementsAre(0, 1, 1, 1, 0, 2));
  const auto none = Result<int64_t>(text, {Floats({0, 0, 0, 0, 0, 0})});
  EXPECT_THAT(none.shape, ElementsAre(2, 0));
}

TEST(RunTimeSizesTest, ASizeThatFollowsFromConstantsIsExact) {
  const absl::StatusOr<graph::Program> program =
      Load(OnnxModel("() => (int64[1, 2] y) <float[3] c = {7, 0, 7}> { y = NonZero (c) }"));
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_THAT(program->outputs[0].shape, ElementsAre(1, 2));
  EXPECT_EQ(program->outputs[0].run_time_dim, -1);
}

TEST(RunTimeSizesTest, ElementwiseOperatorsAndViewsKeepTheSize) {
  // Rows of x where the mask holds, turned, with a number added, as one row.
  const std::string text =
      "(float[3, 2] x, bool[3] mask) => (float[2, N] y) <float one = {1}, int64[3] shape = {1, 2, -1}, "
      "int64[1] zero = {0}> "
      "{ kept = Compress<axis = 0> (x, mask) more = Add (kept, one) turned = Transpose (more) "
      "reshaped = Reshape (turned, shape) y = Squeeze (reshaped, zero) }";
  const auto result = Result<float>(text, {Floats({1, 2, 3, 4, 5, 6}), std::string("\1\0\1", 3)});
  EXPECT_THAT(result.shape, ElementsAre(2, 2));
  EXPECT_THAT(result.numbers, ElementsAre(2, 6, 3, 7));
}

TEST(RunTimeSizesTest, SizesAreJoinedAndMultiplied) {
  const std::string text =
      "(float[3, 2] x, bool[3] mask) => (float[N] y) <float[2] first = {-1, -2}, int64[1] flat = {-1}> "
      "{ kept = Compress<axis = 0> (x, mask) row = Reshape (kept, flat) y = Concat<axis = 0> (first, row) }";
  const auto result = Result<float>(text, {Floats({1, 2, 3, 4, 5, 6}), std::string("\0\0\1", 3)});
  EXPECT_THAT(result.shape, ElementsAre(4));
  EXPECT_THAT(result.numbers, ElementsAre(-1, -2, 5, 6));
}

// Entries of each part follow those of the part before it, which need not have as many as there is room for.
TEST(RunTimeSizesTest, OpenPartsAreJoined) {
  const auto result = Result<float>(
      "(float[2, 3] x, bool[3] a, bool[3] b) => (float[2, N] y) <float[2, 1] c = {-1, -2}> "
      "{ p = Compress<axis = 1> (x, a) q = Compress<axis = 1> (x, b) y = Concat<axis = 1> (c, p, q, c) }",
      {Floats({1, 2, 3, 4, 5, 6}), std::string("\1\0\1", 3), std::string("\0\1\0", 3)});
  EXPECT_THAT(result.shape, ElementsAre(2, 5));
  EXPECT_THAT(result.numbers, ElementsAre(-1, 1, 3, 2, -1, -2, 4, 6, 5, -2));
}

TEST(RunTimeSizesTest, ASliceTakesNoMoreThanThereIs) {
  const auto result = [](const std::string& mask) {
    return Result<float>(
        "(float[5] x, bool[5] mask) => (float[N] y) <int64[1] start = {1}, int64[1] end = {3}> "
        "{ kept = Compress<axis = 0> (x, mask) y = Slice (kept, start, end) }",
        {Floats({1, 2, 3, 4, 5}), mask});
  };
  EXPECT_THAT(result(std::string("\0\0\0\0\0", 5)).numbers, IsEmpty());
  EXPECT_THAT(result(std::string("\1\1\0\0\0", 5)).numbers, ElementsAre(2));
  EXPECT_THAT(result(std::string("\1\1\1\1\1", 5)).numbers, ElementsAre(2, 3));
}

TEST(RunTimeSizesTest, ShapeAndSizeGiveTheSizeOfTheRun) {
  for (const auto& [op, expected] : std::vector<std::pair<std::string, std::vector<int64_t>>>{
           {"Shape", {2, 2}}, {"Shape<start = 0, end = 1>", {2}}, {"Shape<start = 1>", {2}}, {"Size", {4}}}) {
    const std::string dims = op == "Size" ? "" : absl::StrCat("[", expected.size(), "]");
    const auto result =
        Result<int64_t>(absl::StrCat("(float[3, 2] x, bool[3] mask) => (int64", dims,
                                     " y) { kept = Compress<axis = 0> (x, mask) y = ", op, " (kept) }"),
                        {Floats({1, 2, 3, 4, 5, 6}), std::string("\1\0\1", 3)});
    EXPECT_EQ(result.numbers, expected) << op;
  }
}

TEST(RunTimeSizesTest, ElementsThatDoNotExistAreNotFound) {
  // The second condition is true for what lies behind the end of the first result.
  const auto result = Result<int64_t>(
      "(float[4] x, bool[4] mask) => (int64[1, N] y) <float ten = {10}> "
      "{ kept = Compress<axis = 0> (x, mask) low = Less (kept, ten) y = NonZero (low) }",
      {Floats({1, 20, 3, 4}), std::string("\1\1\1\0", 4)});
  EXPECT_THAT(result.numbers, ElementsAre(0, 2));
}

TEST(RunTimeSizesTest, RowsOfAProductAndOfASoftmax) {
  const auto result = Result<float>(
      "(float[3, 2] x, bool[3] mask) => (float[N, 1] y) <float[2, 1] w = {1, 2}> "
      "{ kept = Compress<axis = 0> (x, mask) z = MatMul (kept, w) s = Softmax<axis = 1> (z) y = Add (z, s) }",
      {Floats({1, 2, 3, 4, 5, 6}), std::string("\0\1\1", 3)});
  EXPECT_THAT(result.shape, ElementsAre(2, 1));
  EXPECT_THAT(result.numbers, ElementsAre(12, 18));
}

constexpr char kMasked[] = "(float[4] x, bool[4] mask) => ";

// The best ones of as many elements as there are, which is how exporters write min(k, n).
TEST(RunTimeSizesTest, TopKTakesNoMoreThanThereIs) {
  const auto result = [](const std::string& mask, const std::string& largest) {
    return Result<float>(
        absl::StrCat(kMasked,
                     "(float[N] y) <int64[1] three = {3}> { k = Compress<axis = 0> (x, mask) "
                     "n = Shape (k) most = Min (n, three) y, i = TopK<largest = ",
                     largest, "> (k, most) }"),
        {Floats({5, -7, 8, -9}), mask});
  };
  EXPECT_THAT(result(std::string("\1\1\1\1", 4), "1").numbers, ElementsAre(8, 5, -7));
  EXPECT_THAT(result(std::string("\1\1\1\1", 4), "0").numbers, ElementsAre(-9, -7, 5));
  EXPECT_THAT(result(std::string("\0\1\0\1", 4), "1").numbers, ElementsAre(-7, -9));
  EXPECT_THAT(result(std::string("\1\0\1\0", 4), "0").numbers, ElementsAre(5, 8));
  EXPECT_THAT(result(std::string("\0\0\0\0", 4), "1").numbers, IsEmpty());
}

TEST(RunTimeSizesTest, ReductionsLeaveOutWhatDoesNotExist) {
  const auto result = [](const std::string& op) {
    return Result<float>(absl::StrCat(kMasked,
                                      "(float y) <float hundred = {100}> { k = Compress<axis = 0> (x, mask) "
                                      "m = Sub (k, hundred) y = ",
                                      op, "<keepdims = 0> (m) }"),
                         {Floats({1, 2, 3, 4}), std::string("\0\1\0\1", 4)});
  };
  EXPECT_THAT(result("ReduceSum").numbers, ElementsAre(-194));
  EXPECT_THAT(result("ReduceMax").numbers, ElementsAre(-96));
  EXPECT_THAT(result("ReduceMin").numbers, ElementsAre(-98));
  EXPECT_THAT(result("ReduceProd").numbers, ElementsAre(98 * 96));
  // Rows stay.
  const auto rows = Result<float>(
      "(float[3, 2] x, bool[3] mask) => (float[N] y) { k = Compress<axis = 0> (x, mask) "
      "y = ReduceMax<axes = [1], keepdims = 0> (k) }",
      {Floats({1, 2, 3, 4, 5, 6}), std::string("\1\0\1", 3)});
  EXPECT_THAT(rows.numbers, ElementsAre(2, 6));
}

TEST(RunTimeSizesTest, ShapesMayHoldTheSizeOfTheRun) {
  const auto result = [](const std::string& nodes) {
    return Result<int64_t>(
        absl::StrCat(
            kMasked,
            "(int64[N] y) <int64 zero = {0}, int64 one = {1}, int64[1] two = {2}, int64[1] first = {0}> "
            "{ k = Compress<axis = 0> (x, mask) shape = Shape (k) n = Squeeze (shape, first) ",
            nodes, " }"),
        {Floats({1, 2, 3, 4}), std::string("\0\1\1\1", 4)});
  };
  EXPECT_THAT(result("y = Range (zero, n, one)").numbers, ElementsAre(0, 1, 2));
  EXPECT_THAT(result("next = Add (n, one) two0 = Squeeze (two, first) y = Range (one, next, two0)").numbers,
              ElementsAre(1, 3));
  EXPECT_THAT(result("y = ConstantOfShape<value = int64[1] {7}> (shape)").numbers, ElementsAre(7, 7, 7));
  EXPECT_THAT(result("y = Expand (two, shape)").numbers, ElementsAre(2, 2, 2));
  EXPECT_THAT(result("c = Cast<to = 7> (k) u = Unsqueeze (c, first) one1 = Unsqueeze (one, first) "
                     "s = Concat<axis = 0> (one1, shape) r = Reshape (u, s) y = Squeeze (r, first)")
                  .numbers,
              ElementsAre(2, 3, 4));
}

TEST(RunTimeSizesTest, IndicesAreGatheredAndScattered) {
  const auto gathered = Result<float>(
      "(float[2, 2] x) => (float[N] y) { places = NonZero (x) pairs = Transpose (places) y = GatherND (x, "
      "pairs) }",
      {Floats({0, 4, 3, 0})});
  EXPECT_THAT(gathered.numbers, ElementsAre(4, 3));
  const auto last = Result<float>(
      "(float[4] x, bool[4] mask, int64[2] i) => (float[2] y) { k = Compress<axis = 0> (x, mask) y = Gather "
      "(k, i) }",
      {Floats({1, 2, 3, 4}), std::string("\1\1\1\0", 4), BytesOf(std::vector<int64_t>{-1, 0})});
  EXPECT_THAT(last.numbers, ElementsAre(3, 1));
  const std::vector<int64_t> outside = {0, 7, -1, -9};  // those out of range are left out
  const auto scattered =
      Result<float>("(float[3] x, int64[4] i, float[4] u) => (float[3] y) { y = ScatterElements (x, i, u) }",
                    {Floats({1, 2, 3}), BytesOf(outside), Floats({10, 20, 30, 40})});
  EXPECT_THAT(scattered.numbers, ElementsAre(10, 2, 30));
}

TEST(RunTimeSizesTest, OtherOperatorsRefuseSuchAnOperand) {
  const std::string kept =
      "(float[4] x, bool[4] mask) => (float[N] y) <float[4] four = {1, 2, 3, 4}, int64[1] zero = {0}> "
      "{ k = Compress<axis = 0> (x, mask) ";
  EXPECT_THAT(Message(kept + "y = CumSum (k, four) }"),
              HasSubstr("CumSum (node 'y', opset 17) with operand 0 ('k'), whose size is known only when the "
                        "model runs"));
  for (const char* node :
       {"y = Add (k, four)", "u = Unsqueeze (k, zero) f = Unsqueeze (four, zero) y = Concat<axis = 0> (u, f)",
        "y = Softmax<axis = 0> (k)", "y = ReduceMean (k)",
        "n = NonZero (x) g = Gather (x, n) s = Squeeze (g, zero) y = Add (k, s)"}) {
    EXPECT_THAT(Message(kept + node + " }"), HasSubstr("known only when the model runs")) << node;
  }
}

// A branch may give another number of elements than the other one.
TEST(RunTimeSizesTest, AConditionSelectsTheSizeToo) {
  const std::string text =
      "(float[4] x, bool[4] mask, bool c) => (float[N] y) { k = Compress<axis = 0> (x, mask) "
      "y = If (c) <then_branch = a () => (float[N] p) { p = Neg (k) }, "
      "else_branch = b () => (float[N] q) { q = Concat<axis = 0> (x, x) }> }";
  const std::vector<uint8_t> mask = {1, 0, 1, 0};
  for (const uint8_t condition : {0, 1}) {
    const auto result =
        Result<float>(text, {Floats({1, 2, 3, 4}), BytesOf(mask), BytesOf(std::vector<uint8_t>{condition})});
    EXPECT_THAT(result.numbers,
                condition != 0 ? std::vector<float>({-1, -3}) : std::vector<float>({1, 2, 3, 4, 1, 2, 3, 4}));
  }
}

TEST(RunTimeSizesTest, ASliceMayHaveBoundsThatAreComputed) {
  const std::vector<std::pair<std::vector<int64_t>, std::vector<float>>> cases = {
      {{1, 3}, {2, 3}}, {{-3, -1}, {2, 3}}, {{2, 100}, {3, 4}}, {{-100, 2}, {1, 2}}, {{3, 1}, {}}};
  for (const auto& [bounds, expected] : cases) {
    const auto result =
        Result<float>("(float[4] x, int64[1] a, int64[1] b) => (float[N] y) { y = Slice (x, a, b) }",
                      {Floats({1, 2, 3, 4}), BytesOf(std::vector<int64_t>{bounds[0]}),
                       BytesOf(std::vector<int64_t>{bounds[1]})});
    EXPECT_EQ(result.numbers, expected) << bounds[0] << " to " << bounds[1];
  }
}

// Equal sizes that are computed twice are one size, so that their tensors can be added.
TEST(RunTimeSizesTest, SizesThatAreComputedAlikeAreEqual) {
  const auto result = Result<float>(
      "(float[4] x, float[4] z) => (float[N] y) <float two = {2}> { m = Less (x, two) n = Less (x, two) "
      "a = Compress<axis = 0> (x, m) b = Compress<axis = 0> (z, n) y = Add (a, b) }",
      {Floats({1, 5, 0, 7}), Floats({10, 20, 30, 40})});
  EXPECT_THAT(result.numbers, ElementsAre(11, 30));
}

TEST(RunTimeSizesTest, OutputsOfOneSizeShareIt) {
  const absl::StatusOr<graph::Program> program =
      Load(OnnxModel("(float[4] x, bool[4] mask) => (float[N] y, float[N] z) "
                     "{ y = Compress<axis = 0> (x, mask) z = Neg (y) }"));
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->sizes.size(), 1u);
  EXPECT_EQ(program->outputs[0].size, program->outputs[1].size);
}

}  // namespace
}  // namespace diapason::compiler::importer
