#include "compiler/graph/reduction.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/graph/element_text.h"

namespace diapason::compiler {
namespace {

// Integers, and what is exact for floats.
Scalar ByOperator(absl::string_view op, DataType type, const Scalar& a, const Scalar& b) {
  return Apply(op, type, type, {a, b}).value_or(Scalar{});
}

bool AddsSquares(absl::string_view kind) { return kind == "L2" || kind == "SumSquare"; }

}  // namespace

Scalar ReductionStart(absl::string_view kind, DataType type) {
  if (kind == "Prod") return ScalarOf(type, 1);
  Scalar start;
  if (kind != "Max" && kind != "Min") return start;
  const bool is_32 = type == DataType::kI32;
  start.f = std::numeric_limits<double>::infinity();
  if (kind == "Max") {
    start.f = -start.f;
    start.i = is_32 ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int64_t>::min();
  } else {
    start.i = is_32 ? std::numeric_limits<int32_t>::max() : std::numeric_limits<int64_t>::max();
  }
  return start;
}

Scalar ReductionStep(absl::string_view kind, DataType type, const Scalar& sum, const Scalar& x) {
  if (kind == "Max" || kind == "Min") return ByOperator(kind, type, sum, x);
  if (type == DataType::kF32) {
    if (kind == "Prod") return {sum.f * x.f, 0};
    // A square that leaves the range of float32 does so here, too.
    const double part = kind == "L1"        ? std::fabs(x.f)
                        : AddsSquares(kind) ? static_cast<double>(static_cast<float>(x.f * x.f))
                                            : x.f;
    return {sum.f + part, 0};
  }
  if (kind == "Prod") return ByOperator("Mul", type, sum, x);
  const Scalar part = kind == "L1"        ? ByOperator("Abs", type, x, {})
                      : AddsSquares(kind) ? ByOperator("Mul", type, x, x)
                                          : x;
  return ByOperator("Add", type, sum, part);
}

Scalar ReductionEnd(absl::string_view kind, DataType type, const Scalar& sum, int64_t count) {
  if (type == DataType::kF32) {
    const double rounded = static_cast<float>(sum.f);
    if (kind == "Mean") return {rounded / static_cast<double>(count), 0};
    return {kind == "L2" ? std::sqrt(rounded) : rounded, 0};
  }
  if (kind == "Mean") return ByOperator("Div", type, sum, {0, count});
  if (kind == "L2") return ScalarOf(type, std::trunc(std::sqrt(static_cast<double>(sum.i))));
  return sum;
}

std::string ReductionStepText(absl::string_view kind, DataType type) {
  const bool on_floats = type == DataType::kF32;
  const std::string end = absl::StrCat(on_floats ? " fastmath<contract> : " : " : ", MemoryType(type), "\n");
  const auto combine = [&](absl::string_view float_op, absl::string_view integer_op, absl::string_view x) {
    return absl::StrCat("      %sum = ", on_floats ? float_op : integer_op, " %old, ", x, end);
  };
  if (kind == "Max") return combine("arith.maximumf", "arith.maxsi", "%x0");
  if (kind == "Min") return combine("arith.minimumf", "arith.minsi", "%x0");
  if (kind == "Prod") return combine("arith.mulf", "arith.muli", "%x0");
  if (kind == "L1")
    return absl::StrCat("      %size = ", on_floats ? "math.absf" : "math.absi", " %x0", end,
                        combine("arith.addf", "arith.addi", "%size"));
  if (AddsSquares(kind))
    return absl::StrCat("      %square = ", on_floats ? "arith.mulf" : "arith.muli", " %x0, %x0", end,
                        combine("arith.addf", "arith.addi", "%square"));
  return combine("arith.addf", "arith.addi", "%x0");  // Sum, Mean
}

std::string ReductionEndText(absl::string_view kind, DataType type, absl::string_view count) {
  if (kind == "Mean")
    return absl::StrCat("      %end = ", type == DataType::kF32 ? "arith.divf" : "arith.divsi", " %x0, ",
                        count, " : ", MemoryType(type), "\n");
  if (kind == "L2") return "      %end = math.sqrt %x0 fastmath<contract> : f32\n";
  return "";
}

}  // namespace diapason::compiler
