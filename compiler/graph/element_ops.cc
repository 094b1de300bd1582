#include "compiler/graph/element_ops.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace diapason::compiler {
namespace {

//                              operands floats integers bools gives_bool
constexpr ElementOp kOps[] = {
    {"Add", 2, true, true, false, false},    {"Sub", 2, true, true, false, false},
    {"Mul", 2, true, true, false, false},    {"Div", 2, true, true, false, false},
    {"Mod", 2, false, true, false, false},  // of the dividend's sign (C's %); for floats no CPU has an instruction
    {"Pow", 2, true, false, false, false},   {"Max", 2, true, true, false, false},
    {"Min", 2, true, true, false, false},    {"Equal", 2, true, true, true, true},
    {"Less", 2, true, true, false, true},    {"LessOrEqual", 2, true, true, false, true},
    {"And", 2, false, false, true, true},    {"Or", 2, false, false, true, true},
    {"Xor", 2, false, false, true, true},    {"Not", 1, false, false, true, true},
    {"IsNaN", 1, true, false, false, true},  {"Neg", 1, true, true, false, false},
    {"Abs", 1, true, true, false, false},    {"Exp", 1, true, false, false, false},
    {"Log", 1, true, false, false, false},   {"Sqrt", 1, true, false, false, false},
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
  if (op == "Max") return std::fmax(a, b);
  if (op == "Min") return std::fmin(a, b);
  if (op == "Neg") return -a;
  if (op == "Abs") return std::fabs(a);
  if (op == "Exp") return std::exp(a);
  if (op == "Log") return std::log(a);
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

// Wraps around as the hardware does.
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
  if (b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min())) return std::nullopt;
  if (op == "Div") return a / b;
  if (op == "Mod") return a % b;
  return std::nullopt;
}

Scalar Cast(DataType from, DataType to, Scalar x) {
  Scalar y;
  if (to == DataType::kF32) {
    y.f = static_cast<float>(from == DataType::kF32 ? x.f : static_cast<double>(x.i));
    return y;
  }
  if (to == DataType::kBool) {
    y.i = from == DataType::kF32 ? x.f != 0 : x.i != 0;
    return y;
  }
  if (from == DataType::kF32) {
    constexpr double kLimit = 9223372036854775808.0;  // 2^63
    y.i = std::isnan(x.f)  ? 0
          : x.f >= kLimit  ? std::numeric_limits<int64_t>::max()
          : x.f <= -kLimit ? std::numeric_limits<int64_t>::min()
                           : static_cast<int64_t>(x.f);
  } else {
    y.i = x.i;
  }
  if (to == DataType::kI32) y.i = static_cast<int32_t>(y.i);
  return y;
}

std::string CastText(DataType from, DataType to, const std::string& result, const std::string& x) {
  const absl::string_view in = BodyType(from), out = BodyType(to);
  const auto convert = [&](absl::string_view op) {
    return absl::StrCat("      ", result, " = ", op, " ", x, " : ", in, " to ", out, "\n");
  };
  if (to == DataType::kBool) {
    const std::string zero = absl::StrCat(result, "_zero");
    return absl::StrCat("      ", zero, " = arith.constant ", Literal(from, {}), "\n      ", result,
                        from == DataType::kF32 ? " = arith.cmpf une, " : " = arith.cmpi ne, ", x, ", ", zero,
                        " : ", in, "\n");
  }
  if (from == DataType::kBool) return convert(to == DataType::kF32 ? "arith.uitofp" : "arith.extui");
  if (to == DataType::kF32) return convert("arith.sitofp");
  if (from == DataType::kF32) return convert("arith.fptosi");
  return convert(to == DataType::kI64 ? "arith.extsi" : "arith.trunci");
}

absl::string_view FloatOp(absl::string_view op) {
  if (op == "Add") return "arith.addf";
  if (op == "Sub") return "arith.subf";
  if (op == "Mul") return "arith.mulf";
  if (op == "Div") return "arith.divf";
  if (op == "Pow") return "math.powf";
  if (op == "Max") return "arith.maxnumf";  // one instruction on x86 and ARM, unlike maximumf
  if (op == "Min") return "arith.minnumf";
  if (op == "Neg") return "arith.negf";
  if (op == "Abs") return "math.absf";
  if (op == "Exp") return "math.exp";
  if (op == "Log") return "math.log";
  if (op == "Sqrt") return "math.sqrt";
  if (op == "Erf") return "math.erf";
  if (op == "Tanh") return "math.tanh";
  if (op == "Sin") return "math.sin";
  if (op == "Cos") return "math.cos";
  if (op == "Floor") return "math.floor";
  if (op == "Ceil") return "math.ceil";
  if (op == "Round") return "math.roundeven";
  return "";
}

absl::string_view IntegerOp(absl::string_view op) {
  if (op == "Add") return "arith.addi";
  if (op == "Sub") return "arith.subi";
  if (op == "Mul") return "arith.muli";
  if (op == "Div") return "arith.divsi";
  if (op == "Mod") return "arith.remsi";
  if (op == "Max") return "arith.maxsi";
  if (op == "Min") return "arith.minsi";
  if (op == "Abs") return "math.absi";
  if (op == "And") return "arith.andi";
  if (op == "Or") return "arith.ori";
  if (op == "Xor") return "arith.xori";
  return "";
}

// Empty: no comparison.
absl::string_view Comparison(absl::string_view op, bool on_floats) {
  if (op == "Equal") return on_floats ? "arith.cmpf oeq," : "arith.cmpi eq,";
  if (op == "Less") return on_floats ? "arith.cmpf olt," : "arith.cmpi slt,";
  if (op == "LessOrEqual") return on_floats ? "arith.cmpf ole," : "arith.cmpi sle,";
  return "";
}

}  // namespace

const ElementOp* FindElementOp(absl::string_view name) {
  for (const ElementOp& op : kOps) {
    if (op.name == name) return &op;
  }
  return nullptr;
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

std::string ElementText(absl::string_view op, DataType type, DataType result_type, const std::string& result,
                        absl::Span<const std::string> x) {
  if (op == "Cast") return CastText(type, result_type, result, x[0]);
  const absl::string_view element = BodyType(type);
  const bool on_floats = type == DataType::kF32;
  if (op == "Where") {
    return absl::StrCat("      ", result, " = arith.select ", x[0], ", ", x[1], ", ", x[2], " : ", element,
                        "\n");
  }
  if (op == "IsNaN") {
    return absl::StrCat("      ", result, " = arith.cmpf uno, ", x[0], ", ", x[0], " : ", element, "\n");
  }
  if (absl::string_view compare = Comparison(op, on_floats); !compare.empty()) {
    return absl::StrCat("      ", result, " = ", compare, " ", x[0], ", ", x[1], " : ", element, "\n");
  }
  if (op == "Not" || (op == "Neg" && !on_floats)) {
    const std::string other = absl::StrCat(result, "_c");
    Scalar c;
    c.i = op == "Not" ? 1 : 0;
    return absl::StrCat("      ", other, " = arith.constant ", Literal(type, c), "\n      ", result, " = ",
                        op == "Not" ? "arith.xori " : "arith.subi ", other, ", ", x[0], " : ", element, "\n");
  }
  return absl::StrCat("      ", result, " = ", on_floats ? FloatOp(op) : IntegerOp(op), " ",
                      absl::StrJoin(x, ", "), on_floats ? " fastmath<contract> : " : " : ", element, "\n");
}

absl::string_view BodyType(DataType type) { return type == DataType::kBool ? "i1" : MemoryType(type); }

absl::string_view MemoryType(DataType type) {
  switch (type) {
    case DataType::kF32:
      return "f32";
    case DataType::kI32:
      return "i32";
    case DataType::kI64:
      return "i64";
    case DataType::kBool:
      return "i8";
  }
  return "";
}

std::string Literal(DataType type, Scalar number) {
  if (type == DataType::kBool) return number.i != 0 ? "true" : "false";
  if (type != DataType::kF32) return absl::StrCat(number.i, " : ", BodyType(type));
  const float value = static_cast<float>(number.f);
  if (std::isfinite(value)) return absl::StrFormat("%.9e : f32", value);
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return absl::StrFormat("0x%08X : f32", bits);
}

}  // namespace diapason::compiler
