#include "compiler/importer/expression.h"

#include "absl/strings/str_cat.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {

absl::Status CheckFloats(const NodeConverter& node) {
  const v1::ElementType type = node.InValue(0).type;
  if (type == v1::ELEMENT_TYPE_F32) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("elements of type ", ElementTypeName(type)));
}

}  // namespace diapason::compiler::importer
