// Reads MLIR text that a user brings. MLIR's own parser crashes on some texts, so a child process reads
// them first.
#ifndef DIAPASON_TUNER_COMPILE_USER_TEXT_H_
#define DIAPASON_TUNER_COMPILE_USER_TEXT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"

namespace diapason::tuner {

// Calls `read` in a child process and returns its status. `read` reads the text that `name` stands for
// (the path of a file, the id of a workload). If the status is OK, it is safe to read the text in this
// process. Returns InvalidArgument if the child process crashed or did not end in a minute. Uses
// TryInChild; call it only where that is allowed.
absl::Status TryToRead(const std::string& name, const std::function<absl::Status()>& read);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_USER_TEXT_H_
