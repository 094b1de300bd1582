// Runs code in a child process that may crash or never end, e.g. another project's parser on a text from a
// user.
#ifndef DIAPASON_PROTO_PROCESSES_TRY_IN_CHILD_H_
#define DIAPASON_PROTO_PROCESSES_TRY_IN_CHILD_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace diapason {

// Runs `function` in a forked copy of this process and returns its status; everything else that the
// function does is lost. Blocks for about `limit` at most. Aborted: the child crashed; the message names
// the signal. DeadlineExceeded: it did not end within `limit` and was killed. Internal: no child could be
// started.
//
// The child has only one thread. Call this only where no other thread of this process can hold a lock that
// `function` needs, e.g. at the beginning of a command.
absl::Status TryInChild(const std::function<absl::Status()>& function, absl::Duration limit);

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_TRY_IN_CHILD_H_
