// Checks what ONNX's operators compute from NaN, infinities, zeroes and extreme numbers. Each test runs
// twice: with operands that arrive at run time, and with constant operands, so that the operators are
// folded.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/compiler/graph/program_executor.h"
#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kLargest = std::numeric_limits<float>::max();

template <typename T>
std::vector<T> Results(const onnx::ModelProto& model, const std::vector<std::string>& inputs) {
  const std::vector<std::string> outputs = Computed(model, inputs);
  return outputs.empty() ? std::vector<T>() : NumbersIn<T>(outputs[0]);
}

// Returns the model with its first input replaced by a constant.
onnx::ModelProto WithConstant(onnx::ModelProto model, const std::string& bytes) {
  onnx::GraphProto& graph = *model.mutable_graph();
  const onnx::TypeProto::Tensor& type = graph.input(0).type().tensor_type();
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(graph.input(0).name());
  tensor.set_data_type(type.elem_type());
  for (const auto& dim : type.shape().dim()) tensor.add_dims(dim.dim_value());
  tensor.set_raw_data(bytes);
  graph.mutable_input()->DeleteSubrange(0, 1);
  return model;
}

template <typename T>
void ExpectNumbers(const std::vector<T>& actual, const std::vector<T>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("element ", i));
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(expected[i])) {
        EXPECT_TRUE(std::isnan(actual[i])) << actual[i];
      } else if (std::isinf(expected[i]) || expected[i] == 0) {
        EXPECT_EQ(actual[i], expected[i]);
      } else {
        EXPECT_NEAR(actual[i], expected[i], 1e-6 * std::abs(expected[i]));
      }
    } else {
      EXPECT_EQ(actual[i], expected[i]);
    }
  }
}

// The model has one input. `body` is a text such as "y = Relu(x)".
template <typename In, typename Out>
void Expect(const std::string& body, const std::vector<In>& x, const std::vector<Out>& y,
            const std::string& initializers = "", int opset = 20) {
  const auto name = [](auto number) {
    return std::is_same_v<decltype(number), float>     ? "float"
           : std::is_same_v<decltype(number), int32_t> ? "int32"
                                                       : "int64";
  };
  SCOPED_TRACE(body);
  const onnx::ModelProto model = OnnxModel(
      absl::StrCat("(", name(In()), "[", x.size(), "] x) => (", name(Out()), "[", y.size(), "] y) ",
                   initializers.empty() ? "" : absl::StrCat("<", initializers, ">"), " { ", body, " }"),
      opset);
  {
    SCOPED_TRACE("at run time");
    ExpectNumbers(Results<Out>(model, {BytesOf(x)}), y);
  }
  SCOPED_TRACE("folded");
  ExpectNumbers(Results<Out>(WithConstant(model, BytesOf(x)), {}), y);
}

using Floats = std::vector<float>;

TEST(SpecialValuesTest, NanGoesThroughWhateverChoosesOrLimits) {
  const Floats x = {kNan, -kInfinity, kInfinity, -1, 2};
  Expect("y = Relu(x)", x, Floats{kNan, 0, kInfinity, 0, 2});
  Expect("y = Max(x, c)", x, Floats{kNan, 1, kInfinity, 1, 2}, "float c = {1}");
  Expect("y = Max(c, x)", x, Floats{kNan, 1, kInfinity, 1, 2}, "float c = {1}");
  Expect("n = Log(c) y = Max(x, n)", x, Floats{kNan, kNan, kNan, kNan, kNan}, "float c = {-1}");
  Expect("y = Min(x, c)", x, Floats{kNan, -kInfinity, 1, -1, 1}, "float c = {1}");
  Expect("y = Clip(x, a, b)", x, Floats{kNan, 0, 1, 0, 1}, "float a = {0}, float b = {1}");
  Expect("y = LeakyRelu<alpha = 0.5>(x)", x, Floats{kNan, -kInfinity, kInfinity, -0.5, 2});
  Expect("y = HardSigmoid(x)", x, Floats{kNan, 0, 1, 0.3, 0.9});
  Expect("y = HardSwish(x)", x, Floats{kNan, kNan, kInfinity, -1.0f / 3, 5.0f / 3});
  Expect("y = Sigmoid(x)", x, Floats{kNan, 0, 1, 0.26894143f, 0.88079709f});
  Expect("y = Sign(x)", x, Floats{kNan, -1, 1, -1, 1});
  Expect("y = Elu(x)", x, Floats{kNan, -1, kInfinity, -0.63212055f, 2});
  Expect("y = Selu(x)", x, Floats{kNan, -1.7580993f, kInfinity, -1.1113307f, 2.1014020f});
  Expect("y = Celu(x)", x, Floats{kNan, -1, kInfinity, -0.63212055f, 2});
  Expect("y = Softplus(x)", x, Floats{kNan, 0, kInfinity, 0.31326169f, 2.1269280f});
  Expect("y = ThresholdedRelu(x)", x, Floats{0, 0, kInfinity, 0, 2});
  Expect("y = Erf(x)", x, Floats{kNan, -1, 1, -0.84270079f, 0.99532227f});
  Expect("y = Tanh(x)", x, Floats{kNan, -1, 1, -0.76159416f, 0.96402758f});
  Expect("y = ReduceMax<keepdims = 1>(x)", x, Floats{kNan}, "", 17);
  Expect("y = ReduceMin<keepdims = 1>(x)", x, Floats{kNan}, "", 17);
  Expect("y = ReduceMax<keepdims = 1>(x)", Floats{kNan, 5, 4}, Floats{kNan}, "", 17);
}

TEST(SpecialValuesTest, NanGoesThroughPools) {
  const Floats x = {1, kNan, 3, -4, 5, 6, 7, -8};
  const onnx::ModelProto model =
      OnnxModel("(float[1,2,4] x) => (float[1,2,5] y) { y = MaxPool<kernel_shape = [2], pads = [1, 1]>(x) }");
  ExpectNumbers(Results<float>(model, {BytesOf(x)}), Floats{1, kNan, kNan, 3, -4, 5, 6, 7, 7, -8});
  const onnx::ModelProto global = OnnxModel("(float[1,2,4] x) => (float[1,2,1] y) { y = GlobalMaxPool(x) }");
  ExpectNumbers(Results<float>(global, {BytesOf(x)}), Floats{kNan, 7});
}

// In these positions the window lies in the padding only: its taps are two elements apart, and the image
// has one element.
TEST(SpecialValuesTest, AMaximumOfPaddingIsMinusInfinity) {
  for (const char* image : {"i = Relu(x)", "i = Neg(x)"}) {
    const onnx::ModelProto model =
        OnnxModel(absl::StrCat("(float[1,2,1] x) => (float[1,2,2] y) { ", image,
                               " y = MaxPool<kernel_shape = [2], dilations = [2], pads = [1, 2]>(i) }"));
    const bool negated = absl::StrContains(image, "Neg");
    ExpectNumbers(Results<float>(model, {BytesOf<float>({3, -2})}),
                  negated ? Floats{-kInfinity, -3, -kInfinity, 2} : Floats{-kInfinity, 3, -kInfinity, 0});
  }
}

TEST(SpecialValuesTest, FunctionsThatEndInOneReachIt) {
  const Floats x = {-10, -1e6f, -1e30f, -kInfinity, kNan, 10, 1e30f};
  Expect("y = Gelu(x)", x, Floats{0, 0, 0, kNan, kNan, 10, 1e30f});
  Expect("y = Gelu<approximate = \"tanh\">(x)", x, Floats{0, 0, 0, kNan, kNan, 10, 1e30f});
}

TEST(SpecialValuesTest, ABatchNormOfInfiniteStatisticsIsItsFormula) {
  const onnx::ModelProto model = OnnxModel(
      "(float[1,2,2] x) => (float[1,2,2] y) <float[2] s = {1, 3e38}, float[2] b = {1, 1}, "
      "float[2] m = {0.5, 4}, float[2] v = {1, 0.01}> { y = BatchNormalization<epsilon = 0.0>(x, s, b, m, v) "
      "}");
  ExpectNumbers(Results<float>(model, {BytesOf<float>({1, 2, 3, 4})}), Floats{1.5f, 2.5f, -kInfinity, 1});
}

TEST(SpecialValuesTest, SmallResultsArePrecise) {
  Expect("y = Softplus(x)", Floats{-20, -80, -100}, Floats{2.0611536e-9f, 1.8048513e-35f, 3.783506e-44f});
  Expect("y = Elu(x)", Floats{-1e-6f, -1e-20f}, Floats{-9.999995e-7f, -1e-20f});
}

TEST(SpecialValuesTest, PowersAreThoseOfIeee) {
  Expect("y = Pow(x, c)", Floats{-2, -0.0f, 0, -kInfinity, kNan}, Floats{-8, 0, 0, -kInfinity, kNan},
         "float c = {3}");
  Expect("y = Pow(x, c)", Floats{-2, -0.0f, 4, -kInfinity, kInfinity},
         Floats{kNan, 0, 2, kInfinity, kInfinity}, "float c = {0.5}");
  Expect("y = Pow(x, c)", Floats{-2, 0, kNan}, Floats{1, 1, 1}, "int64 c = {0}");
  Expect("y = Pow(x, c)", Floats{-2, 0, kLargest}, Floats{0.25f, kInfinity, 0}, "int32 c = {-2}");
  Expect("y = Pow(x, c)", Floats{-2, -0.0f, -1, 0.5f, kNan}, Floats{-kInfinity, 0, -1, 0, kNan},
         "int32 c = {16777217}");
  const std::vector<int64_t> exponents = {3, -3, 0, 1, -16777217, 16777218};
  Expect("y = Pow(c, x)", exponents, Floats{-8, -0.125f, 1, -2, 0, kInfinity}, "float c = {-2}");
}

TEST(SpecialValuesTest, LogSumExpOfInfinitiesIsWhatTheFormulaSays) {
  const std::string body = "y = ReduceLogSumExp<keepdims = 1>(x)";
  Expect(body, Floats{-kInfinity, -kInfinity}, Floats{-kInfinity}, "", 17);
  Expect(body, Floats{-kInfinity, 1}, Floats{1}, "", 17);
  Expect(body, Floats{kInfinity, 1}, Floats{kInfinity}, "", 17);
  Expect(body, Floats{1000, 1000}, Floats{1000.6931f}, "", 17);
  Expect(body, Floats{kNan, -kInfinity}, Floats{kNan}, "", 17);
  const onnx::ModelProto softmax = OnnxModel("(float[3,2] x) => (float[3,2] y) { y = Softmax(x) }");
  ExpectNumbers(
      Results<float>(softmax, {BytesOf<float>({-kInfinity, 1, -kInfinity, -kInfinity, kInfinity, 1})}),
      Floats{0, 1, kNan, kNan, kNan, kNan});
  const onnx::ModelProto logarithm = OnnxModel("(float[2,2] x) => (float[2,2] y) { y = LogSoftmax(x) }");
  ExpectNumbers(Results<float>(logarithm, {BytesOf<float>({-kInfinity, 1, kNan, 1})}),
                Floats{-kInfinity, 0, kNan, kNan});
}

TEST(SpecialValuesTest, QuotientsAreQuotients) {
  Expect("y = Div(x, c)", Floats{41, 82, 5, 0}, Floats{1, 2, 0.12195122f, 0}, "float c = {41}");
  Floats x, y;
  for (int i = 1; i < 200; ++i) x.push_back(static_cast<float>(i * 41)), y.push_back(static_cast<float>(i));
  Expect("q = Div(x, c) y = Floor(q)", x, y, "float c = {41}");
  Expect("y = Div(x, c)", Floats{1, -1, 0, kInfinity}, Floats{kInfinity, -kInfinity, kNan, kInfinity},
         "float c = {0}");
  Expect("d = Mul(c, c) y = Div(x, d)", Floats{1, 0, 1e-40f}, Floats{kInfinity, 0, 1}, "float c = {1e-20}");
  Expect("y = Mean(x, c, c)", Floats{7, 1}, Floats{3, 1}, "float c = {1}");
  Expect("y = ReduceMean<keepdims = 1>(x)", Floats(49, 1), Floats{1}, "", 17);
}

TEST(SpecialValuesTest, IntegersDoNotTrap) {
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min(), kMost = std::numeric_limits<int32_t>::max();
  using Ints = std::vector<int32_t>;
  Expect("y = Div(x, c)", Ints{5, kLeast, -7}, Ints{0, 0, 0}, "int32 c = {0}");
  Expect("y = Div(x, c)", Ints{5, kLeast, -7}, Ints{-5, kLeast, 7}, "int32 c = {-1}");
  Expect("y = Mod(x, c)", Ints{5, kLeast, -7}, Ints{0, 0, 0}, "int32 c = {0}");
  Expect("y = Mod(x, c)", Ints{kMost - 1, -1, kLeast}, Ints{kMost - 1, kMost - 1, kMost - 1},
         "int32 c = {2147483647}");
  Expect("y = Mod<fmod = 1>(x, c)", Ints{-7, 7, kLeast}, Ints{-1, 1, -2}, "int32 c = {3}");
  Expect("y = Cast<to = 6>(x)", Floats{3e9f, -3e9f, kNan, -kInfinity, 2.9f},
         Ints{kMost, kLeast, 0, kLeast, 2});
}

TEST(SpecialValuesTest, GemmWithoutItsTermDoesNotReadIt) {
  const onnx::ModelProto model = OnnxModel(
      "(float[1,2] a, float[2,2] b, float[2] c) => (float[1,2] y) { y = Gemm<beta = 0.0>(a, b, c) }");
  ExpectNumbers(Results<float>(model, {BytesOf<float>({1, 2}), BytesOf<float>({1, 2, 3, 4}),
                                       BytesOf<float>({kInfinity, kNan})}),
                Floats{7, 10});
}

TEST(SpecialValuesTest, AGemmWhoseTermWouldWidenItIsRefused) {
  for (const char* beta : {"0.0", "1.0"}) {
    const absl::StatusOr<graph::Program> program = Load(OnnxModel(
        absl::StrCat("(float[1,2] a, float[2,2] b, float[2,1,2] c) => (float[] y) { y = Gemm<beta = ", beta,
                     ">(a, b, c) }")));
    EXPECT_EQ(program.status().code(), absl::StatusCode::kInvalidArgument) << program.status();
  }
}

TEST(SpecialValuesTest, RoundingIsNotRearranged) {
  // These are (x + c) - c, and a * b - a * b. In the second one, an FMA would leave the rounding of one
  // product.
  Expect("s = Add(x, c) y = Sub(s, c)", Floats{1, 3}, Floats{0, 0}, "float c = {1e9}");
  Expect("p = Mul(x, c) n = Neg(p) y = Add(p, n)", Floats{0.1f, 1e20f}, Floats{0, 0}, "float c = {0.3}");
  Expect("s = Add(x, c) y = Reciprocal(s)", Floats{-0.0f, 0}, Floats{kInfinity, kInfinity}, "float c = {0}");
}

TEST(SpecialValuesTest, ALayerNormKeepsTheRankOfItsEpsilonAndScale) {
  const Floats x = {1, 2, 3, 4, 2, 2, 2, 2};
  const onnx::ModelProto model = OnnxModel(
      "(float[2,4] x) => (float[1,1,2,4] y) <float[1,1,1,1] e = {0}, float two = {2}> { m = ReduceMean<axes "
      "= [1], keepdims = 1>(x) "
      "d = Sub(x, m) p = Pow(d, two) v = ReduceMean<axes = [1], keepdims = 1>(p) w = Add(v, e) s = Sqrt(w) y "
      "= Div(d, s) }");
  const absl::StatusOr<graph::Program> program = Load(model);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->calls.size(), 1u);  // the layer norm was recognised
  EXPECT_EQ(program->outputs[0].shape, (std::vector<int64_t>{1, 1, 2, 4}));
  ExpectNumbers(Results<float>(model, {BytesOf(x)}),
                Floats{-1.3416408f, -0.4472136f, 0.4472136f, 1.3416408f, kNan, kNan, kNan, kNan});
}

TEST(SpecialValuesTest, FastMathMayRearrange) {
  LoadOptions fast;
  fast.fast_math = true;
  const onnx::ModelProto model = OnnxModel(
      "(float[4] x) => (float[4] y) <float c = {1e9}, float d = {41}> { q = Div(x, d) s = Add(q, c) y = "
      "Sub(s, c) }");
  const absl::StatusOr<graph::Program> strict = Load(model), relaxed = Load(model, fast);
  ASSERT_TRUE(strict.ok() && relaxed.ok());
  const std::string &strict_text = strict->workloads[0].text(), &relaxed_text = relaxed->workloads[0].text();
  EXPECT_NE(strict_text.find("arith.divf"), std::string::npos);
  EXPECT_EQ(strict_text.find("fastmath<contract>"), std::string::npos);
  EXPECT_EQ(relaxed_text.find("arith.divf"), std::string::npos);
  EXPECT_NE(strict->workloads[0].id(), relaxed->workloads[0].id());
  const auto outputs = ExecuteProgram(*relaxed, {BytesOf<float>({41, 82, kNan, kInfinity})});
  ASSERT_TRUE(outputs.ok());
  ExpectNumbers(NumbersIn<float>((*outputs)[0]), Floats{1, 2, kNan, kInfinity});
}

}  // namespace
}  // namespace diapason::compiler::importer
