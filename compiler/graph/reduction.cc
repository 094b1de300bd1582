#include "compiler/graph/reduction.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/graph/element_text.h"

namespace diapason::compiler::graph {
namespace {

// Combines integers, or floats where that is exact.
Scalar ByOperator(Op op, v1::ElementType type, const Scalar& a, const Scalar& b) {
  return Apply(op, type, type, {a, b}).value_or(Scalar{});
}

bool AddsSquares(Reduction kind) { return kind == Reduction::kL2 || kind == Reduction::kSumSquare; }

}  // namespace

Scalar ReductionStart(Reduction kind, v1::ElementType type) {
  if (kind == Reduction::kProd) return ScalarOf(type, 1);
  Scalar start;
  if (kind != Reduction::kMax && kind != Reduction::kMin) return start;
  const bool is_32 = type == v1::ELEMENT_TYPE_I32;
  start.f = std::numeric_limits<double>::infinity();
  if (kind == Reduction::kMax) {
    start.f = -start.f;
    start.i = is_32 ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int64_t>::min();
  } else {
    start.i = is_32 ? std::numeric_limits<int32_t>::max() : std::numeric_limits<int64_t>::max();
  }
  return start;
}

Scalar ReductionStep(Reduction kind, v1::ElementType type, const Scalar& sum, const Scalar& x) {
  if (kind == Reduction::kMax || kind == Reduction::kMin)
    return ByOperator(kind == Reduction::kMax ? Op::kMax : Op::kMin, type, sum, x);
  if (type == v1::ELEMENT_TYPE_F32) {
    if (kind == Reduction::kProd) return {sum.f * x.f, 0};
    // A square that overflows in float32 overflows here, too.
    const double part = kind == Reduction::kL1 ? std::fabs(x.f)
                        : AddsSquares(kind)    ? static_cast<double>(static_cast<float>(x.f * x.f))
                                               : x.f;
    return {sum.f + part, 0};
  }
  if (kind == Reduction::kProd) return ByOperator(Op::kMul, type, sum, x);
  const Scalar part = kind == Reduction::kL1 ? ByOperator(Op::kAbs, type, x, {})
                      : AddsSquares(kind)    ? ByOperator(Op::kMul, type, x, x)
                                             : x;
  return ByOperator(Op::kAdd, type, sum, part);
}

Scalar ReductionEnd(Reduction kind, v1::ElementType type, const Scalar& sum, int64_t count) {
  if (type == v1::ELEMENT_TYPE_F32) {
    const double rounded = static_cast<float>(sum.f);
    if (kind == Reduction::kMean) return {rounded / static_cast<double>(count), 0};
    return {kind == Reduction::kL2 ? std::sqrt(rounded) : rounded, 0};
  }
  if (kind == Reduction::kMean) return ByOperator(Op::kDiv, type, sum, {0, count});
  if (kind == Reduction::kL2) return ScalarOf(type, std::trunc(std::sqrt(static_cast<double>(sum.i))));
  return sum;
}

std::string ReductionStepText(Reduction kind, v1::ElementType type) {
  const bool on_floats = type == v1::ELEMENT_TYPE_F32;
  const std::string end = absl::StrCat(on_floats ? " fastmath<contract> : " : " : ", MemoryType(type), "\n");
  const auto combine = [&](absl::string_view float_op, absl::string_view integer_op, absl::string_view x) {
    return absl::StrCat("      %sum = ", on_floats ? float_op : integer_op, " %old, ", x, end);
  };
  if (kind == Reduction::kMax) return combine("arith.maximumf", "arith.maxsi", "%x0");
  if (kind == Reduction::kMin) return combine("arith.minimumf", "arith.minsi", "%x0");
  if (kind == Reduction::kProd) return combine("arith.mulf", "arith.muli", "%x0");
  if (kind == Reduction::kL1)
    return absl::StrCat("      %size = ", on_floats ? "math.absf" : "math.absi", " %x0", end,
                        combine("arith.addf", "arith.addi", "%size"));
  if (AddsSquares(kind))
    return absl::StrCat("      %square = ", on_floats ? "arith.mulf" : "arith.muli", " %x0, %x0", end,
                        combine("arith.addf", "arith.addi", "%square"));
  return combine("arith.addf", "arith.addi", "%x0");  // Sum, Mean
}

std::string ReductionEndText(Reduction kind, v1::ElementType type, absl::string_view count) {
  if (kind == Reduction::kMean)
    return absl::StrCat("      %end = ", type == v1::ELEMENT_TYPE_F32 ? "arith.divf" : "arith.divsi",
                        " %x0, ", count, " : ", MemoryType(type), "\n");
  if (kind == Reduction::kL2) return "      %end = math.sqrt %x0 fastmath<contract> : f32\n";
  return "";
}

}  // namespace diapason::compiler::graph
