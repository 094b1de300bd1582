// Links objects and archives into a static archive of which only chosen functions are visible. Like linker.h,
// only one call may run at a time in a process.
#ifndef DIAPASON_COMPILER_CODEGEN_STATIC_ARCHIVE_H_
#define DIAPASON_COMPILER_CODEGEN_STATIC_ARCHIVE_H_

#include "absl/status/status.h"
#include "compiler/codegen/linker.h"

namespace diapason::compiler::codegen {

// Links `inputs` into one object and makes all of its symbols local except `exports`. So several such
// archives, also of different releases, can be linked into one program. Writes an archive with this object to
// `output`; `soname` becomes the object's name. Equal inputs give equal bytes. Internal: lld failed, or the
// object cannot be read or written; the message says why.
absl::Status LinkStaticArchive(const LinkOptions& options);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_STATIC_ARCHIVE_H_
