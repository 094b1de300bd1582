#include "compiler/graph/element_ops.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diapason::compiler {
namespace {

// Mod has the divisor's sign, Rem the dividend's (C's %); for floats no CPU has an instruction.
//                              operands floats integers bools gives_bool
constexpr ElementOp kOps[] = {
    {"Add", 2, true, true, false, false},    {"Sub", 2, true, true, false, false},
    {"Mul", 2, true, true, false, false},    {"Div", 2, true, true, false, false},
    {"Mod", 2, false, true, false, false},   {"Rem", 2, false, true, false, false},
    {"Pow", 2, true, false, false, false},   {"Max", 2, true, true, false, false},
    {"Min", 2, true, true, false, false},    {"Equal", 2, true, true, true, true},
    {"Less", 2, true, true, false, true},    {"LessOrEqual", 2, true, true, false, true},
    {"And", 2, false, false, true, true},    {"Or", 2, false, false, true, true},
    {"Xor", 2, false, false, true, true},    {"Not", 1, false, false, true, true},
    {"IsNaN", 1, true, false, false, true},  {"Neg", 1, true, true, false, false},
    {"Abs", 1, true, true, false, false},    {"Exp", 1, true, false, false, false},
    {"Expm1", 1, true, false, false, false}, {"Log", 1, true, false, false, false},
    {"Log1p", 1, true, false, false, false}, {"Sqrt", 1, true, false, false, false},
    {"Erf", 1, true, false, false, false},   {"Tanh", 1, true, false, false, false},
    {"Sin", 1, true, false, false, false},   {"Cos", 1, true, false, false, false},
    {"Floor", 1, true, false, false, false}, {"Ceil", 1, true, false, false, false},
    {"Round", 1, true, false, false, false}, {"Where", 3, true, true, true, false},
    {"Cast", 1, true, true, true, false}};

std::optional<double> ApplyToFloats(absl::string_view op, absl::Span<const Scalar> x) {
  const double a = x[0].f, b = x.size() > 1 ? x[1].f : 0;
  if (op == "Add") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  if (op == "Div") return a / b;
  if (op == "Pow") return std::pow(a, b);
  if (op == "Max") return a > b || std::isnan(a) ? a : b;
  if (op == "Min") return a < b || std::isnan(a) ? a : b;
  if (op == "Neg") return -a;
  if (op == "Abs") return std::fabs(a);
  if (op == "Exp") return std::exp(a);
  if (op == "Expm1") return std::expm1(a);
  if (op == "Log") return std::log(a);
  if (op == "Log1p") return std::log1p(a);
  if (op == "Sqrt") return std::sqrt(a);
  if (op == "Erf") return std::erf(a);
  if (op == "Tanh") return std::tanh(a);
  if (op == "Sin") return std::sin(a);
  if (op == "Cos") return std::cos(a);
  if (op == "Floor") return std::floor(a);
  if (op == "Ceil") return std::ceil(a);
  if (op == "Round") return std::nearbyint(a);  // half to even
  return std::nullopt;
}

// Wraps around; a division by zero gives zero.
std::optional<int64_t> ApplyToIntegers(absl::string_view op, absl::Span<const Scalar> x) {
  const int64_t a = x[0].i, b = x.size() > 1 ? x[1].i : 0;
  const uint64_t ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  if (op == "Add") return static_cast<int64_t>(ua + ub);
  if (op == "Sub") return static_cast<int64_t>(ua - ub);
  if (op == "Mul") return static_cast<int64_t>(ua * ub);
  if (op == "Max") return std::max(a, b);
  if (op == "Min") return std::min(a, b);
  if (op == "Neg") return static_cast<int64_t>(0 - ua);
  if (op == "Abs") return a < 0 ? static_cast<int64_t>(0 - ua) : a;
  if (op == "And") return a & b;
  if (op == "Or") return a | b;
  if (op == "Xor") return a ^ b;
  if (op == "Not") return a == 0;
  if (op == "Div") return b == 0 ? 0 : b == -1 ? static_cast<int64_t>(0 - ua) : a / b;
  const int64_t remainder = b == 0 || b == -1 ? 0 : a % b;
  if (op == "Rem") return remainder;
  if (op == "Mod") return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
  return std::nullopt;
}

Scalar Cast(DataType from, DataType to, Scalar x) {
  Scalar y;
  if (to == DataType::kF32) {
    y.f = from == DataType::kF32 ? static_cast<float>(x.f) : static_cast<float>(x.i);  // rounded once
    return y;
  }
  if (to == DataType::kBool) {
    y.i = from == DataType::kF32 ? x.f != 0 : x.i != 0;
    return y;
  }
  if (from == DataType::kF32) {
    const IntegerRange range = RangeOf(to);
    y.i = std::isnan(x.f)       ? 0
          : x.f >= range.limit  ? range.most
          : x.f <= -range.limit ? range.least
                                : static_cast<int64_t>(x.f);
    return y;
  }
  y.i = x.i;
  if (to == DataType::kI32) y.i = static_cast<int32_t>(y.i);
  return y;
}

}  // namespace

const ElementOp* FindElementOp(absl::string_view name) {
  for (const ElementOp& op : kOps) {
    if (op.name == name) return &op;
  }
  return nullptr;
}

IntegerRange RangeOf(DataType type) {
  if (type == DataType::kI32)
    return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max(), 0x1p31};
  return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), 0x1p63};
}

Scalar ScalarOf(DataType type, double number) {
  Scalar from;
  from.f = number;
  return Cast(DataType::kF32, type, from);
}

std::optional<Scalar> Apply(absl::string_view op, DataType type, DataType result,
                            absl::Span<const Scalar> x) {
  if (op == "Cast") return Cast(type, result, x[0]);
  if (op == "Where") return x[0].i != 0 ? x[1] : x[2];
  const bool on_floats = type == DataType::kF32;
  Scalar y;
  if (op == "IsNaN") {
    y.i = std::isnan(x[0].f);
  } else if (op == "Equal") {
    y.i = on_floats ? x[0].f == x[1].f : x[0].i == x[1].i;
  } else if (op == "Less") {
    y.i = on_floats ? x[0].f < x[1].f : x[0].i < x[1].i;
  } else if (op == "LessOrEqual") {
    y.i = on_floats ? x[0].f <= x[1].f : x[0].i <= x[1].i;
  } else if (on_floats) {
    const std::optional<double> number = ApplyToFloats(op, x);
    if (!number) return std::nullopt;
    y.f = static_cast<float>(*number);
  } else {
    const std::optional<int64_t> number = ApplyToIntegers(op, x);
    if (!number) return std::nullopt;
    y.i = type == DataType::kI32 ? static_cast<int32_t>(*number) : *number;
  }
  return y;
}

}  // namespace diapason::compiler
