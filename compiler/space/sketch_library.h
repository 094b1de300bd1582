// Loads sketches from the *.mlir files of a folder, and the library of named sequences that they share.
#ifndef DIAPASON_COMPILER_SPACE_SKETCH_LIBRARY_H_
#define DIAPASON_COMPILER_SPACE_SKETCH_LIBRARY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason::compiler::space {

// Reads every NAME.mlir of `folder`, in alphabetical order. The shared named sequences are in
// library/*.mlir inside of it. A returned sketch is complete: the sequences that it includes, directly or
// through others, are a part of its text and of its hash. NotFound: the folder does not exist or has no
// sketch. InvalidArgument: a file is not valid MLIR; the message has file, line and MLIR's text.
absl::StatusOr<std::vector<v1::Sketch>> LoadSketches(const std::string& folder);

// Makes one sketch from its text, for example a user's file, and completes it with the library of `folder`.
// InvalidArgument: the text is not a valid sketch.
absl::StatusOr<v1::Sketch> CompleteSketch(absl::string_view name, absl::string_view text,
                                          const std::string& folder);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SKETCH_LIBRARY_H_
