// Tries in a child process what may crash or never end, such as another project's parser on a text that a
// user brings.
#ifndef DIAPASON_PROTO_PROCESSES_TRY_IN_CHILD_H_
#define DIAPASON_PROTO_PROCESSES_TRY_IN_CHILD_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace diapason {

// Runs `function` in a forked copy of this process and returns its status; whatever else it does there is
// lost. Blocks, at most for about `limit`. Aborted: the child crashed, and the message names the signal.
// DeadlineExceeded: it did not end within `limit` and was killed. Internal: no child could be made.
// The child has no other threads: call it where none of this process holds a lock that `function` needs, such
// as at the beginning of a command.
absl::Status TryInChild(const std::function<absl::Status()>& function, absl::Duration limit);

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_TRY_IN_CHILD_H_
