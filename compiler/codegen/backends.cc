#include "compiler/codegen/backends.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/codegen/cpu_backend.h"
#include "proto/domain/target_kind.h"

namespace diapason::compiler::codegen {
namespace {

struct Entry {
  v1::TargetKind kind;
  std::unique_ptr<KernelBackend> (*make)();
};

// To add a back end, add one line here.
constexpr Entry kBackends[] = {
    {v1::TARGET_KIND_CPU, MakeCpuBackend},
};

}  // namespace

absl::StatusOr<std::unique_ptr<KernelBackend>> MakeBackend(v1::TargetKind kind) {
  for (const Entry& entry : kBackends) {
    if (entry.kind == kind) return entry.make();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("this build cannot make code for targets of kind ", TargetKindName(kind), "; it can for ",
                   absl::StrJoin(kBackends, ", ", [](std::string* out, const Entry& entry) {
                     absl::StrAppend(out, TargetKindName(entry.kind));
                   })));
}

std::vector<std::unique_ptr<KernelBackend>> MakeAllBackends() {
  std::vector<std::unique_ptr<KernelBackend>> backends;
  for (const Entry& entry : kBackends) backends.push_back(entry.make());
  return backends;
}

}  // namespace diapason::compiler::codegen
