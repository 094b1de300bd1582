// MLIR text that a user brings. There are texts at which MLIR's own parser crashes, so they are read in a
// child process first.
#ifndef DIAPASON_TUNER_COMPILE_USER_TEXT_H_
#define DIAPASON_TUNER_COMPILE_USER_TEXT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"

namespace diapason::tuner {

// Runs `read`, which reads the file at `path`, in a child process and returns its status: if that is OK,
// reading the file in this process is safe. InvalidArgument: it crashed or did not end. Call it where
// TryInChild may be called.
absl::Status TryToRead(const std::string& path, const std::function<absl::Status()>& read);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_USER_TEXT_H_
