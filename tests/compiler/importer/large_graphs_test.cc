// Graphs of thousands of nodes. The time for each of these kinds of graph once grew with the square of
// its size or faster, and was minutes. The time limit of this test finds that. tests/bench/import_bench
// shows the times.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

constexpr int kLayers = 2000;

size_t Calls(const std::string& graph) {
  const absl::StatusOr<graph::Program> program = Load(OnnxModel(graph));
  EXPECT_TRUE(program.ok()) << program.status();
  return program.ok() ? program->calls.size() : 0;
}

TEST(LargeGraphsTest, AChainOfViewsAndOperators) {
  std::string nodes = "v0 = Identity(x) ";
  for (int i = 0; i < kLayers; ++i)
    absl::StrAppend(&nodes, "a", i, " = Reshape(v", i, ", rows) b", i, " = Add(a", i, ", c) t", i,
                    " = Transpose<perm = [1, 0]>(b", i, ") v", i + 1, " = Mul(t", i, ", c) ");
  // There is one copy for each reshape of a transposed matrix, and the operators are in a few kernels.
  EXPECT_LT(
      Calls(absl::StrCat("(float[2, 8] x) => (float[8, 2] y) <int64[2] rows = {2, 8}, float c = {0.5}> { ",
                         nodes, "y = Identity(v", kLayers, ") }")),
      kLayers + 30u);
}

TEST(LargeGraphsTest, AChainOfFoldedConvolutions) {
  std::string nodes = "v0 = Identity(x) ";
  for (int i = 0; i < kLayers; ++i)
    absl::StrAppend(&nodes, "a", i, " = Conv<pads = [1, 1, 1, 1]>(v", i, ", w) b", i, " = Mul(a", i, ", c) d",
                    i, " = Add(b", i, ", c) v", i + 1, " = Relu(d", i, ") ");
  EXPECT_LT(Calls(absl::StrCat(
                "(float[1, 1, 4, 4] x) => (float[1, 1, 4, 4] y) <float[1, 1, 3, 3] w = {1, 2, 1, 2, 4, 2, "
                "1, 2, 1}, float[1, 1, 1, 1] c = {0.1}> { ",
                nodes, "y = Identity(v", kLayers, ") }")),
            kLayers + 3u);
}

TEST(LargeGraphsTest, JoinsOfJoins) {
  std::string nodes = "v0 = Relu(x) j0 = Concat<axis = 1>(x, v0) ";
  for (int i = 0; i < kLayers; ++i)
    absl::StrAppend(&nodes, "v", i + 1, " = Exp(v", i, ") j", i + 1, " = Concat<axis = 1>(j", i, ", v", i + 1,
                    ") ");
  EXPECT_GT(Calls(absl::StrCat("(float[1, 2] x) => (float[1, ", 2 * kLayers + 4, "] y) { ", nodes,
                               "y = Neg(j", kLayers, ") }")),
            static_cast<size_t>(kLayers));
}

// There are twice as many paths to every value as to the one before it.
TEST(LargeGraphsTest, JoinsThatDouble) {
  constexpr int kTimes = 28;
  std::string nodes = "v0 = Relu(x) ";
  for (int i = 0; i < kTimes; ++i)
    absl::StrAppend(&nodes, "v", i + 1, " = Concat<axis = 0>(v", i, ", v", i, ") ");
  EXPECT_EQ(Calls(absl::StrCat("(float[1] x) => (float[", 1 << kTimes, "] y) { ", nodes, "y = Neg(v", kTimes,
                               ") }")),
            kTimes + 2u);
}

TEST(LargeGraphsTest, ManyOutputs) {
  std::string outputs, nodes;
  for (int i = 0; i < kLayers; ++i) {
    absl::StrAppend(&outputs, i == 0 ? "" : ", ", "float[2, 3] y", i);
    absl::StrAppend(&nodes, "t", i, " = Transpose<perm = [1, 0]>(x) y", i, " = Identity(t", i, ") ");
  }
  EXPECT_EQ(Calls(absl::StrCat("(float[3, 2] x) => (", outputs, ") { ", nodes, "}")),
            static_cast<size_t>(kLayers));
}

}  // namespace
}  // namespace diapason::compiler::importer
