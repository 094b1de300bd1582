// Protobuf messages over a file descriptor. Each message is preceded by its length in 4 bytes,
// little-endian.
#ifndef DIAPASON_PROTO_PROCESSES_MESSAGE_PIPE_H_
#define DIAPASON_PROTO_PROCESSES_MESSAGE_PIPE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"

namespace diapason {

// Writes a message. Blocks while the pipe is full. The process must ignore SIGPIPE. Unavailable: the other
// end is closed.
absl::Status WriteMessage(int fd, const google::protobuf::MessageLite& message);

// Reads a message. Waits for at most `timeout` until the whole message has arrived. OutOfRange: the other
// end was closed before a message began. DeadlineExceeded: no complete message arrived in time. DataLoss:
// the message was cut short, is larger than 1 GiB, or does not parse.
absl::Status ReadMessage(int fd, google::protobuf::MessageLite& message,
                         absl::Duration timeout = absl::InfiniteDuration());

}  // namespace diapason

#endif  // DIAPASON_PROTO_PROCESSES_MESSAGE_PIPE_H_
