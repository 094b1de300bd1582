#include "tuner/compile/user_text.h"

#include "absl/strings/str_cat.h"
#include "proto/processes/try_in_child.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kReadTime = absl::Seconds(60);

}  // namespace

absl::Status TryToRead(const std::string& name, const std::function<absl::Status()>& read) {
  const absl::Status status = TryInChild(read, kReadTime);
  if (!absl::IsAborted(status) && !absl::IsDeadlineExceeded(status)) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": MLIR crashed or hung while reading this text (", status.message(),
                   "); look for a missing or misplaced bracket, for example with mlir-opt-22"));
}

}  // namespace diapason::tuner
