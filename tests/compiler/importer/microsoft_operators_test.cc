// Compares operators of the domain com.microsoft with the operators of ONNX that they were fused from.
// Both are computed by reference kernels.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

class MicrosoftOperatorsTest : public ::testing::Test {
 protected:
  std::string Random(size_t count) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> numbers(count);
    for (float& number : numbers) number = uniform(random_);
    return BytesOf(numbers);
  }
  std::string RandomBytes(size_t count) {
    std::string bytes(count, 0);
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }

  // Expects that two bodies give the same floats, up to rounding. `graph` is the signature.
  static void ExpectSame(const std::string& graph, const std::string& fused, const std::string& apart,
                         const std::vector<std::string>& inputs) {
    SCOPED_TRACE(fused);
    const auto a = Computed(OnnxModel(absl::StrCat(graph, " { ", fused, " }")), inputs);
    const auto b = Computed(OnnxModel(absl::StrCat(graph, " { ", apart, " }")), inputs);
    ASSERT_EQ(a.size(), b.size());
    ASSERT_FALSE(a.empty());
    for (size_t i = 0; i < a.size(); ++i) {
      const std::vector<float> x = NumbersIn<float>(a[i]), y = NumbersIn<float>(b[i]);
      ASSERT_EQ(x.size(), y.size());
      for (size_t j = 0; j < x.size(); ++j)
        EXPECT_NEAR(x[j], y[j], 1e-5 * (1 + std::fabs(y[j]))) << i << ", " << j;
    }
  }

  const uint32_t seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, absl::StrCat("seed ", seed_)};
};

TEST_F(MicrosoftOperatorsTest, FusedConvAddsAndActivates) {
  ExpectSame(
      "(float[1,2,5,5] x, float[3,2,3,3] w, float[3] b, float[1,3,3,3] z) => (float[1,3,3,3] y)",
      "y = com.microsoft.FusedConv<activation = \"LeakyRelu\", activation_params = [0.3]> (x, w, b, z)",
      "c = Conv(x, w, b) s = Add(c, z) y = LeakyRelu<alpha = 0.3> (s)",
      {Random(50), Random(54), Random(3), Random(27)});
}

TEST_F(MicrosoftOperatorsTest, FusedProducts) {
  ExpectSame("(float[2,3,4] a, float[2,5,4] b) => (float[2,3,5] y)",
             "y = com.microsoft.FusedMatMul<transB = 1, alpha = 0.5> (a, b)",
             "t = Transpose<perm = [0, 2, 1]> (b) p = MatMul(a, t) h = Constant<value = float {0.5}> () y = "
             "Mul(p, h)",
             {Random(24), Random(40)});
  ExpectSame("(float[3,4] a, float[4,5] b, float[5] c) => (float[3,5] y)",
             "y = com.microsoft.FusedGemm<activation = \"Relu\", alpha = 0.5> (a, b, c)",
             "g = Gemm<alpha = 0.5> (a, b, c) y = Relu(g)", {Random(12), Random(20), Random(5)});
}

TEST_F(MicrosoftOperatorsTest, Gelus) {
  ExpectSame("(float[3,4] x, float[4] b) => (float[3,4] y)", "y = com.microsoft.BiasGelu(x, b)",
             "s = Add(x, b) y = com.microsoft.Gelu(s)", {Random(12), Random(4)});
  ExpectSame("(float[3,4] x) => (float[3,4] y)", "y = com.microsoft.QuickGelu(x)",
             "a = Constant<value = float {1.702}> () t = Mul(x, a) s = Sigmoid(t) y = Mul(x, s)",
             {Random(12)});
}

TEST_F(MicrosoftOperatorsTest, SkipLayerNormalizationGivesTheSumToo) {
  ExpectSame("(float[2,3,8] x, float[3,8] k, float[8] g, float[8] b) => (float[2,3,8] y, float[2,3,8] s)",
             "y, m, v, s = com.microsoft.SkipLayerNormalization<epsilon = 0.001> (x, k, g, b)",
             "s = Add(x, k) y = LayerNormalization<epsilon = 0.001> (s, g, b)",
             {Random(48), Random(24), Random(8), Random(8)});
}

TEST_F(MicrosoftOperatorsTest, AttentionProjectsItsInput) {
  ExpectSame("(float[2,3,8] x, float[8,24] w, float[24] b) => (float[2,3,8] y)",
             "y = com.microsoft.Attention<num_heads = 2, unidirectional = 1> (x, w, b)",
             "p = MatMul(x, w) a = Add(p, b) q, k, v = Split<axis = 2> (a) "
             "y = com.microsoft.MultiHeadAttention<num_heads = 2, unidirectional = 1> (q, k, v)",
             {Random(48), Random(192), Random(24)});
}

TEST_F(MicrosoftOperatorsTest, QuantizedAttentionProjectsWhatItsNumbersStandFor) {
  const std::string constants =
      "a = Constant<value = float {0.02}> () z = Constant<value = uint8 {120}> () "
      "b = Constant<value = float {0.01}> () o = Constant<value = int8 {3}> () ";
  ExpectSame("(uint8[2,3,8] x, int8[8,24] w, float[24] c) => (float[2,3,8] y)",
             constants + "y = com.microsoft.QAttention<num_heads = 2> (x, w, c, a, b, , z, o)",
             constants +
                 "p = DequantizeLinear(x, a, z) q = DequantizeLinear(w, b, o) "
                 "y = com.microsoft.Attention<num_heads = 2> (p, q, c)",
             {RandomBytes(48), RandomBytes(192), Random(24)});
}

TEST_F(MicrosoftOperatorsTest, MultiHeadAttentionIsTwoProductsAndASoftmax) {
  ExpectSame(
      "(float[2,3,8] q, float[2,5,8] k, float[2,5,8] v) => (float[2,3,8] y)",
      "y = com.microsoft.MultiHeadAttention<num_heads = 2> (q, k, v)",
      "f = Constant<value = int64[4] {2, -1, 2, 4}> () o = Constant<value = int64[3] {2, -1, 8}> () "
      "q4 = Reshape(q, f) k4 = Reshape(k, f) v4 = Reshape(v, f) qh = Transpose<perm = [0, 2, 1, 3]> (q4) "
      "kh = Transpose<perm = [0, 2, 3, 1]> (k4) vh = Transpose<perm = [0, 2, 1, 3]> (v4) s = MatMul(qh, kh) "
      "h = Constant<value = float {0.5}> () t = Mul(s, h) p = Softmax(t) r = MatMul(p, vh) "
      "u = Transpose<perm = [0, 2, 1, 3]> (r) y = Reshape(u, o)",
      {Random(48), Random(80), Random(80)});
}

TEST_F(MicrosoftOperatorsTest, QuantizedOperatorsRequantize) {
  const std::string constants =
      "a = Constant<value = float {0.02}> () z = Constant<value = uint8 {120}> () "
      "b = Constant<value = float {0.03}> () ";
  ExpectSame("(uint8[3,4] x, uint8[3,4] w) => (float[3,4] y)",
             constants + "n = com.microsoft.QLinearAdd(x, a, z, w, b, z, b, z) y = DequantizeLinear(n, b, z)",
             constants +
                 "p = DequantizeLinear(x, a, z) q = DequantizeLinear(w, b, z) s = Add(p, q) "
                 "n = QuantizeLinear(s, b, z) y = DequantizeLinear(n, b, z)",
             {RandomBytes(12), RandomBytes(12)});
}

TEST_F(MicrosoftOperatorsTest, BlocksOfFourBitsBecomeFloats) {
  // One column of 16 rows, whose numbers are 0, 1, 2, ..., 15, with zero point 8 and scale 0.5.
  std::vector<float> rows(16), expected = {0};
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = static_cast<float>(i % 3);
    expected[0] += rows[i] * (static_cast<float>(i) - 8) * 0.5f;
  }
  const auto outputs = Computed(
      OnnxModel(
          "(float[1,16] x) => (float[1,1] y) <uint8[1,1,8] w = {16, 50, 84, 118, 152, 186, 220, 254}, "
          "float[1] s = {0.5}> { y = com.microsoft.MatMulNBits<K = 16, N = 1, bits = 4, block_size = 16> "
          "(x, w, s) }"),
      {BytesOf(rows)});
  ASSERT_EQ(outputs.size(), 1);
  EXPECT_FLOAT_EQ(NumbersIn<float>(outputs[0])[0], expected[0]);
}

}  // namespace
}  // namespace diapason::compiler::importer
