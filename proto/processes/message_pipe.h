// Protobuf messages over a file descriptor, each preceded by its length (4 bytes, little-endian).
#ifndef DIAPASON_PROTO_PROCESSES_MESSAGE_PIPE_H_
#define DIAPASON_PROTO_PROCESSES_MESSAGE_PIPE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"

namespace diapason {

// Unavailable: the other end is closed. Blocks while the pipe is full; SIGPIPE must be ignored by the
// process.
absl::Status WriteMessage(int fd, const google::protobuf::MessageLite& message);

// Waits at most `timeout` for the whole message.
// OutOfRange: the other end was closed before a message began. DeadlineExceeded: no whole message in time.
// DataLoss: it was cut short, is larger than 1 GiB, or does not parse.
absl::Status ReadMessage(int fd, google::protobuf::MessageLite& message,
                         absl::Duration timeout = absl::InfiniteDuration());

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_MESSAGE_PIPE_H_
