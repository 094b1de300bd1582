#include "compiler/graph/element_text.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace diapason::compiler {
namespace {

// The lines of a body, each naming its value after the result: "      %v7_below = arith.cmpf ...".
class Lines {
 public:
  explicit Lines(std::string result) : result_(std::move(result)) {}

  // Computes a value; an empty suffix: the result itself.
  template <typename... Args>
  std::string Add(absl::string_view suffix, const Args&... operation) {
    std::string name = suffix.empty() ? result_ : absl::StrCat(result_, "_", suffix);
    absl::StrAppend(&text_, "      ", name, " = ", operation..., "\n");
    return name;
  }
  std::string Constant(absl::string_view suffix, DataType type, Scalar number) {
    return Add(suffix, "arith.constant ", Literal(type, number));
  }
  const std::string& text() const { return text_; }

 private:
  const std::string result_;
  std::string text_;
};

// MLIR leaves a float out of range undefined.
std::string FloatToIntegerText(DataType to, const std::string& result, const std::string& x) {
  const absl::string_view out = BodyType(to);
  const IntegerRange range = RangeOf(to);
  Lines lines(result);
  const std::string zero = lines.Constant("zero", DataType::kF32, {}), none = lines.Constant("none", to, {}),
                    limit = lines.Constant("limit", DataType::kF32, {range.limit, 0}),
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

// Div, Rem and Mod of integers. The divisors 0 and -1, for which a CPU may trap, are replaced by 1.
std::string DivisionText(absl::string_view op, DataType type, const std::string& result, const std::string& a,
                         const std::string& b) {
  const std::string of = absl::StrCat(" : ", BodyType(type));
  Lines lines(result);
  const std::string zero = lines.Constant("zero", type, {}), one = lines.Constant("one", type, {0, 1}),
                    minus_one = lines.Constant("minus_one", type, {0, -1});
  const std::string by_zero = lines.Add("by_zero", "arith.cmpi eq, ", b, ", ", zero, of);
  const std::string negates = lines.Add("negates", "arith.cmpi eq, ", b, ", ", minus_one, of);
  const std::string traps = lines.Add("traps", "arith.ori ", by_zero, ", ", negates, " : i1");
  const std::string divisor = lines.Add("divisor", "arith.select ", traps, ", ", one, ", ", b, of);
  if (op == "Div") {
    const std::string quotient = lines.Add("quotient", "arith.divsi ", a, ", ", divisor, of);
    const std::string negative = lines.Add("negative", "arith.subi ", zero, ", ", a, of);
    const std::string other =
        lines.Add("other", "arith.select ", negates, ", ", negative, ", ", quotient, of);
    lines.Add("", "arith.select ", by_zero, ", ", zero, ", ", other, of);
    return lines.text();
  }
  const std::string remainder =
      lines.Add(op == "Rem" ? "" : "remainder", "arith.remsi ", a, ", ", divisor, of);
  if (op == "Rem") return lines.text();
  const std::string signs = lines.Add("signs", "arith.xori ", remainder, ", ", b, of);
  const std::string differ = lines.Add("differ", "arith.cmpi slt, ", signs, ", ", zero, of);
  const std::string some = lines.Add("some", "arith.cmpi ne, ", remainder, ", ", zero, of);
  const std::string moves = lines.Add("moves", "arith.andi ", differ, ", ", some, " : i1");
  const std::string moved = lines.Add("moved", "arith.addi ", remainder, ", ", b, of);
  lines.Add("", "arith.select ", moves, ", ", moved, ", ", remainder, of);
  return lines.text();
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
  if (from == DataType::kF32) return FloatToIntegerText(to, result, x);
  return convert(to == DataType::kI64 ? "arith.extsi" : "arith.trunci");
}

absl::string_view FloatOp(absl::string_view op) {
  if (op == "Add") return "arith.addf";
  if (op == "Sub") return "arith.subf";
  if (op == "Mul") return "arith.mulf";
  if (op == "Div") return "arith.divf";
  if (op == "Pow") return "math.powf";
  if (op == "Max") return "arith.maximumf";
  if (op == "Min") return "arith.minimumf";
  if (op == "Neg") return "arith.negf";
  if (op == "Abs") return "math.absf";
  if (op == "Exp") return "math.exp";
  if (op == "Expm1") return "math.expm1";
  if (op == "Log") return "math.log";
  if (op == "Log1p") return "math.log1p";
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

std::string ElementText(absl::string_view op, DataType type, DataType result_type, const std::string& result,
                        absl::Span<const std::string> x, bool fast_math) {
  if (op == "Cast") return CastText(type, result_type, result, x[0]);
  if (type != DataType::kF32 && (op == "Div" || op == "Rem" || op == "Mod"))
    return DivisionText(op, type, result, x[0], x[1]);
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
                      absl::StrJoin(x, ", "), on_floats && fast_math ? " fastmath<contract> : " : " : ",
                      element, "\n");
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
