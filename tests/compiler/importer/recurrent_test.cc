// Compares recurrent networks with plain loops, in the forms that ONNX's own tests leave out: lengths of
// sequences that are known when the model runs, other activations, clipping, and batches as the first
// dimension.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

constexpr int kSteps = 4, kBatch = 3, kInputs = 2, kHidden = 3;

using Numbers = std::vector<float>;

Numbers Random(std::mt19937_64& random, int count) {
  std::uniform_real_distribution<float> range(-1, 1);
  Numbers numbers(static_cast<size_t>(count));
  for (float& number : numbers) number = range(random);
  return numbers;
}

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// A GRU without bias in one direction. Returns the outputs of all steps, [step][batch][hidden], and the
// last state.
struct Gru {
  Numbers x, w, r;               // [step][batch][input], [3 hidden][input], [3 hidden][hidden]
  std::vector<int64_t> lengths;  // by batch
  bool backwards = false;
  double clip = 1e9;
  std::function<double(double)> f = Sigmoid, g = [](double v) { return std::tanh(v); };

  std::pair<Numbers, Numbers> Compute() const {
    Numbers outputs(kSteps * kBatch * kHidden, 0), last(kBatch * kHidden, 0);
    const auto clipped = [&](double v) { return std::clamp(v, -clip, clip); };
    for (int b = 0; b < kBatch; ++b) {
      std::vector<double> h(kHidden, 0);
      for (int i = 0; i < kSteps; ++i) {
        const int t = backwards ? kSteps - 1 - i : i;
        if (t >= lengths[b]) continue;
        const auto input = [&](int row) {
          double sum = 0;
          for (int k = 0; k < kInputs; ++k) sum += x[(t * kBatch + b) * kInputs + k] * w[row * kInputs + k];
          return sum;
        };
        const auto recurrent = [&](int row, const std::vector<double>& state) {
          double sum = 0;
          for (int k = 0; k < kHidden; ++k) sum += state[k] * r[row * kHidden + k];
          return sum;
        };
        std::vector<double> z(kHidden), reset(kHidden), next(kHidden);
        for (int j = 0; j < kHidden; ++j) {
          z[j] = f(clipped(input(j) + recurrent(j, h)));
          reset[j] = f(clipped(input(kHidden + j) + recurrent(kHidden + j, h))) * h[j];
        }
        for (int j = 0; j < kHidden; ++j) {
          const double candidate = g(clipped(input(2 * kHidden + j) + recurrent(2 * kHidden + j, reset)));
          next[j] = (1 - z[j]) * candidate + z[j] * h[j];
          outputs[(t * kBatch + b) * kHidden + j] = static_cast<float>(next[j]);
        }
        h = next;
      }
      for (int j = 0; j < kHidden; ++j) last[b * kHidden + j] = static_cast<float>(h[j]);
    }
    return {outputs, last};
  }
};

void ExpectNear(const std::string& bytes, const Numbers& expected) {
  const Numbers actual = NumbersIn<float>(bytes);
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-5) << "element " << i;
}

class RecurrentTest : public ::testing::Test {
 protected:
  RecurrentTest() {
    std::cout << "seed " << kSeed << "\n";
    std::mt19937_64 random(kSeed);
    gru_.x = Random(random, kSteps * kBatch * kInputs);
    gru_.w = Random(random, 3 * kHidden * kInputs);
    gru_.r = Random(random, 3 * kHidden * kHidden);
    gru_.lengths.assign(kBatch, kSteps);
  }

  // Compares both outputs of the node with the loops.
  void Expect(const std::string& attributes) {
    const onnx::ModelProto model =
        OnnxModel(absl::StrCat("(float[4, 3, 2] x, float[1, 9, 2] w, float[1, 9, 3] r, int32[3] n) => "
                               "(float[4, 1, 3, 3] y, float[1, 3, 3] h) { y, h = GRU<",
                               attributes, ">(x, w, r, , n) }"));
    const std::vector<int32_t> lengths(gru_.lengths.begin(), gru_.lengths.end());
    const auto outputs =
        Computed(model, {BytesOf(gru_.x), BytesOf(gru_.w), BytesOf(gru_.r), BytesOf(lengths)});
    ASSERT_EQ(outputs.size(), 2);
    const auto [all, last] = gru_.Compute();
    ExpectNear(outputs[0], all);
    ExpectNear(outputs[1], last);
  }

  static constexpr uint64_t kSeed = 5;
  Gru gru_;
};

TEST_F(RecurrentTest, LengthsOfSequencesThatAreKnownWhenTheModelRuns) {
  gru_.lengths = {4, 1, 2};
  Expect("hidden_size = 3");
  gru_.backwards = true;
  Expect("hidden_size = 3, direction = \"reverse\"");
}

TEST_F(RecurrentTest, ActivationsWithTheirParametersAndClipping) {
  gru_.f = [](double v) { return std::clamp(0.3 * v + 0.4, 0.0, 1.0); };
  gru_.g = [](double v) { return v < 0 ? 0.1 * v : v; };
  Expect(
      "hidden_size = 3, activations = [\"HardSigmoid\", \"LeakyRelu\"], activation_alpha = [0.3, 0.1], "
      "activation_beta = [0.4]");
  gru_.clip = 0.25;
  Expect(
      "hidden_size = 3, activations = [\"hardsigmoid\", \"leakyrelu\"], activation_alpha = [0.3, 0.1], "
      "activation_beta = [0.4], clip = 0.25");
}

TEST_F(RecurrentTest, TheBatchMayBeTheFirstDimension) {
  const onnx::ModelProto model = OnnxModel(
      "(float[3, 4, 2] x, float[1, 9, 2] w, float[1, 9, 3] r) => (float[3, 4, 1, 3] y, float[3, 1, 3] h) "
      "{ y, h = GRU<hidden_size = 3, layout = 1>(x, w, r) }");
  const auto by_batch = [](const Numbers& numbers, int each) {
    Numbers moved;
    for (int b = 0; b < kBatch; ++b) {
      for (int t = 0; t < kSteps; ++t) {
        const auto begin = numbers.begin() + (t * kBatch + b) * each;
        moved.insert(moved.end(), begin, begin + each);
      }
    }
    return moved;
  };
  const auto outputs =
      Computed(model, {BytesOf(by_batch(gru_.x, kInputs)), BytesOf(gru_.w), BytesOf(gru_.r)});
  ASSERT_EQ(outputs.size(), 2);
  const auto [all, last] = gru_.Compute();
  ExpectNear(outputs[0], by_batch(all, kHidden));
  ExpectNear(outputs[1], last);
}

// With coupled gates, an LSTM forgets as much as it takes in.
TEST_F(RecurrentTest, AnLstmMayCoupleItsGates) {
  std::mt19937_64 random(kSeed);
  const Numbers x = Random(random, 2), w = Random(random, 4), r = Random(random, 4);
  const onnx::ModelProto model = OnnxModel(
      "(float[2, 1, 1] x, float[1, 4, 1] w, float[1, 4, 1] r) => (float[2, 1, 1, 1] y) "
      "{ y = LSTM<hidden_size = 1, input_forget = 1>(x, w, r) }");
  const auto outputs = Computed(model, {BytesOf(x), BytesOf(w), BytesOf(r)});
  ASSERT_EQ(outputs.size(), 1);
  double h = 0, c = 0;
  Numbers expected;
  for (const float step : x) {
    const double input = Sigmoid(step * w[0] + h * r[0]), output = Sigmoid(step * w[1] + h * r[1]);
    c = (1 - input) * c + input * std::tanh(step * w[3] + h * r[3]);
    h = output * std::tanh(c);
    expected.push_back(static_cast<float>(h));
  }
  ExpectNear(outputs[0], expected);
}

TEST_F(RecurrentTest, WrongShapesAndNamesAreRefused) {
  const auto message = [](const std::string& call) {
    return std::string(
        Load(OnnxModel(absl::StrCat("(float[4, 3, 2] x, float[1, 9, 2] w, float[1, 9, 3] r) => "
                                    "(float[4, 1, 3, 3] y) { y = ",
                                    call, "(x, w, r) }")))
            .status()
            .message());
  };
  EXPECT_NE(message("LSTM<hidden_size = 3>").find("weights of shapes 1x9x2 and 1x9x3 do not fit"),
            std::string::npos);
  EXPECT_NE(message("GRU<hidden_size = 3, activations = [\"Sigmoid\", \"Sine\"]>")
                .find("'Sine' is not an activation"),
            std::string::npos);
  EXPECT_NE(message("GRU<hidden_size = 3, direction = \"up\">").find("'up' is not a direction"),
            std::string::npos);
}

}  // namespace
}  // namespace diapason::compiler::importer
