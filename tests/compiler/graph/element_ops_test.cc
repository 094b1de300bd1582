// Checks what element_ops.h says about operators in two ways: folded (Apply), and computed by a kernel
// (element_text.h). Every operator is tried on every type that it takes, with all pairs of special
// values. Some results are also compared with numbers that are written down here.
#include "compiler/graph/element_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/partition.h"
#include "proto/domain/element_type.h"
#include "tests/compiler/graph/program_executor.h"

namespace diapason::compiler::graph {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kLeast32 = std::numeric_limits<int32_t>::min(),
                  kMost32 = std::numeric_limits<int32_t>::max(),
                  kLeast64 = std::numeric_limits<int64_t>::min(),
                  kMost64 = std::numeric_limits<int64_t>::max();

std::vector<Scalar> SpecialValues(v1::ElementType type) {
  std::vector<Scalar> values;
  if (type == v1::ELEMENT_TYPE_F32) {
    for (double x :
         {0.0,          1e-45,        1.1754944e-38, 1e-20,     0.1,        0.49999997,   0.5,
          1.0,          1.5,          2.0,           2.5,       3.0,        7.0,          41.0,
          88.72284,     100.0,        1e6,           8388607.5, 16777216.0, 2147483520.0, 2147483648.0,
          9.2233715e18, 9.2233720e18, 3.4028235e38,  kInfinity, kNan}) {
      for (double sign : {1.0, -1.0}) values.push_back({static_cast<float>(sign * x), 0});
    }
  } else if (type == v1::ELEMENT_TYPE_BOOL) {
    values = {{0, 0}, {0, 1}};
  } else {
    for (int64_t x : {int64_t{0}, int64_t{1}, int64_t{2}, int64_t{3}, int64_t{7}, int64_t{1000003},
                      kMost32 - 1, kMost32}) {
      for (int64_t number : {x, -x}) values.push_back({0, number});
    }
    values.push_back({0, kLeast32});
    if (type == v1::ELEMENT_TYPE_I64) {
      for (int64_t x : {kLeast32 - 1, kMost32 + 1, (int64_t{1} << 53) + 1, (int64_t{1} << 24) + 1,
                        kMost64 - 1, kMost64, kLeast64, kLeast64 + 1})
        values.push_back({0, x});
    }
  }
  return values;
}

// Returns the results of `op` on each element of the operands, computed by a kernel.
std::vector<Scalar> ByKernel(const OpTraits& op, v1::ElementType type, v1::ElementType result,
                             const std::vector<std::vector<Scalar>>& operands) {
  Graph graph;
  const int64_t count = static_cast<int64_t>(operands[0].size());
  std::vector<ValueId> inputs;
  std::vector<std::string> bytes;
  for (size_t i = 0; i < operands.size(); ++i) {
    const v1::ElementType own = op.op == Op::kWhere && i == 0 ? v1::ELEMENT_TYPE_BOOL : type;
    inputs.push_back(graph.AddInput(absl::StrCat("x", i), own, {count}));
    bytes.push_back(ToBytes(own, operands[i]));
  }
  graph.inputs = inputs;
  Attributes attributes;
  if (op.op == Op::kCast) attributes["to"] = result;
  absl::StatusOr<ValueId> value = graph.Add(op.op, inputs, attributes, "op");
  EXPECT_TRUE(value.ok()) << value.status();
  graph.outputs = {*value};
  graph.output_names = {"y"};
  absl::StatusOr<Program> program = PartitionGraph(std::move(graph));
  EXPECT_TRUE(program.ok()) << program.status();
  absl::StatusOr<std::vector<std::string>> outputs = ExecuteProgram(*program, bytes);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  if (!outputs.ok()) return {};
  Value read;
  read.type = result;
  read.shape = {count};
  read.bytes = outputs->front();
  return ReadConstant(read);
}

// Functions may differ in their last digits. Which of two zeroes a maximum returns is not defined.
bool Agree(Op op, v1::ElementType type, const Scalar& a, const Scalar& b) {
  if (type != v1::ELEMENT_TYPE_F32) return a.i == b.i;
  if (std::isnan(a.f) || std::isnan(b.f)) return std::isnan(a.f) && std::isnan(b.f);
  if (a.f == b.f) return op == Op::kMax || op == Op::kMin || std::signbit(a.f) == std::signbit(b.f);
  const bool is_function = op == Op::kPow || op == Op::kExp || op == Op::kExpm1 || op == Op::kLog ||
                           op == Op::kLog1p || op == Op::kErf || op == Op::kTanh || op == Op::kSin ||
                           op == Op::kCos;
  return is_function && std::abs(a.f - b.f) <= std::max(6e-7 * std::abs(b.f), 2e-45);
}

constexpr v1::ElementType kTypes[] = {v1::ELEMENT_TYPE_F32, v1::ELEMENT_TYPE_I32, v1::ELEMENT_TYPE_I64,
                                      v1::ELEMENT_TYPE_BOOL};

std::vector<OpTraits> ElementwiseOps() {
  std::vector<OpTraits> ops;
  for (const OpTraits& op : AllOps()) {
    if (IsElementwise(op.op)) ops.push_back(op);
  }
  return ops;
}

class ElementOpsTest : public ::testing::TestWithParam<OpTraits> {};

TEST_P(ElementOpsTest, KernelsComputeWhatIsFolded) {
  const OpTraits& op = GetParam();
  for (v1::ElementType type : kTypes) {
    if (!op.Takes(type)) continue;
    std::vector<std::vector<Scalar>> operands(op.operands);
    const std::vector<Scalar> special = SpecialValues(type);
    for (const Scalar& a : special) {
      for (const Scalar& b : special) {
        if (op.operands == 3) operands[0].push_back({0, static_cast<int64_t>(operands[1].size() % 2)});
        operands[op.operands == 3 ? 1 : 0].push_back(a);
        if (op.operands > 1) operands.back().push_back(b);
        if (op.operands == 1) break;
      }
    }
    for (v1::ElementType result : kTypes) {
      if (op.op != Op::kCast && result != (op.gives_bool ? v1::ELEMENT_TYPE_BOOL : type)) continue;
      if (op.op == Op::kCast && result == type) continue;
      const std::vector<Scalar> computed = ByKernel(op, type, result, operands);
      ASSERT_EQ(computed.size(), operands[0].size());
      for (size_t i = 0; i < computed.size(); ++i) {
        std::vector<Scalar> x;
        for (const std::vector<Scalar>& operand : operands) x.push_back(operand[i]);
        const std::optional<Scalar> folded = Apply(op.op, type, result, x);
        ASSERT_TRUE(folded.has_value());
        EXPECT_TRUE(Agree(op.op, result, computed[i], *folded))
            << op.name << " on " << ElementTypeName(type) << " of " << x[0].f << "/" << x[0].i << " and "
            << x.back().f << "/" << x.back().i << ": a kernel gives " << computed[i].f << "/" << computed[i].i
            << ", folding " << folded->f << "/" << folded->i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, ElementOpsTest, ::testing::ValuesIn(ElementwiseOps()),
                         [](const auto& info) { return std::string(info.param.name); });

int64_t Integer(Op op, v1::ElementType type, int64_t a, int64_t b) {
  return Apply(op, type, type, {{0, a}, {0, b}})->i;
}
double Float(Op op, double a, double b = 0) {
  return Apply(op, v1::ELEMENT_TYPE_F32, v1::ELEMENT_TYPE_F32, {{a, 0}, {b, 0}})->f;
}
int64_t Cast(v1::ElementType to, double x) { return Apply(Op::kCast, v1::ELEMENT_TYPE_F32, to, {{x, 0}})->i; }

TEST(ElementOpsTest, DivisionsHaveAnAnswer) {
  for (v1::ElementType type : {v1::ELEMENT_TYPE_I32, v1::ELEMENT_TYPE_I64}) {
    const int64_t least = type == v1::ELEMENT_TYPE_I32 ? kLeast32 : kLeast64, most = ~least;
    EXPECT_EQ(Integer(Op::kDiv, type, 5, 0), 0);
    EXPECT_EQ(Integer(Op::kDiv, type, least, -1), least);
    EXPECT_EQ(Integer(Op::kDiv, type, -7, 2), -3);
    for (Op op : {Op::kMod, Op::kRem}) {
      EXPECT_EQ(Integer(op, type, 5, 0), 0);
      EXPECT_EQ(Integer(op, type, least, -1), 0);
    }
    EXPECT_EQ(Integer(Op::kMod, type, -7, 3), 2);
    EXPECT_EQ(Integer(Op::kMod, type, 7, -3), -2);
    EXPECT_EQ(Integer(Op::kMod, type, most - 1, most),
              most - 1);  // a remainder plus its divisor would overflow
    EXPECT_EQ(Integer(Op::kMod, type, least + 1, least), least + 1);
    EXPECT_EQ(Integer(Op::kRem, type, -7, 3), -1);
  }
}

TEST(ElementOpsTest, FloatsOutOfRangeBecomeTheNearestInteger) {
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_I32, 3e9), kMost32);
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_I32, -kInfinity), kLeast32);
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_I64, 1e30), kMost64);
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_I64, -1e30), kLeast64);
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_I64, 3e9), 3000000000);
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_I32, kNan), 0);
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_I32, -2.9), -2);
  EXPECT_EQ(Cast(v1::ELEMENT_TYPE_BOOL, kNan), 1);
  // The result is rounded once. Rounded to double first, it would be 2^24 + 0.
  EXPECT_EQ(Apply(Op::kCast, v1::ELEMENT_TYPE_I64, v1::ELEMENT_TYPE_F32,
                  {{0, (int64_t{1} << 60) + (int64_t{1} << 36) + 1}})
                ->f,
            0x1p60 + 0x1p37);
}

TEST(ElementOpsTest, NanStaysInMaximaAndPowersAreIeee) {
  EXPECT_TRUE(std::isnan(Float(Op::kMax, kNan, 1)));
  EXPECT_TRUE(std::isnan(Float(Op::kMax, 1, kNan)));
  EXPECT_TRUE(std::isnan(Float(Op::kMin, kNan, kInfinity)));
  EXPECT_EQ(Float(Op::kPow, -2, 3), -8);
  EXPECT_EQ(Float(Op::kPow, 0, 0), 1);
  EXPECT_EQ(Float(Op::kPow, kNan, 0), 1);
  EXPECT_TRUE(std::isnan(Float(Op::kPow, -8, 1.0 / 3)));
}

}  // namespace
}  // namespace diapason::compiler::graph
