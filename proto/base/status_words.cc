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
      return "the request was refused as wrong, without saying what is wrong with it";
    case absl::StatusCode::kDeadlineExceeded:
      return "no answer came in time";
    case absl::StatusCode::kNotFound:
      return "what was asked for is not there";
    case absl::StatusCode::kAlreadyExists:
      return "what was to be made is there already";
    case absl::StatusCode::kPermissionDenied:
      return "the other side does not allow this; check the certificate's role, or the rights of the file";
    case absl::StatusCode::kUnauthenticated:
      return "the other side does not know who asks; check --cert, --key and --ca";
    case absl::StatusCode::kResourceExhausted:
      return "a limit of memory, disk, queue or message size was reached";
    case absl::StatusCode::kFailedPrecondition:
      return "this is not possible in the present state";
    case absl::StatusCode::kAborted:
      return "the call was given up on the other side; try again";
    case absl::StatusCode::kOutOfRange:
      return "a value is outside of what is allowed";
    case absl::StatusCode::kUnimplemented:
      return "the other side does not know this call: it is another program, or one of another version";
    case absl::StatusCode::kUnavailable:
      return "the other side cannot be reached now; check that it runs, and try again";
    case absl::StatusCode::kDataLoss:
      return "stored or received bytes are broken";
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    default:
      return "something failed without saying what; the messages (stderr) of the programs that took part may "
             "tell";
  }
}

}  // namespace

absl::Status WithWords(const absl::Status& status) {
  if (status.ok() || !status.message().empty()) return status;
  return WithMessage(
      status, absl::StrCat(Meaning(status.code()), " (", absl::StatusCodeToString(status.code()), ")"));
}

}  // namespace diapason
