#include "proto/processes/message_pipe.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/base/clock.h"

namespace diapason {
namespace {

constexpr uint32_t kMaxMessageBytes = 1u << 30;
constexpr size_t kPartBytes = 1 << 20;

// Reads `size` bytes. `got` is set to the number of bytes that arrived.
absl::Status ReadAll(int fd, char* data, size_t size, absl::Duration deadline, size_t& got) {
  const SystemClock clock;
  got = 0;
  while (got < size) {
    if (deadline != absl::InfiniteDuration()) {
      const absl::Duration left = deadline - clock.Monotonic();
      const int64_t left_ms = std::clamp<int64_t>(absl::ToInt64Milliseconds(left) + 1, 0, INT_MAX);
      pollfd wait = {fd, POLLIN, 0};
      const int ready = left <= absl::ZeroDuration() ? 0 : poll(&wait, 1, static_cast<int>(left_ms));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return absl::DeadlineExceededError("no complete message arrived in time");
    }
    const ssize_t n = read(fd, data + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return absl::UnavailableError(
          absl::StrCat("reading a message from the pipe failed: ", std::strerror(errno)));
    if (n == 0) return absl::OutOfRangeError("the other side closed the pipe");
    got += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteMessage(int fd, const google::protobuf::MessageLite& message) {
  std::string bytes(4, '\0');
  if (!message.AppendToString(&bytes)) return absl::InternalError("the message cannot be serialised");
  const uint32_t size = static_cast<uint32_t>(bytes.size() - 4);
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(size >> (8 * i) & 0xff);
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = write(fd, bytes.data() + sent, bytes.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return absl::UnavailableError(
          absl::StrCat("writing a message to the pipe failed: ", std::strerror(errno)));
    sent += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status ReadMessage(int fd, google::protobuf::MessageLite& message, absl::Duration timeout) {
  const absl::Duration deadline =
      timeout == absl::InfiniteDuration() ? timeout : SystemClock().Monotonic() + timeout;
  unsigned char header[4];
  size_t got = 0;
  absl::Status status = ReadAll(fd, reinterpret_cast<char*>(header), sizeof header, deadline, got);
  if (absl::IsOutOfRange(status) && got > 0)
    return absl::DataLossError("the other side closed the pipe in the middle of a message");
  if (!status.ok()) return status;
  uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size |= static_cast<uint32_t>(header[i]) << (8 * i);
  if (size > kMaxMessageBytes)
    return absl::DataLossError(
        absl::StrCat("the message claims to have ", size, " bytes, which is more than allowed"));
  std::string bytes;
  while (bytes.size() < size) {  // in parts, so that a wrong length does not allocate much memory
    const size_t start = bytes.size();
    bytes.resize(start + std::min<size_t>(size - start, kPartBytes));
    status = ReadAll(fd, bytes.data() + start, bytes.size() - start, deadline, got);
    if (absl::IsOutOfRange(status))
      return absl::DataLossError("the other side closed the pipe in the middle of a message");
    if (!status.ok()) return status;
  }
  if (!message.ParseFromString(bytes))
    return absl::DataLossError("the message is damaged: it does not parse");
  return absl::OkStatus();
}

}  // namespace diapason
