// The sketches that a search may use: *.mlir files of a folder, and the library of named sequences they
// share.
#ifndef DIAPASON_COMPILER_SPACE_SKETCH_LIBRARY_H_
#define DIAPASON_COMPILER_SPACE_SKETCH_LIBRARY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason::compiler::space {

// Reads every NAME.mlir of `folder`, in alphabetical order; library/*.mlir below it holds the shared named
// sequences. Each sketch comes back complete: the sequences it includes, directly or not, are part of its
// text and its hash.
// NotFound: no such folder, or no sketch in it. InvalidArgument: a file does not parse; file, line and MLIR's
// message.
absl::StatusOr<std::vector<v1::Sketch>> LoadSketches(const std::string& folder);

// One sketch from its text (a user's file), completed with the library of `folder`.
absl::StatusOr<v1::Sketch> CompleteSketch(absl::string_view name, absl::string_view text,
                                          const std::string& folder);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SKETCH_LIBRARY_H_
