#include "tuner/cli/peer_process.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/json_util.h"
#include "proto/base/status_macros.h"

namespace diapason::tuner {

absl::StatusOr<std::unique_ptr<PeerProcess>> PeerProcess::Start(const std::vector<std::string>& argv,
                                                                const std::string& log) {
  ChildOptions options;
  options.argv = argv;
  options.stderr_path = log;
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> child, ChildProcess::Start(options));
  return absl::WrapUnique(new PeerProcess(std::move(child)));
}

absl::StatusOr<JsonObject> PeerProcess::Ask(const JsonObject& request, absl::Duration timeout) {
  kill(-child_->pid(), SIGCONT);
  const std::string line = absl::StrCat(JsonText(request), "\n");
  size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t count = write(child_->write_fd(), line.data() + sent, line.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return absl::FailedPreconditionError("its process has ended");
    sent += static_cast<size_t>(count);
  }
  absl::StatusOr<std::string> answer = ReadLine(timeout);
  kill(-child_->pid(), SIGSTOP);
  DIAPASON_RETURN_IF_ERROR(answer.status());
  JsonObject object;
  if (!google::protobuf::util::JsonStringToMessage(*answer, &object).ok())
    return absl::FailedPreconditionError("its process has sent an answer that is not JSON");
  const auto failed = object.fields().find("failed");
  if (failed != object.fields().end()) return absl::FailedPreconditionError(failed->second.string_value());
  return object;
}

absl::StatusOr<std::string> PeerProcess::ReadLine(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  for (;;) {
    const size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    const int64_t left_ms = absl::ToInt64Milliseconds(deadline - absl::Now());
    pollfd waiting{child_->read_fd(), POLLIN, 0};
    const int ready = left_ms > 0 ? poll(&waiting, 1, static_cast<int>(left_ms)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      return absl::DeadlineExceededError(
          absl::StrCat("it has not answered in ", absl::ToInt64Seconds(timeout), " s"));
    }
    char block[1 << 16];
    const ssize_t count = read(child_->read_fd(), block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return absl::FailedPreconditionError("its process has ended");
    unread_.append(block, static_cast<size_t>(count));
  }
}

}  // namespace diapason::tuner
