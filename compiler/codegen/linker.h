// Links objects and archives into a shared object. lld runs in this process and keeps global state, so that
// only one call may run at a time in a process.
#ifndef DIAPASON_COMPILER_CODEGEN_LINKER_H_
#define DIAPASON_COMPILER_CODEGEN_LINKER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::codegen {

// What LinkShared links, and how.
struct LinkOptions {
  std::string triple;
  std::vector<std::string> inputs;   // paths of objects, archives and shared objects
  std::string output;                // the path of the result
  std::string soname;                // not set in the result if empty
  std::vector<std::string> exports;  // the symbols that stay visible; if empty, all do
};

// Links `inputs` into the file `output`. Internal: lld failed, or the triple is not known; the message is
// lld's.
absl::Status LinkShared(const LinkOptions& options);

// Links `inputs` into one relocatable object, the file `output`. `exports` and `soname` are not used: all
// symbols keep their visibility. Errors are those of LinkShared.
absl::Status LinkRelocatable(const LinkOptions& options);

// Links the bytes of one object, which must not need other objects, and returns the bytes of the shared
// object. Writes no file. Errors are those of LinkShared.
absl::StatusOr<std::string> LinkObject(absl::string_view triple, absl::string_view object);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_LINKER_H_
