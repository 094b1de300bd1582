// Objects and archives to a shared object, by lld in this process.
#ifndef DIAPASON_COMPILER_CODEGEN_LINKER_H_
#define DIAPASON_COMPILER_CODEGEN_LINKER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::codegen {

struct LinkOptions {
  std::string triple;
  std::vector<std::string> inputs;   // paths of objects, archives, shared objects
  std::string output;                // path
  std::string soname;                // empty: none
  std::vector<std::string> exports;  // symbols to keep visible; empty: all
};

// Internal: lld refused; its message. lld keeps global state: one call at a time in a process.
absl::Status LinkShared(const LinkOptions& options);

// The same for the bytes of one object that needs nothing else; no file is written.
absl::StatusOr<std::string> LinkObject(absl::string_view triple, absl::string_view object);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_LINKER_H_
