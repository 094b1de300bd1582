// MLIR text that a user brings. There are texts at which MLIR's own parser crashes, so they are read in a
// child process first.
#ifndef DIAPASON_TUNER_COMPILE_USER_TEXT_H_
#define DIAPASON_TUNER_COMPILE_USER_TEXT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"

namespace diapason::tuner {

// Runs `read`, which reads the text that `name` (a file's path, a workload's id) stands for, in a child
// process and returns its status: if that is OK, reading the text in this process is safe. InvalidArgument:
// it crashed or did not end. Call it where TryInChild may be called.
absl::Status TryToRead(const std::string& name, const std::function<absl::Status()>& read);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_USER_TEXT_H_
