#include "proto/base/status_words.h"

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"

namespace diapason {
namespace {

const char* Meaning(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return "nothing went wrong";
    case absl::StatusCode::kCancelled:
      return "the call was cancelled before it was answered";
    case absl::StatusCode::kInvalidArgument:
      return "the other side refused the request as not valid and did not say why";
    case absl::StatusCode::kDeadlineExceeded:
      return "no answer arrived in time";
    case absl::StatusCode::kNotFound:
      return "what the request asks for does not exist";
    case absl::StatusCode::kAlreadyExists:
      return "what the request should create already exists";
    case absl::StatusCode::kPermissionDenied:
      return "permission was denied; check the role of the certificate, or the permissions of the file";
    case absl::StatusCode::kUnauthenticated:
      return "the other side could not verify who is asking; check --cert, --key and --ca";
    case absl::StatusCode::kResourceExhausted:
      return "a limit of memory, disk, queue or message size was reached";
    case absl::StatusCode::kFailedPrecondition:
      return "this is not possible in the present state of the other side";
    case absl::StatusCode::kAborted:
      return "the other side gave the call up; try again";
    case absl::StatusCode::kOutOfRange:
      return "a value is outside of the allowed range";
    case absl::StatusCode::kUnimplemented:
      return "the other side does not know this call; check that the address is right and that both sides "
             "are of the same release";
    case absl::StatusCode::kUnavailable:
      return "the other side cannot be reached; check that it is running, and try again";
    case absl::StatusCode::kDataLoss:
      return "stored or received data is damaged";
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    default:
      return "the call failed without a message; the output (stderr) of the programs that took part may tell "
             "why";
  }
}

}  // namespace

absl::Status WithWords(const absl::Status& status) {
  if (status.ok() || !status.message().empty()) return status;
  return WithMessage(
      status, absl::StrCat(Meaning(status.code()), " (", absl::StatusCodeToString(status.code()), ")"));
}

}  // namespace diapason
