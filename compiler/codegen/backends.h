// Makes the back ends of this build: there is one for each kind of target. The table that lists them is in
// backends.cc; back ends do not register themselves.
#ifndef DIAPASON_COMPILER_CODEGEN_BACKENDS_H_
#define DIAPASON_COMPILER_CODEGEN_BACKENDS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/codegen/kernel_backend.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::codegen {

// Returns a new back end for targets of this kind; KindOf (proto/domain/target_kind.h) returns the kind of a
// target. InvalidArgument: this build has no back end for the kind; the message lists the kinds that it has.
absl::StatusOr<std::unique_ptr<KernelBackend>> MakeBackend(v1::TargetKind kind);

// Returns one new object of each back end, in the order of the table.
std::vector<std::unique_ptr<KernelBackend>> MakeAllBackends();

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_BACKENDS_H_
