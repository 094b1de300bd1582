#include "compiler/space/knob_options.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace diapason::compiler::space {
namespace {

constexpr int64_t kMaxOptions = 1 << 16;

absl::StatusOr<std::vector<int64_t>> ListOptions(mlir::ArrayAttr list) {
  if (list.size() > kMaxOptions)
    return absl::InvalidArgumentError(absl::StrCat("there are more than ", kMaxOptions, " options"));
  std::vector<int64_t> values;
  std::set<int64_t> seen;
  for (mlir::Attribute element : list) {
    std::optional<int64_t> value = IntegerOf(element);
    if (!value) return absl::InvalidArgumentError("options must be integers");
    if (seen.insert(*value).second) values.push_back(*value);
  }
  if (values.empty()) return absl::InvalidArgumentError("the list of options is empty");
  return values;
}

absl::StatusOr<std::vector<int64_t>> RangeOptions(mlir::DictionaryAttr range) {
  std::optional<int64_t> lower, upper, multiple_of, divides;
  for (mlir::NamedAttribute entry : range) {
    const llvm::StringRef key = entry.getName().getValue();
    std::optional<int64_t>* field = key == "lower_bound"    ? &lower
                                    : key == "upper_bound"  ? &upper
                                    : key == "divisible_by" ? &multiple_of
                                    : key == "divides"      ? &divides
                                                            : nullptr;
    if (!field) {
      return absl::InvalidArgumentError(absl::StrCat(
          "unknown key ", key.str(), "; the keys are lower_bound, upper_bound, divisible_by and divides"));
    }
    *field = IntegerOf(entry.getValue());
    if (!*field) return absl::InvalidArgumentError(absl::StrCat(key.str(), " must be an integer"));
  }
  if (!upper) upper = divides;
  if (!upper) return absl::InvalidArgumentError("options need upper_bound or divides");
  const int64_t step = multiple_of.value_or(1);
  if (step <= 0 || divides.value_or(1) <= 0) {
    return absl::InvalidArgumentError("divisible_by and divides must be positive");
  }
  const int64_t first = lower.value_or(1);
  if (*upper >= first && static_cast<uint64_t>(*upper) - static_cast<uint64_t>(first) >= kMaxOptions) {
    return absl::InvalidArgumentError(
        absl::StrCat("there are more than ", kMaxOptions, " values between the bounds"));
  }
  std::vector<int64_t> values;
  const int64_t count = *upper < first ? 0 : *upper - first + 1;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t v = first + i;
    if (v % step == 0 && (!divides || (v > 0 && *divides % v == 0))) values.push_back(v);
  }
  if (values.empty()) return absl::InvalidArgumentError("no value satisfies the bounds");
  return values;
}

}  // namespace

std::optional<int64_t> IntegerOf(mlir::Attribute attribute) {
  auto integer = mlir::dyn_cast<mlir::IntegerAttr>(attribute);
  if (!integer || integer.getValue().getBitWidth() > 64) return std::nullopt;
  if (integer.getType().isInteger(1)) return integer.getValue().getZExtValue();
  return integer.getValue().getSExtValue();
}

absl::StatusOr<std::vector<int64_t>> KnobOptions(mlir::Attribute options) {
  if (auto list = mlir::dyn_cast<mlir::ArrayAttr>(options)) return ListOptions(list);
  if (auto range = mlir::dyn_cast<mlir::DictionaryAttr>(options)) return RangeOptions(range);
  return absl::InvalidArgumentError("options must be a list or a dictionary");
}

}  // namespace diapason::compiler::space
