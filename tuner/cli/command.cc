#include "tuner/cli/command.h"

#include <cstdio>
#include <utility>

namespace diapason::tuner {

int Report(const absl::Status& status, int exit_code) {
  if (status.ok()) return kExitOk;
  std::fprintf(stderr, "diapason: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

int Report(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:  // of a path that the user gave
    case absl::StatusCode::kUnimplemented:
      return Report(status, kExitBadInput);
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return Report(status, kExitUnavailable);
    case absl::StatusCode::kCancelled:
      return Report(status, kExitInterrupted);
    default:
      return Report(status, kExitFailed);
  }
}

void SetBody(CLI::App& command, int& exit_code, Body body) {
  command.callback([&exit_code, body = std::move(body)] { exit_code = body(); });
}

}  // namespace diapason::tuner
