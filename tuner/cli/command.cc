#include "tuner/cli/command.h"

#include <cstdio>
#include <utility>

#include "db/log_fault.h"
#include "proto/base/status_words.h"

namespace diapason::tuner {

int ExitCodeOf(const absl::Status& status) {
  if (db::IsLogFault(status)) return kExitLogUnusable;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:  // for a path that the user gave
    case absl::StatusCode::kUnimplemented:
      return kExitBadInput;
    case absl::StatusCode::kDataLoss:  // for a server's log, because gRPC loses the mark of a log fault
      return kExitLogUnusable;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitUnavailable;
    case absl::StatusCode::kCancelled:
      return kExitInterrupted;
    default:
      return kExitFailed;
  }
}

std::string ErrorText(const absl::Status& status) { return std::string(WithWords(status).message()); }

int Report(const absl::Status& status) {
  if (!status.ok()) std::fprintf(stderr, "diapason: %s\n", ErrorText(status).c_str());
  return ExitCodeOf(status);
}

int Report(const absl::Status& status, int exit_code) {
  const int of_status = Report(status);
  return status.ok() || db::IsLogFault(status) ? of_status : exit_code;
}

void SetBody(CLI::App& command, int& exit_code, Body body) {
  command.callback([&exit_code, body = std::move(body)] { exit_code = body(); });
}

}  // namespace diapason::tuner
