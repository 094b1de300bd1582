#include "compiler/workload/structural_attributes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "compiler/workload/structural_affine.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinTypes.h"

namespace diapason::compiler::workload {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

absl::string_view View(StringRef text) { return {text.data(), text.size()}; }

std::string Quoted(absl::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    if (c >= 0x20 && c <= 0x7e && c != '"' && c != '\\') {
      text.push_back(c);
    } else {
      absl::StrAppend(&text, "\\", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return absl::StrCat(text, "\"");
}

std::string NameText(absl::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '$';
  });
  return plain ? std::string(name) : Quoted(name);
}

std::string Decimal(const APInt& value, Type type) {
  const bool is_signed = !type.isUnsignedInteger() && !type.isInteger(1);
  SmallString<24> digits;
  value.toString(digits, 10, is_signed);
  return std::string(digits);
}

// Returns all bits of the number as hexadecimal digits.
std::string Bits(const APFloat& value) {
  const APInt bits = value.bitcastToAPInt();
  SmallString<24> digits;
  bits.toString(digits, 16, /*Signed=*/false, /*formatAsCLiteral=*/false, /*UpperCase=*/false);
  const size_t width = (bits.getBitWidth() + 3) / 4;
  return absl::StrCat("0x", std::string(width - std::min(width, digits.size()), '0'), std::string(digits));
}

LogicalResult AppendShaped(Type element, ArrayRef<int64_t> shape, Sizes sizes, std::string& text) {
  if (failed(AppendType(element, sizes, text))) return failure();
  text += "[";
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (i > 0) text += ",";
    if (sizes == Sizes::kLeftOut || ShapedType::isDynamic(extent)) {
      text += "?";
    } else {
      absl::StrAppend(&text, extent);
    }
  }
  text += "]";
  return success();
}

// Appends the elements: integers as decimal numbers, floats as their bits.
LogicalResult AppendElements(DenseElementsAttr attribute, Sizes sizes, std::string& text) {
  std::vector<std::string> elements;
  const Type type = attribute.getElementType();
  if (type.isIntOrIndex()) {
    for (const APInt& value : attribute.getValues<APInt>()) elements.push_back(Decimal(value, type));
  } else if (isa<FloatType>(type)) {
    for (const APFloat& value : attribute.getValues<APFloat>()) elements.push_back(Bits(value));
  } else {
    return failure();
  }
  if (std::all_of(elements.begin(), elements.end(), [&](const auto& e) { return e == elements[0]; }))
    elements.resize(std::min<size_t>(elements.size(), 1));
  text += "dense(";
  if (failed(AppendType(attribute.getType(), sizes, text))) return failure();
  absl::StrAppend(&text, ":", llvm::join(elements, ","), ")");
  return success();
}

LogicalResult AppendDenseArray(DenseArrayAttr attribute, Sizes sizes, std::string& text) {
  std::vector<std::string> elements;
  const auto integers = [&](auto array) {
    for (auto value : array.asArrayRef()) elements.push_back(absl::StrCat(value));
    return success();
  };
  const LogicalResult known =
      llvm::TypeSwitch<Attribute, LogicalResult>(attribute)
          .Case<DenseI8ArrayAttr, DenseI16ArrayAttr, DenseI32ArrayAttr, DenseI64ArrayAttr>(integers)
          .Case<DenseBoolArrayAttr>([&](DenseBoolArrayAttr array) {
            for (bool value : array.asArrayRef()) elements.push_back(value ? "1" : "0");
            return success();
          })
          .Case<DenseF32ArrayAttr>([&](DenseF32ArrayAttr array) {
            for (float value : array.asArrayRef()) elements.push_back(Bits(APFloat(value)));
            return success();
          })
          .Case<DenseF64ArrayAttr>([&](DenseF64ArrayAttr array) {
            for (double value : array.asArrayRef()) elements.push_back(Bits(APFloat(value)));
            return success();
          })
          .Default([](Attribute) { return failure(); });
  if (failed(known)) return failure();
  text += "array(";
  if (failed(AppendType(attribute.getElementType(), sizes, text))) return failure();
  absl::StrAppend(&text, ":", llvm::join(elements, ","), ")");
  return success();
}

LogicalResult AppendArray(ArrayAttr attribute, Sizes sizes, std::string& text) {
  text += "[";
  for (auto [i, element] : llvm::enumerate(attribute)) {
    if (i > 0) text += ",";
    if (failed(AppendAttribute(element, sizes, text))) return failure();
  }
  text += "]";
  return success();
}

std::string SymbolText(SymbolRefAttr symbol) {
  std::string text = absl::StrCat("@", Quoted(View(symbol.getRootReference().getValue())));
  for (FlatSymbolRefAttr nested : symbol.getNestedReferences())
    absl::StrAppend(&text, "@", Quoted(View(nested.getValue())));
  return text;
}

std::string FastMathText(arith::FastMathFlags flags) {
  using arith::FastMathFlags;
  constexpr std::pair<FastMathFlags, const char*> kNames[] = {
      {FastMathFlags::reassoc, "reassoc"}, {FastMathFlags::nnan, "nnan"},
      {FastMathFlags::ninf, "ninf"},       {FastMathFlags::nsz, "nsz"},
      {FastMathFlags::arcp, "arcp"},       {FastMathFlags::contract, "contract"},
      {FastMathFlags::afn, "afn"}};
  std::vector<std::string> names;
  for (const auto& [flag, name] : kNames) {
    if ((flags & flag) == flag) names.emplace_back(name);
  }
  return absl::StrCat("flags(", llvm::join(names, ","), ")");
}

std::string OverflowText(arith::IntegerOverflowFlags flags) {
  using arith::IntegerOverflowFlags;
  std::vector<std::string> names;
  if ((flags & IntegerOverflowFlags::nsw) == IntegerOverflowFlags::nsw) names.emplace_back("nsw");
  if ((flags & IntegerOverflowFlags::nuw) == IntegerOverflowFlags::nuw) names.emplace_back("nuw");
  return absl::StrCat("flags(", llvm::join(names, ","), ")");
}

bool IsEmptyFlags(Attribute attribute) {
  if (auto flags = dyn_cast<arith::FastMathFlagsAttr>(attribute))
    return flags.getValue() == arith::FastMathFlags::none;
  if (auto flags = dyn_cast<arith::IntegerOverflowFlagsAttr>(attribute))
    return flags.getValue() == arith::IntegerOverflowFlags::none;
  return false;
}

absl::string_view NameOf(const NamedAttribute& attribute) {
  const absl::string_view name = View(attribute.getName().getValue());
  if (name == "operandSegmentSizes") return "operand_groups";
  if (name == "resultSegmentSizes") return "result_groups";
  return name;
}

}  // namespace

LogicalResult AppendType(Type type, Sizes sizes, std::string& text) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    absl::StrAppend(&text, integer.isSigned() ? "si" : integer.isUnsigned() ? "ui" : "i", integer.getWidth());
    return success();
  }
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (tensor.getEncoding()) return failure();
    return AppendShaped(tensor.getElementType(), tensor.getShape(), sizes, text);
  }
  if (auto vector = dyn_cast<VectorType>(type)) {
    if (vector.isScalable()) return failure();
    text += "vector(";
    if (failed(AppendShaped(vector.getElementType(), vector.getShape(), sizes, text))) return failure();
    text += ")";
    return success();
  }
  if (auto complex = dyn_cast<ComplexType>(type)) {
    text += "complex(";
    if (failed(AppendType(complex.getElementType(), sizes, text))) return failure();
    text += ")";
    return success();
  }
  const char* name = type.isF16()     ? "f16"
                     : type.isBF16()  ? "bf16"
                     : type.isF32()   ? "f32"
                     : type.isF64()   ? "f64"
                     : type.isIndex() ? "index"
                                      : nullptr;
  if (name == nullptr) return failure();
  text += name;
  return success();
}

LogicalResult AppendAttribute(Attribute attribute, Sizes sizes, std::string& text) {
  const auto append = [&text](const std::string& written) {
    text += written;
    return success();
  };
  return llvm::TypeSwitch<Attribute, LogicalResult>(attribute)
      .Case<UnitAttr>([&](UnitAttr) { return append("unit"); })
      .Case<IntegerAttr>([&](IntegerAttr integer) {
        absl::StrAppend(&text, Decimal(integer.getValue(), integer.getType()), ":");
        return AppendType(integer.getType(), sizes, text);
      })
      .Case<FloatAttr>([&](FloatAttr number) {
        if (failed(AppendType(number.getType(), sizes, text))) return failure();
        return append(absl::StrCat(":", Bits(number.getValue())));
      })
      .Case<StringAttr>([&](StringAttr string) { return append(Quoted(View(string.getValue()))); })
      .Case<TypeAttr>([&](TypeAttr type) {
        text += "type(";
        if (failed(AppendType(type.getValue(), sizes, text))) return failure();
        return append(")");
      })
      .Case<ArrayAttr>([&](ArrayAttr array) { return AppendArray(array, sizes, text); })
      .Case<DictionaryAttr>(
          [&](DictionaryAttr entries) { return AppendAttributes(entries.getValue(), sizes, text); })
      .Case<SymbolRefAttr>([&](SymbolRefAttr symbol) { return append(SymbolText(symbol)); })
      .Case<DenseArrayAttr>([&](DenseArrayAttr array) { return AppendDenseArray(array, sizes, text); })
      .Case<DenseElementsAttr>([&](DenseElementsAttr dense) { return AppendElements(dense, sizes, text); })
      .Case<AffineMapAttr>([&](AffineMapAttr map) { return append(AffineMapText(map.getValue())); })
      .Case<IntegerSetAttr>([&](IntegerSetAttr set) { return append(IntegerSetText(set.getValue())); })
      .Case<linalg::IteratorTypeAttr>([&](linalg::IteratorTypeAttr iterator) {
        return append(utils::stringifyIteratorType(iterator.getValue()).str());
      })
      .Case<arith::FastMathFlagsAttr>(
          [&](arith::FastMathFlagsAttr flags) { return append(FastMathText(flags.getValue())); })
      .Case<arith::IntegerOverflowFlagsAttr>(
          [&](arith::IntegerOverflowFlagsAttr flags) { return append(OverflowText(flags.getValue())); })
      .Case<arith::RoundingModeAttr>([&](arith::RoundingModeAttr mode) {
        return append(arith::stringifyRoundingMode(mode.getValue()).str());
      })
      .Default([](Attribute) { return failure(); });
}

LogicalResult AppendAttributes(ArrayRef<NamedAttribute> attributes, Sizes sizes, std::string& text,
                               NamedAttribute* refused) {
  std::vector<NamedAttribute> sorted;
  for (const NamedAttribute& attribute : attributes) {
    if (!IsEmptyFlags(attribute.getValue())) sorted.push_back(attribute);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const NamedAttribute& a, const NamedAttribute& b) { return NameOf(a) < NameOf(b); });
  text += "{";
  for (size_t i = 0; i < sorted.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", NameText(NameOf(sorted[i])), "=");
    if (succeeded(AppendAttribute(sorted[i].getValue(), sizes, text))) continue;
    if (refused != nullptr) *refused = sorted[i];
    return failure();
  }
  text += "}";
  return success();
}

}  // namespace diapason::compiler::workload
