// Compares the functions that compiler/codegen replaces by arithmetic with libm in double precision, over
// the whole range of float32. Each is tested on scalars (the reference kernel) and on vectors (a schedule
// that makes them).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "gtest/gtest.h"
#include "tests/compiler/codegen/test_kernel.h"

namespace diapason::compiler::codegen {
namespace {

constexpr int kBlock = 4096;        // the elements of one call of a kernel
constexpr uint32_t kStride = 4093;  // between bit patterns; prime, so that about a million numbers are tested
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kDenormal = std::numeric_limits<float>::denorm_min();

// A script that makes vectors of eight elements.
constexpr char kVectors[] = R"(
!op = !transform.any_op
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %op = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    %tile, %loop = transform.structured.tile_using_for %op tile_sizes [8] : (!op) -> (!op, !op)
    transform.structured.vectorize %tile : !op
    transform.yield
  }
})";

float FromBits(uint32_t bits) {
  float number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

// Builds the kernel of `operations`, which use %a and possibly %b and end with that of %r, without its type.
std::unique_ptr<runtime::LoadedKernel> BuildText(const std::string& operations, bool as_vectors) {
  static const auto& backend = *new std::unique_ptr<KernelBackend>(BackendForTests());
  absl::StatusOr<v1::Workload> workload = workload::MakeWorkload(absl::Substitute(R"(
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<$0xf32>, %y: tensor<$0xf32>) -> tensor<$0xf32> {
  %e = tensor.empty() : tensor<$0xf32>
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %y : tensor<$0xf32>, tensor<$0xf32>) outs(%e : tensor<$0xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    $1 : f32
    linalg.yield %r : f32
  } -> tensor<$0xf32>
  return %z : tensor<$0xf32>
})",
                                                                                  kBlock, operations));
  EXPECT_TRUE(workload.ok()) << workload.status();
  v1::BuildRequest request;
  *request.mutable_target() = HostForTests();
  request.set_workload_text(workload->text());
  request.set_optimization(as_vectors ? v1::OPTIMIZATION_SEARCH : v1::OPTIMIZATION_REFERENCE);
  if (as_vectors) request.set_script(kVectors);
  return LoadArtifact(backend->Build(request));
}

// Builds the kernel of `operation`, which uses %a and, if it has two operands, %b: for example "math.powf
// %a, %b".
std::unique_ptr<runtime::LoadedKernel> Build(const std::string& operation, bool as_vectors) {
  return BuildText("%r = " + operation, as_vectors);
}

// Returns the error in units of the last place of the exact result. It is infinite if a NaN, an infinity or
// the sign of a zero is wrong.
double Error(float actual, double exact) {
  const float rounded = static_cast<float>(exact);
  if (std::isnan(actual) || std::isnan(exact)) return std::isnan(actual) == std::isnan(exact) ? 0 : HUGE_VAL;
  if (std::signbit(actual) != std::signbit(rounded)) return HUGE_VAL;
  if (actual == rounded) return 0;
  if (std::isinf(actual) && std::abs(exact) < 3.4028e38) return HUGE_VAL;
  if (std::isinf(rounded) && std::abs(actual) < 3.4028e38f) return HUGE_VAL;
  if (std::isinf(actual) || std::isinf(rounded)) return 1;
  const float size = std::max(std::abs(rounded), std::numeric_limits<float>::min());
  return std::abs(actual - exact) / (static_cast<double>(std::nextafter(size, kInfinity)) - size);
}

struct Worst {
  double ulp = 0;
  float x = 0, y = 0, result = 0;
};

template <typename Exact>
Worst Measure(runtime::LoadedKernel& kernel, const std::vector<float>& x, const std::vector<float>& y,
              Exact exact) {
  Worst worst;
  std::vector<float> a(kBlock), b(kBlock), result(kBlock);
  for (size_t begin = 0; begin < x.size(); begin += kBlock) {
    const size_t count = std::min<size_t>(kBlock, x.size() - begin);
    std::copy_n(x.begin() + begin, count, a.begin());
    std::copy_n(y.begin() + begin, count, b.begin());
    kernel.Run({a.data(), b.data(), result.data()});
    for (size_t i = 0; i < count; ++i) {
      const double ulp = Error(result[i], exact(a[i], b[i]));
      if (ulp > worst.ulp) worst = {ulp, a[i], b[i], result[i]};
    }
  }
  return worst;
}

// Returns special numbers with their neighbours.
std::vector<float> SpecialNumbers() {
  std::vector<float> numbers;
  for (float number : {0.0f,          kDenormal,
                       1e-39f,        std::numeric_limits<float>::min(),
                       1e-20f,        1e-4f,
                       0.25f,         0.5f,
                       0.625f,        0.70710678f,
                       0.9277344f,    1.0f,
                       1.5f,          2.0f,
                       3.0f,          4.0f,
                       7.9f,          9.01f,
                       10.0f,         16.635532f,
                       87.33655f,     88.72283935546875f,
                       88.029f,       103.972f,
                       128.0f,        149.0f,
                       150.0f,        176.0f,
                       254.0f,        1.57079633f,
                       3.14159265f,   4.71238898f,
                       6.28318531f,   1e3f,
                       117435.992f,   1e6f,
                       8388608.0f,    16777216.0f,
                       2147483648.0f, 16367173 * 0x1p72f,
                       0x1.2345p100f, 0x1p127f,
                       kLargest}) {
    float above = number, below = number;
    for (int i = 0; i < 4; ++i) {
      for (float near : {above, below}) numbers.insert(numbers.end(), {near, -near});
      above = std::nextafter(above, kInfinity);
      below = std::nextafter(below, -kInfinity);
    }
  }
  numbers.insert(numbers.end(), {kInfinity, -kInfinity, kNan, -kNan});
  return numbers;
}

struct Function {
  const char* name;
  double (*exact)(double);
  double limit;  // in units of the last place
};

std::ostream& operator<<(std::ostream& out, const Function& function) { return out << function.name; }

class MathTest : public ::testing::TestWithParam<Function> {};

TEST_P(MathTest, IsWithinAFewUnitsOfTheLastPlaceEverywhere) {
  const Function& function = GetParam();
  std::vector<float> x = SpecialNumbers();
  for (uint64_t bits = 0; bits <= UINT32_MAX; bits += kStride)
    x.push_back(FromBits(static_cast<uint32_t>(bits)));
  for (bool as_vectors : {false, true}) {
    auto kernel = Build(absl::StrCat("math.", function.name, " %a"), as_vectors);
    ASSERT_NE(kernel, nullptr);
    const Worst worst = Measure(*kernel, x, x, [&](float a, float) { return function.exact(a); });
    std::printf("%-6s as %s: %.2f units of the last place, at %a\n", function.name,
                as_vectors ? "vectors" : "scalars", worst.ulp, worst.x);
    EXPECT_LE(worst.ulp, function.limit)
        << "of " << worst.x << " is " << worst.result << ", not " << function.exact(worst.x);
  }
}

// floor and similar functions must be exact. Functions that are not listed use MLIR's approximations, which
// are good near zero but not everywhere.
INSTANTIATE_TEST_SUITE_P(Functions, MathTest,
                         ::testing::Values(Function{"exp", std::exp, 1.5}, Function{"exp2", std::exp2, 1.5},
                                           Function{"expm1", std::expm1, 2}, Function{"log", std::log, 1.5},
                                           Function{"log2", std::log2, 2}, Function{"log10", std::log10, 2},
                                           Function{"log1p", std::log1p, 2}, Function{"sin", std::sin, 2},
                                           Function{"cos", std::cos, 2}, Function{"tan", std::tan, 4},
                                           Function{"tanh", std::tanh, 5}, Function{"erf", std::erf, 5},
                                           Function{"sqrt", std::sqrt, 0.5},
                                           Function{"rsqrt", [](double x) { return 1 / std::sqrt(x); }, 2},
                                           Function{"absf", std::fabs, 0}, Function{"floor", std::floor, 0},
                                           Function{"ceil", std::ceil, 0}, Function{"trunc", std::trunc, 0},
                                           Function{"round", std::round, 0},
                                           Function{"roundeven", std::nearbyint, 0}),
                         [](const auto& info) { return info.param.name; });

// Numbers of both signs below `end`, evenly spaced among the bit patterns.
std::vector<float> NumbersBelow(float end) {
  std::vector<float> numbers;
  for (uint32_t bits = 0; FromBits(bits) < end; bits += 2053) {
    for (float number : {FromBits(bits), -FromBits(bits)}) numbers.push_back(number);
  }
  return numbers;
}

struct Sum {
  const char* operations;  // the last one is without its type
  double (*exact)(double);
};

// A GELU computes 1 + erf(x / sqrt(2)). The sum is computed as one function, whose absolute error counts.
TEST(OnePlusErfTest, HasASmallAbsoluteErrorAndExactLimits) {
  const Sum plain{"%one = arith.constant 1.0 : f32\n%f = math.erf %a : f32\n%r = arith.addf %f, %one",
                  [](double x) { return std::erfc(-x); }};
  const Sum scaled{
      "%one = arith.constant 1.0 : f32\n%c = arith.constant 1.41421354 : f32\n"
      "%q = arith.divf %a, %c : f32\n%f = math.erf %q : f32\n%r = arith.addf %one, %f",
      [](double x) { return std::erfc(-x / 1.41421354f); }};
  for (const Sum& sum : {plain, scaled}) {
    for (bool as_vectors : {false, true}) {
      auto kernel = BuildText(sum.operations, as_vectors);
      ASSERT_NE(kernel, nullptr);
      std::vector<float> a(kBlock), b(kBlock), result(kBlock);
      const std::vector<float> x = NumbersBelow(10);
      double worst = 0;
      for (size_t begin = 0; begin < x.size(); begin += kBlock) {
        const size_t count = std::min<size_t>(kBlock, x.size() - begin);
        std::copy_n(x.begin() + begin, count, a.begin());
        kernel->Run({a.data(), b.data(), result.data()});
        for (size_t i = 0; i < count; ++i) worst = std::max(worst, std::abs(result[i] - sum.exact(a[i])));
      }
      std::printf("1 + erf as %s: an absolute error of %.3g\n", as_vectors ? "vectors" : "scalars", worst);
      EXPECT_LE(worst, 4e-7);
      const std::vector<float> ends = {-kInfinity, -kLargest, -6, 6, kLargest, kInfinity, kNan, -kNan};
      std::copy(ends.begin(), ends.end(), a.begin());
      kernel->Run({a.data(), b.data(), result.data()});
      for (size_t i = 0; i < 6; ++i) EXPECT_EQ(result[i], ends[i] < 0 ? 0 : 2) << "of " << ends[i];
      EXPECT_TRUE(std::isnan(result[6]) && std::isnan(result[7]));
    }
  }
}

// A softmax computes powers of two with the flag afn. Results below 2^-126 may be zero.
TEST(ApproximateExp2Test, IsWithinThreeUnitsOfTheLastPlaceAndZeroInTheEnd) {
  for (bool as_vectors : {false, true}) {
    auto kernel = BuildText("%r = math.exp2 %a fastmath<afn>", as_vectors);
    ASSERT_NE(kernel, nullptr);
    std::vector<float> x;
    for (float number : NumbersBelow(127.5f)) {
      if (number > -126) x.push_back(number);
    }
    const Worst worst = Measure(*kernel, x, x, [](float a, float) { return std::exp2(double{a}); });
    std::printf("approximate exp2 as %s: %.2f units of the last place, at %a\n",
                as_vectors ? "vectors" : "scalars", worst.ulp, worst.x);
    EXPECT_LE(worst.ulp, 3);
    std::vector<float> a(kBlock), b(kBlock), result(kBlock);
    const std::vector<float> ends = {-126.25f, -126.75f, -127,      -150, -kLargest, -kInfinity,
                                     128,      kLargest, kInfinity, kNan, -kNan};
    std::copy(ends.begin(), ends.end(), a.begin());
    kernel->Run({a.data(), b.data(), result.data()});
    for (size_t i = 0; i < 2; ++i) EXPECT_LE(std::abs(result[i]), std::numeric_limits<float>::min());
    for (size_t i = 2; i < 6; ++i) EXPECT_EQ(result[i], 0) << "of " << ends[i];
    for (size_t i = 6; i < 9; ++i) EXPECT_EQ(result[i], kInfinity) << "of " << ends[i];
    for (size_t i = 9; i < 11; ++i) EXPECT_TRUE(std::isnan(result[i]));
  }
}

TEST(PowerTest, IsWhatIeeeSays) {
  std::vector<float> x, y;
  const std::vector<float> special = SpecialNumbers();
  for (float a : special) {
    for (float b : special) {
      x.push_back(a);
      y.push_back(b);
    }
  }
  uint32_t state = 1;
  const auto next = [&] { return state = state * 1664525 + 1013904223; };
  // Tests any numbers, numbers near 1 with large powers, and small integer powers.
  for (int i = 0; i < 400000; ++i) {
    const uint32_t bits = next();
    const float number = FromBits(next() ^ bits >> 16);
    x.push_back(i % 3 == 0   ? number
                : i % 3 == 1 ? 1 + static_cast<float>(bits % 2000) * 1e-4f - 0.1f
                             : number);
    y.push_back(i % 3 == 0   ? FromBits(bits)
                : i % 3 == 1 ? static_cast<float>(bits % 4001) - 2000
                             : static_cast<float>(bits % 17) - 8);
  }
  for (bool as_vectors : {false, true}) {
    auto kernel = Build("math.powf %a, %b", as_vectors);
    ASSERT_NE(kernel, nullptr);
    const Worst worst = Measure(*kernel, x, y, [](double a, double b) { return std::pow(a, b); });
    std::printf("pow as %s: %.2f units of the last place, at %a %a\n", as_vectors ? "vectors" : "scalars",
                worst.ulp, worst.x, worst.y);
    EXPECT_LE(worst.ulp, 1) << worst.x << " ^ " << worst.y << " is " << worst.result << ", not "
                            << std::pow(worst.x, worst.y);
  }
}

}  // namespace
}  // namespace diapason::compiler::codegen
