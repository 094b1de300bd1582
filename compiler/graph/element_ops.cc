#include "compiler/graph/element_ops.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

std::optional<double> ApplyToFloats(Op op, absl::Span<const Scalar> x) {
  const double a = x[0].f, b = x.size() > 1 ? x[1].f : 0;
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kMul:
      return a * b;
    case Op::kDiv:
      return a / b;
    case Op::kPow:
      return std::pow(a, b);
    case Op::kMax:
      return a > b || std::isnan(a) ? a : b;
    case Op::kMin:
      return a < b || std::isnan(a) ? a : b;
    case Op::kNeg:
      return -a;
    case Op::kAbs:
      return std::fabs(a);
    case Op::kExp:
      return std::exp(a);
    case Op::kExpm1:
      return std::expm1(a);
    case Op::kLog:
      return std::log(a);
    case Op::kLog1p:
      return std::log1p(a);
    case Op::kSqrt:
      return std::sqrt(a);
    case Op::kErf:
      return std::erf(a);
    case Op::kTanh:
      return std::tanh(a);
    case Op::kSin:
      return std::sin(a);
    case Op::kCos:
      return std::cos(a);
    case Op::kFloor:
      return std::floor(a);
    case Op::kCeil:
      return std::ceil(a);
    case Op::kRound:
      return std::nearbyint(a);  // half to even
    default:
      return std::nullopt;
  }
}

// Integers wrap around on overflow, and a division by zero gives zero.
std::optional<int64_t> ApplyToIntegers(Op op, absl::Span<const Scalar> x) {
  const int64_t a = x[0].i, b = x.size() > 1 ? x[1].i : 0;
  const uint64_t ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  const int64_t remainder = b == 0 || b == -1 ? 0 : a % b;
  switch (op) {
    case Op::kAdd:
      return static_cast<int64_t>(ua + ub);
    case Op::kSub:
      return static_cast<int64_t>(ua - ub);
    case Op::kMul:
      return static_cast<int64_t>(ua * ub);
    case Op::kMax:
      return std::max(a, b);
    case Op::kMin:
      return std::min(a, b);
    case Op::kNeg:
      return static_cast<int64_t>(0 - ua);
    case Op::kAbs:
      return a < 0 ? static_cast<int64_t>(0 - ua) : a;
    case Op::kAnd:
      return a & b;
    case Op::kOr:
      return a | b;
    case Op::kXor:
      return a ^ b;
    case Op::kNot:
      return a == 0;
    case Op::kDiv:
      return b == 0 ? 0 : b == -1 ? static_cast<int64_t>(0 - ua) : a / b;
    case Op::kRem:
      return remainder;
    case Op::kMod:
      return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
    default:
      return std::nullopt;
  }
}

Scalar Cast(v1::ElementType from, v1::ElementType to, Scalar x) {
  Scalar y;
  if (to != ComputedType(to)) return ReadElements(to, ToBytes(to, {x}))[0];
  if (IsFloat(from) && to == v1::ELEMENT_TYPE_F32) {
    y.f = static_cast<float>(x.f);
    return y;
  }
  if (to == v1::ELEMENT_TYPE_F32) {
    y.f = static_cast<float>(x.i);  // rounds once
    return y;
  }
  if (to == v1::ELEMENT_TYPE_BOOL) {
    y.i = from == v1::ELEMENT_TYPE_F32 ? x.f != 0 : x.i != 0;
    return y;
  }
  if (from == v1::ELEMENT_TYPE_F32) {
    const IntegerRange range = RangeOf(to);
    y.i = std::isnan(x.f)       ? 0
          : x.f >= range.limit  ? range.most
          : x.f <= -range.limit ? range.least
                                : static_cast<int64_t>(x.f);
    return y;
  }
  y.i = x.i;
  if (to == v1::ELEMENT_TYPE_I32) y.i = static_cast<int32_t>(y.i);
  return y;
}

}  // namespace

IntegerRange RangeOf(v1::ElementType type) {
  if (type == v1::ELEMENT_TYPE_I32)
    return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max(), 0x1p31};
  return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), 0x1p63};
}

Scalar ScalarOf(v1::ElementType type, double number) {
  Scalar from;
  from.f = number;
  return Cast(v1::ELEMENT_TYPE_F32, type, from);
}

std::optional<Scalar> Apply(Op op, v1::ElementType type, v1::ElementType result, absl::Span<const Scalar> x) {
  if (op == Op::kCast) return Cast(type, result, x[0]);
  if (op == Op::kWhere) return x[0].i != 0 ? x[1] : x[2];
  const bool on_floats = type == v1::ELEMENT_TYPE_F32;
  Scalar y;
  if (op == Op::kIsNaN) {
    y.i = std::isnan(x[0].f);
  } else if (op == Op::kEqual) {
    y.i = on_floats ? x[0].f == x[1].f : x[0].i == x[1].i;
  } else if (op == Op::kLess) {
    y.i = on_floats ? x[0].f < x[1].f : x[0].i < x[1].i;
  } else if (op == Op::kLessOrEqual) {
    y.i = on_floats ? x[0].f <= x[1].f : x[0].i <= x[1].i;
  } else if (on_floats) {
    const std::optional<double> number = ApplyToFloats(op, x);
    if (!number) return std::nullopt;
    y.f = static_cast<float>(*number);
  } else {
    const std::optional<int64_t> number = ApplyToIntegers(op, x);
    if (!number) return std::nullopt;
    y.i = type == v1::ELEMENT_TYPE_I32 ? static_cast<int32_t>(*number) : *number;
  }
  return y;
}

}  // namespace diapason::compiler::graph
