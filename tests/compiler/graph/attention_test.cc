// Attention as exporters write it becomes one kernel, which computes what the operators compute one by one.
// DIAPASON_ATTENTION_SEED is the seed of the random shapes and spellings.
#include "compiler/graph/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "compiler/graph/kernels.h"
#include "compiler/graph/partition.h"
#include "tests/compiler/graph/graph_builder.h"
#include "tests/compiler/graph/program_executor.h"

namespace diapason::compiler::graph {
namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

enum class Scale { kNone, kQueries, kScores, kQuotient };
enum class Mask { kNone, kKeys, kAll, kSelect };

// One model with attention. The projections are its inputs: batch x length x (heads x width).
struct Spelling {
  int64_t batch = 1, heads = 2, queries = 5, keys = 7, width = 8, value_width = 4;
  Scale scale = Scale::kScores;
  Mask mask = Mask::kKeys;
  bool one_transpose = true;  // of the keys, instead of two
  bool residual = false;      // a sum behind the attention
  bool replaces_nan = false;  // weights that are NaN become 0
};

class AttentionTest : public ::testing::Test, protected GraphBuilder {
 protected:
  ValueId Heads(ValueId x, int64_t length, int64_t width, const Spelling& s, Ints perm) {
    return Add(Op::kTranspose, {Add(Op::kReshape, {x}, {{"shape", Ints{s.batch, length, s.heads, width}}})},
               {{"perm", perm}});
  }

  // Returns the output: batch x queries x (heads x value width).
  ValueId Build(const Spelling& s) {
    ValueId q =
        Heads(Input({s.batch, s.queries, s.heads * s.width}, "q"), s.queries, s.width, s, {0, 2, 1, 3});
    const ValueId k_in = Input({s.batch, s.keys, s.heads * s.width}, "k");
    const ValueId v =
        Heads(Input({s.batch, s.keys, s.heads * s.value_width}, "v"), s.keys, s.value_width, s, {0, 2, 1, 3});
    ValueId k = s.one_transpose ? Heads(k_in, s.keys, s.width, s, {0, 2, 3, 1})
                                : Add(Op::kTranspose, {Heads(k_in, s.keys, s.width, s, {0, 2, 1, 3})},
                                      {{"perm", Ints{0, 1, 3, 2}}});
    if (s.scale == Scale::kQueries) q = Add(Op::kMul, {q, Number(0.25)});
    ValueId x = Add(Op::kMatMul, {q, k}, {}, "scores");
    if (s.scale == Scale::kScores) x = Add(Op::kMul, {x, Number(0.25)});
    if (s.scale == Scale::kQuotient) x = Add(Op::kDiv, {x, Number(4)});
    if (s.mask == Mask::kKeys) x = Add(Op::kAdd, {x, Input({s.batch, 1, 1, s.keys}, "mask")});
    if (s.mask == Mask::kAll) x = Add(Op::kAdd, {Input({s.queries, s.keys}, "mask"), x});
    if (s.mask == Mask::kSelect)
      x = Add(Op::kWhere,
              {Add(Op::kLess, {Input({s.batch, 1, 1, s.keys}, "mask"), Number(0)}), Number(-30), x});
    x = Add(Op::kSoftmax, {x}, {{"axis", int64_t{3}}});
    if (s.replaces_nan) x = Add(Op::kWhere, {Add(Op::kIsNaN, {x}), Number(0), x});
    x = Add(Op::kMatMul, {x, v}, {}, "attention");
    x = Add(Op::kReshape, {Add(Op::kTranspose, {x}, {{"perm", Ints{0, 2, 1, 3}}})},
            {{"shape", Ints{s.batch, s.queries, s.heads * s.value_width}}});
    if (s.residual) x = Add(Op::kAdd, {x, Input({s.batch, s.queries, s.heads * s.value_width}, "residual")});
    return x;
  }

  // Returns the inputs of the graph with random elements.
  std::vector<Floats> RandomInputs(std::mt19937_64& random) {
    std::vector<Floats> inputs;
    std::normal_distribution<float> normal;
    for (ValueId input : graph.inputs) {
      Floats& values = inputs.emplace_back(NumElements(graph.value(input).shape));
      for (float& value : values) value = normal(random);
    }
    return inputs;
  }

  static std::vector<double> Expected(const Spelling& s, const std::vector<Floats>& in) {
    std::vector<double> out(s.batch * s.queries * s.heads * s.value_width);
    for (int64_t b = 0; b < s.batch; ++b) {
      for (int64_t h = 0; h < s.heads; ++h) {
        for (int64_t m = 0; m < s.queries; ++m) {
          std::vector<double> x(s.keys, 0);
          for (int64_t n = 0; n < s.keys; ++n) {
            for (int64_t c = 0; c < s.width; ++c) {
              x[n] += static_cast<double>(in[0][((b * s.queries + m) * s.heads + h) * s.width + c]) *
                      in[1][((b * s.keys + n) * s.heads + h) * s.width + c];
            }
            if (s.scale != Scale::kNone) x[n] /= 4;
            if (s.mask == Mask::kKeys) x[n] += in[3][b * s.keys + n];
            if (s.mask == Mask::kAll) x[n] += in[3][m * s.keys + n];
            if (s.mask == Mask::kSelect && in[3][b * s.keys + n] < 0) x[n] = -30;
          }
          const double most = *std::max_element(x.begin(), x.end());
          double sum = 0;
          for (double& e : x) sum += e = std::exp(e - most);
          for (int64_t d = 0; d < s.value_width; ++d) {
            const int64_t at = ((b * s.queries + m) * s.heads + h) * s.value_width + d;
            for (int64_t n = 0; n < s.keys; ++n)
              out[at] += x[n] / sum * in[2][((b * s.keys + n) * s.heads + h) * s.value_width + d];
            if (s.residual) out[at] += in.back()[at];
          }
        }
      }
    }
    return out;
  }

  void Check(const Spelling& s, std::mt19937_64& random) {
    graph = Graph();
    Output(Build(s));
    const std::vector<Floats> inputs = RandomInputs(random);
    std::vector<std::string> bytes;
    for (const Floats& input : inputs)
      bytes.emplace_back(reinterpret_cast<const char*>(input.data()), input.size() * sizeof(float));
    const absl::StatusOr<Program> program = PartitionGraph(std::move(graph));
    ASSERT_TRUE(program.ok()) << program.status();
    EXPECT_EQ(std::count_if(program->workloads.begin(), program->workloads.end(),
                            [](const v1::Workload& w) { return absl::StartsWith(w.summary(), "attention"); }),
              1);
    const auto outputs = ExecuteProgram(*program, bytes);
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    const std::vector<double> expected = Expected(s, inputs);
    Floats actual(expected.size());
    ASSERT_EQ((*outputs)[0].size(), actual.size() * sizeof(float));
    std::memcpy(actual.data(), (*outputs)[0].data(), (*outputs)[0].size());
    for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 2e-5) << "element " << i;
  }
};

TEST_F(AttentionTest, EverySpellingIsOneKernelAndIsRight) {
  int64_t seed = 1;
  if (const char* text = std::getenv("DIAPASON_ATTENTION_SEED")) (void)absl::SimpleAtoi(text, &seed);
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  const auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int i = 0; i < 16; ++i) {
    Spelling s;
    s.batch = pick(1, 2);
    s.heads = pick(1, 3);
    s.queries = pick(2, 9);
    s.keys = pick(4, 9);
    s.width = 4 * pick(1, 3);
    s.value_width = 4 * pick(1, 3);
    s.scale = static_cast<Scale>(i % 4);
    s.mask = static_cast<Mask>(pick(0, 3));
    s.one_transpose = pick(0, 1) == 1;
    s.residual = pick(0, 1) == 1;
    s.replaces_nan = pick(0, 1) == 1;
    SCOPED_TRACE(i);
    Check(s, random);
    if (HasFatalFailure()) return;
  }
}

// The kernels of softmax(q k) v, where `scores` also has other readers, or something else stands between.
TEST_F(AttentionTest, ScoresThatOthersReadStaySeparate) {
  const ValueId scores = Add(Op::kMatMul, {Input({2, 8, 4}, "q"), Input({2, 4, 8}, "k")});
  const ValueId weights = Add(Op::kSoftmax, {scores}, {{"axis", int64_t{2}}});
  Output(Add(Op::kMatMul, {weights, Input({2, 8, 4}, "v")}));
  EXPECT_EQ(FormKernels(graph).size(), 1u);
  Output(weights);
  EXPECT_EQ(FormKernels(graph).size(), 3u);
}

TEST_F(AttentionTest, AQueryWithoutKeysGivesZerosIfTheModelSaysSo) {
  Spelling s;
  s.replaces_nan = true;
  s.batch = 2;
  std::mt19937_64 random(1);
  Output(Build(s));
  std::vector<Floats> inputs = RandomInputs(random);
  for (int64_t n = 0; n < s.keys; ++n) inputs[3][n] = -std::numeric_limits<float>::infinity();
  std::vector<std::string> bytes;
  for (const Floats& input : inputs)
    bytes.emplace_back(reinterpret_cast<const char*>(input.data()), input.size() * sizeof(float));
  const auto outputs = ExecuteProgram(*PartitionGraph(std::move(graph)), bytes);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  const std::vector<double> expected = Expected(s, inputs);
  for (size_t i = 0; i < expected.size(); ++i) {
    float actual;
    std::memcpy(&actual, (*outputs)[0].data() + i * sizeof actual, sizeof actual);
    ASSERT_NEAR(actual, i < expected.size() / 2 ? 0 : expected[i], 2e-5) << "element " << i;
  }
}

TEST_F(AttentionTest, ASoftmaxOverAnotherAxisStaysSeparate) {
  const ValueId scores = Add(Op::kMatMul, {Input({2, 8, 4}, "q"), Input({2, 4, 8}, "k")});
  Output(Add(Op::kMatMul, {Add(Op::kSoftmax, {scores}, {{"axis", int64_t{1}}}), Input({2, 8, 4}, "v")}));
  EXPECT_EQ(FormKernels(graph).size(), 3u);
}

TEST_F(AttentionTest, ASingleQueryStaysSeparate) {
  const ValueId scores = Add(Op::kMatMul, {Input({2, 1, 4}, "q"), Input({2, 4, 8}, "k")});
  Output(Add(Op::kMatMul, {Add(Op::kSoftmax, {scores}, {{"axis", int64_t{2}}}), Input({2, 8, 4}, "v")}));
  EXPECT_EQ(FormKernels(graph).size(), 3u);
}

}  // namespace
}  // namespace diapason::compiler::graph
