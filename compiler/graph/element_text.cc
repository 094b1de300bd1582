#include "compiler/graph/element_text.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

// Collects the lines of a body. The names of all values begin with the result's: "      %v7_below =
// arith.cmpf ...".
class Lines {
 public:
  explicit Lines(std::string result) : result_(std::move(result)) {}

  // Appends a line that computes a value, and returns the value's name. An empty suffix stands for the
  // result.
  template <typename... Args>
  std::string Add(absl::string_view suffix, const Args&... operation) {
    std::string name = suffix.empty() ? result_ : absl::StrCat(result_, "_", suffix);
    absl::StrAppend(&text_, "      ", name, " = ", operation..., "\n");
    return name;
  }
  std::string Constant(absl::string_view suffix, v1::ElementType type, Scalar number) {
    return Add(suffix, "arith.constant ", Literal(type, number));
  }
  const std::string& text() const { return text_; }

 private:
  const std::string result_;
  std::string text_;
};

// In MLIR, the conversion of a float outside of the integer's range is undefined. So this text handles
// the ends of the range.
std::string FloatToIntegerText(v1::ElementType to, const std::string& result, const std::string& x) {
  const absl::string_view out = BodyType(to);
  const IntegerRange range = RangeOf(to);
  Lines lines(result);
  const std::string zero = lines.Constant("zero", v1::ELEMENT_TYPE_F32, {}),
                    none = lines.Constant("none", to, {}),
                    limit = lines.Constant("limit", v1::ELEMENT_TYPE_F32, {range.limit, 0}),
                    least = lines.Constant("least", to, {0, range.least}),
                    most = lines.Constant("most", to, {0, range.most});
  const std::string size = lines.Add("size", "math.absf ", x, " : f32");
  const std::string fits = lines.Add("fits", "arith.cmpf olt, ", size, ", ", limit, " : f32");
  const std::string safe = lines.Add("safe", "arith.select ", fits, ", ", x, ", ", zero, " : f32");
  const std::string number = lines.Add("number", "arith.fptosi ", safe, " : f32 to ", out);
  const std::string below = lines.Add("below", "arith.cmpf olt, ", x, ", ", zero, " : f32");
  const std::string end = lines.Add("end", "arith.select ", below, ", ", least, ", ", most, " : ", out);
  const std::string is_nan = lines.Add("nan", "arith.cmpf uno, ", x, ", ", x, " : f32");
  const std::string other = lines.Add("other", "arith.select ", is_nan, ", ", none, ", ", end, " : ", out);
  lines.Add("", "arith.select ", fits, ", ", number, ", ", other, " : ", out);
  return lines.text();
}

// Writes Div, Rem and Mod of integers. A CPU may trap for the divisors 0 and -1, so they are replaced by
// 1.
std::string DivisionText(Op op, v1::ElementType type, const std::string& result, const std::string& a,
                         const std::string& b) {
  const std::string of = absl::StrCat(" : ", BodyType(type));
  Lines lines(result);
  const std::string zero = lines.Constant("zero", type, {}), one = lines.Constant("one", type, {0, 1}),
                    minus_one = lines.Constant("minus_one", type, {0, -1});
  const std::string by_zero = lines.Add("by_zero", "arith.cmpi eq, ", b, ", ", zero, of);
  const std::string negates = lines.Add("negates", "arith.cmpi eq, ", b, ", ", minus_one, of);
  const std::string traps = lines.Add("traps", "arith.ori ", by_zero, ", ", negates, " : i1");
  const std::string divisor = lines.Add("divisor", "arith.select ", traps, ", ", one, ", ", b, of);
  if (op == Op::kDiv) {
    const std::string quotient = lines.Add("quotient", "arith.divsi ", a, ", ", divisor, of);
    const std::string negative = lines.Add("negative", "arith.subi ", zero, ", ", a, of);
    const std::string other =
        lines.Add("other", "arith.select ", negates, ", ", negative, ", ", quotient, of);
    lines.Add("", "arith.select ", by_zero, ", ", zero, ", ", other, of);
    return lines.text();
  }
  const std::string remainder =
      lines.Add(op == Op::kRem ? "" : "remainder", "arith.remsi ", a, ", ", divisor, of);
  if (op == Op::kRem) return lines.text();
  const std::string signs = lines.Add("signs", "arith.xori ", remainder, ", ", b, of);
  const std::string differ = lines.Add("differ", "arith.cmpi slt, ", signs, ", ", zero, of);
  const std::string some = lines.Add("some", "arith.cmpi ne, ", remainder, ", ", zero, of);
  const std::string moves = lines.Add("moves", "arith.andi ", differ, ", ", some, " : i1");
  const std::string moved = lines.Add("moved", "arith.addi ", remainder, ", ", b, of);
  lines.Add("", "arith.select ", moves, ", ", moved, ", ", remainder, of);
  return lines.text();
}

// A bfloat16 is the upper half of a float32. Not every CPU has an instruction for it, so its bits are used.
std::string FromBrainFloatText(const std::string& result, const std::string& x) {
  Lines lines(result);
  const std::string shift = lines.Add("shift", "arith.constant 16 : i32");
  const std::string half = lines.Add("half", "arith.bitcast ", x, " : bf16 to i16");
  const std::string low = lines.Add("low", "arith.extui ", half, " : i16 to i32");
  const std::string bits = lines.Add("bits", "arith.shli ", low, ", ", shift, " : i32");
  lines.Add("", "arith.bitcast ", bits, " : i32 to f32");
  return lines.text();
}

// Rounds to the nearest bfloat16, and to the even one of two that are equally near. Adding less than half of
// the last bit, or half if the number is odd, carries into the upper half where it must be rounded up.
std::string ToBrainFloatText(const std::string& result, const std::string& x) {
  Lines lines(result);
  const std::string shift = lines.Add("shift", "arith.constant 16 : i32"),
                    one = lines.Add("one", "arith.constant 1 : i32"),
                    half = lines.Add("half", "arith.constant 32767 : i32"),
                    nan = lines.Add("nan", "arith.constant 32704 : i16");
  const std::string bits = lines.Add("bits", "arith.bitcast ", x, " : f32 to i32");
  const std::string upper = lines.Add("upper", "arith.shrui ", bits, ", ", shift, " : i32");
  const std::string odd = lines.Add("odd", "arith.andi ", upper, ", ", one, " : i32");
  const std::string more = lines.Add("more", "arith.addi ", half, ", ", odd, " : i32");
  const std::string sum = lines.Add("sum", "arith.addi ", bits, ", ", more, " : i32");
  const std::string rounded = lines.Add("rounded", "arith.shrui ", sum, ", ", shift, " : i32");
  const std::string number = lines.Add("number", "arith.trunci ", rounded, " : i32 to i16");
  const std::string is_nan = lines.Add("is_nan", "arith.cmpf uno, ", x, ", ", x, " : f32");
  const std::string chosen = lines.Add("chosen", "arith.select ", is_nan, ", ", nan, ", ", number, " : i16");
  lines.Add("", "arith.bitcast ", chosen, " : i16 to bf16");
  return lines.text();
}

std::string CastText(v1::ElementType from, v1::ElementType to, const std::string& result,
                     const std::string& x) {
  const absl::string_view in = BodyType(from), out = BodyType(to);
  const auto convert = [&](absl::string_view op) {
    return absl::StrCat("      ", result, " = ", op, " ", x, " : ", in, " to ", out, "\n");
  };
  if (from == v1::ELEMENT_TYPE_BF16) return FromBrainFloatText(result, x);
  if (to == v1::ELEMENT_TYPE_BF16) return ToBrainFloatText(result, x);
  if (IsFloat(from) && IsFloat(to))
    return convert(ElementBytes(to) < ElementBytes(from) ? "arith.truncf" : "arith.extf");
  if (to == v1::ELEMENT_TYPE_BOOL) {
    const std::string zero = absl::StrCat(result, "_zero");
    return absl::StrCat("      ", zero, " = arith.constant ", Literal(from, {}), "\n      ", result,
                        from == v1::ELEMENT_TYPE_F32 ? " = arith.cmpf une, " : " = arith.cmpi ne, ", x, ", ",
                        zero, " : ", in, "\n");
  }
  if (from == v1::ELEMENT_TYPE_BOOL)
    return convert(to == v1::ELEMENT_TYPE_F32 ? "arith.uitofp" : "arith.extui");
  if (to == v1::ELEMENT_TYPE_F32) return convert("arith.sitofp");
  if (from == v1::ELEMENT_TYPE_F32) return FloatToIntegerText(to, result, x);
  if (ElementBytes(to) < ElementBytes(from)) return convert("arith.trunci");
  if (ElementBytes(to) == ElementBytes(from)) return convert("arith.bitcast");  // U64
  const bool is_signed = from == v1::ELEMENT_TYPE_I8 || from == v1::ELEMENT_TYPE_I16 ||
                         from == v1::ELEMENT_TYPE_I32 || from == v1::ELEMENT_TYPE_I64;
  return convert(is_signed ? "arith.extsi" : "arith.extui");
}

absl::string_view FloatOp(Op op) {
  switch (op) {
    case Op::kAdd:
      return "arith.addf";
    case Op::kSub:
      return "arith.subf";
    case Op::kMul:
      return "arith.mulf";
    case Op::kDiv:
      return "arith.divf";
    case Op::kPow:
      return "math.powf";
    case Op::kMax:
      return "arith.maximumf";
    case Op::kMin:
      return "arith.minimumf";
    case Op::kNeg:
      return "arith.negf";
    case Op::kAbs:
      return "math.absf";
    case Op::kExp:
      return "math.exp";
    case Op::kExpm1:
      return "math.expm1";
    case Op::kLog:
      return "math.log";
    case Op::kLog1p:
      return "math.log1p";
    case Op::kSqrt:
      return "math.sqrt";
    case Op::kErf:
      return "math.erf";
    case Op::kTanh:
      return "math.tanh";
    case Op::kSin:
      return "math.sin";
    case Op::kCos:
      return "math.cos";
    case Op::kFloor:
      return "math.floor";
    case Op::kCeil:
      return "math.ceil";
    case Op::kRound:
      return "math.roundeven";
    default:
      return "";
  }
}

absl::string_view IntegerOp(Op op) {
  switch (op) {
    case Op::kAdd:
      return "arith.addi";
    case Op::kSub:
      return "arith.subi";
    case Op::kMul:
      return "arith.muli";
    case Op::kMax:
      return "arith.maxsi";
    case Op::kMin:
      return "arith.minsi";
    case Op::kAbs:
      return "math.absi";
    case Op::kAnd:
      return "arith.andi";
    case Op::kOr:
      return "arith.ori";
    case Op::kXor:
      return "arith.xori";
    default:
      return "";
  }
}

// Returns the comparison's name in MLIR, or an empty string if the operator is not a comparison.
absl::string_view Comparison(Op op, bool on_floats) {
  if (op == Op::kEqual) return on_floats ? "arith.cmpf oeq," : "arith.cmpi eq,";
  if (op == Op::kLess) return on_floats ? "arith.cmpf olt," : "arith.cmpi slt,";
  if (op == Op::kLessOrEqual) return on_floats ? "arith.cmpf ole," : "arith.cmpi sle,";
  return "";
}

}  // namespace

std::string ElementText(Op op, v1::ElementType type, v1::ElementType result_type, const std::string& result,
                        absl::Span<const std::string> x, bool fast_math) {
  if (op == Op::kCast) return CastText(type, result_type, result, x[0]);
  if (type != v1::ELEMENT_TYPE_F32 && (op == Op::kDiv || op == Op::kRem || op == Op::kMod))
    return DivisionText(op, type, result, x[0], x[1]);
  const absl::string_view element = BodyType(type);
  const bool on_floats = type == v1::ELEMENT_TYPE_F32;
  if (op == Op::kWhere) {
    return absl::StrCat("      ", result, " = arith.select ", x[0], ", ", x[1], ", ", x[2], " : ", element,
                        "\n");
  }
  if (op == Op::kIsNaN) {
    return absl::StrCat("      ", result, " = arith.cmpf uno, ", x[0], ", ", x[0], " : ", element, "\n");
  }
  if (absl::string_view compare = Comparison(op, on_floats); !compare.empty()) {
    return absl::StrCat("      ", result, " = ", compare, " ", x[0], ", ", x[1], " : ", element, "\n");
  }
  if (op == Op::kNot || (op == Op::kNeg && !on_floats)) {
    const std::string other = absl::StrCat(result, "_c");
    Scalar c;
    c.i = op == Op::kNot ? 1 : 0;
    return absl::StrCat("      ", other, " = arith.constant ", Literal(type, c), "\n      ", result, " = ",
                        op == Op::kNot ? "arith.xori " : "arith.subi ", other, ", ", x[0], " : ", element,
                        "\n");
  }
  return absl::StrCat("      ", result, " = ", on_floats ? FloatOp(op) : IntegerOp(op), " ",
                      absl::StrJoin(x, ", "), on_floats && fast_math ? " fastmath<contract> : " : " : ",
                      element, "\n");
}

absl::string_view BodyType(v1::ElementType type) {
  return type == v1::ELEMENT_TYPE_BOOL ? "i1" : MemoryType(type);
}

absl::string_view MemoryType(v1::ElementType type) {
  switch (ArgumentType(type)) {
    case v1::ELEMENT_TYPE_F32:
      return "f32";
    case v1::ELEMENT_TYPE_F16:
      return "f16";
    case v1::ELEMENT_TYPE_BF16:
      return "bf16";
    case v1::ELEMENT_TYPE_F64:
      return "f64";
    case v1::ELEMENT_TYPE_I16:
      return "i16";
    case v1::ELEMENT_TYPE_I32:
      return "i32";
    case v1::ELEMENT_TYPE_I64:
      return "i64";
    default:
      return "i8";
  }
}

std::string Literal(v1::ElementType type, Scalar number) {
  if (type == v1::ELEMENT_TYPE_BOOL) return number.i != 0 ? "true" : "false";
  if (type != v1::ELEMENT_TYPE_F32) return absl::StrCat(number.i, " : ", BodyType(type));
  const float value = static_cast<float>(number.f);
  if (std::isfinite(value)) return absl::StrFormat("%.9e : f32", value);
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return absl::StrFormat("0x%08X : f32", bits);
}

}  // namespace diapason::compiler::graph
