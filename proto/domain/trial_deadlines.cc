#include "proto/domain/trial_deadlines.h"

namespace diapason {
namespace {

constexpr absl::Duration kChildren = absl::Minutes(1);  // to start and end two children on a busy board
constexpr absl::Duration kMargin = absl::Seconds(30);   // for calls that arrive late

}  // namespace

absl::Duration RunTimeout(const v1::MeasureOptions& options) {
  const absl::Duration timeout = absl::Microseconds(options.timeout_us());
  return timeout > absl::ZeroDuration() ? timeout : kDefaultRunTimeout;
}

absl::Duration RunDeadline(const v1::MeasureRequest& request) {
  return RunTimeout(request.options()) + kReferenceTimeout + kChildren;
}

absl::Duration HoldDeadline(const v1::MeasureRequest& request) {
  return RunDeadline(request) + kFetchTimeout + kMargin;
}

}  // namespace diapason
