// Converts operators on the bits of integers, and powers of integers.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

bool HoldsIntegers(const NodeConverter& node, size_t input) {
  const v1::ElementType type = node.InValue(input).type;
  return type == v1::ELEMENT_TYPE_I32 || type == v1::ELEMENT_TYPE_I64;
}

absl::Status CheckIntegers(const NodeConverter& node) {
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (!HoldsIntegers(node, i))
      return absl::UnimplementedError(
          absl::StrCat("elements of type ", ElementTypeName(node.InValue(i).type)));
  }
  return absl::OkStatus();
}

// Whether bit `bit` of the integers is set.
ValueId HasBit(Expression& e, ValueId x, int bit) {
  const ValueId mask = e.Number(x, static_cast<double>(int64_t{1} << bit));
  return e(Op::kEqual, {e(Op::kAnd, {x, mask}), mask});
}

}  // namespace

absl::StatusOr<ValueIds> ConvertBitwise(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckIntegers(node));
  return One(node.Add(node.op(), {node.In(0), node.In(1)}));
}

absl::StatusOr<ValueIds> ConvertBitwiseNot(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckIntegers(node));
  return One(node.Add(Op::kXor, {node.In(0), node.Number(node.In(0), -1)}));
}

// Shifting by n is multiplying or dividing by 2^n, which is the product of 2^(2^b) for the bits b of n.
absl::StatusOr<ValueIds> ConvertBitShift(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckIntegers(node));
  const std::string direction = node.String("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return absl::InvalidArgumentError("the direction must be LEFT or RIGHT");
  const NarrowType* type = node.Narrow(0);
  const int bits = type != nullptr ? type->bits : static_cast<int>(8 * ElementBytes(node.InValue(0).type));
  Expression e(node);
  const ValueId x = node.In(0), n = node.In(1);
  const auto shifted = [&](ValueId value) {
    for (int b = 0; 1 << b < bits; ++b) {
      const ValueId factor =
          e(Op::kWhere, {HasBit(e, n, b), e.Number(value, static_cast<double>(uint64_t{1} << (1 << b))),
                         e.Number(value, 1)});
      value = e(direction == "LEFT" ? Op::kMul : Op::kDiv, {value, factor});
    }
    return value;
  };
  if (direction == "LEFT" || type == nullptr || bits < 64) return e.Result(shifted(x));
  // The highest bit of a uint64 is the sign of an int64, so it is shifted on its own: 2^(63 - n) is twice
  // 2^62 / 2^n, except for n = 63, where it is 1.
  const ValueId zero = e.Number(x, 0), low = node.Integers({std::numeric_limits<int64_t>::max()}, {});
  const ValueId high =
      e(Op::kMul, {shifted(e.Number(x, static_cast<double>(int64_t{1} << 62))), e.Number(x, 2)});
  const ValueId last = e(Op::kWhere, {e(Op::kEqual, {n, e.Number(n, 63)}), e.Number(x, 1), zero});
  const ValueId of_high = e(Op::kWhere, {e(Op::kLess, {x, zero}), e(Op::kAdd, {high, last}), zero});
  return e.Result(e(Op::kAdd, {shifted(e(Op::kAnd, {x, low})), of_high}));
}

// Computes x^n from the squares of x. A power of a negative exponent is 0, except for 1 and -1.
absl::StatusOr<ValueIds> PowerOfIntegers(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckIntegers(node));
  Expression e(node);
  const ValueId x = node.In(0), n = e.ToInt64(node.In(1));
  // From 2^64 on, only the sign of a power of -1 changes, since all other powers overflow or are 0.
  const ValueId size = e(Op::kAbs, {n});
  const ValueId large = e(Op::kAdd, {e(Op::kAnd, {size, e.Number(n, 1)}), e.Number(n, 64)});
  const ValueId exponent = e(Op::kWhere, {e(Op::kLess, {size, e.Number(n, 64)}), size, large});
  const ValueId one = e.Number(x, 1), zero = e.Number(x, 0);
  ValueId power = one, square = x;
  constexpr int kBits = 7;
  for (int b = 0; b < kBits; ++b) {
    power = e(Op::kMul, {power, e(Op::kWhere, {HasBit(e, exponent, b), square, one})});
    if (b + 1 < kBits) square = e(Op::kMul, {square, square});
  }
  const ValueId is_unit = e(Op::kEqual, {e(Op::kAbs, {x}), one});
  const ValueId inverse = e(Op::kWhere, {is_unit, power, zero});
  return e.Result(e(Op::kWhere, {e(Op::kLess, {n, e.Number(n, 0)}), inverse, power}));
}

}  // namespace diapason::compiler::importer
