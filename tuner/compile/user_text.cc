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
      absl::StrCat(name, ": MLIR cannot read this text (", status.message(),
                   "); look for a bracket that is missing or closes too early; mlir-opt-22 may show where"));
}

}  // namespace diapason::tuner
