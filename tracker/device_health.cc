#include "tracker/device_health.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/domain/outcome.h"

namespace diapason::tracker {
namespace {

constexpr int kFailuresToRest = 3;
constexpr absl::Duration kFirstBackOff = absl::Seconds(10);
constexpr absl::Duration kLongestBackOff = absl::Minutes(5);
// The check deadline. It is so long because the agent may have begun another trial, which ends within
// minutes (RunDeadline).
constexpr absl::Duration kCheckDeadline = absl::Minutes(5);

}  // namespace

void DeviceHealth::RecordOutcome(const v1::Outcome& outcome, absl::Duration now) {
  const OutcomeSubject subject = SubjectOf(outcome.kind());
  if (subject == OutcomeSubject::kDevice) return Fail(outcome.kind(), outcome.message(), now);
  // A result that was on its way when the device's rest began does not end the rest.
  if (subject != OutcomeSubject::kSchedule || !usable()) return;
  failures_in_row_ = 0;
  back_off_ = absl::ZeroDuration();
  checking_ = false;
  if (state_ == v1::DEVICE_HEALTH_SUSPECT) Enter(v1::DEVICE_HEALTH_GOOD, "", now);
}

void DeviceHealth::RecordAgentReport(absl::string_view unfit_reason, const v1::HealthCheck& check,
                                     absl::Duration now) {
  if (!unfit_reason.empty()) {
    checking_ = false;
    return Enter(v1::DEVICE_HEALTH_UNFIT, unfit_reason, now);
  }
  if (state_ == v1::DEVICE_HEALTH_UNFIT) return Suspect("its agent can measure again", now);
  if (!checking_ || check.id() != check_id_ || !check.has_outcome()) return;
  checking_ = false;
  if (IsOk(check.outcome())) {
    if (state_ != v1::DEVICE_HEALTH_SUSPECT)
      Enter(v1::DEVICE_HEALTH_SUSPECT, absl::StrCat("its health check passed after a rest (", reason_, ")"),
            now);
  } else {
    Rest(check.outcome().kind(), absl::StrCat("health check: ", check.outcome().message()), now);
  }
}

void DeviceHealth::Release(absl::Duration now) {
  if (state_ == v1::DEVICE_HEALTH_GOOD || state_ == v1::DEVICE_HEALTH_UNFIT) return;
  failures_in_row_ = 0;
  back_off_ = absl::ZeroDuration();
  Suspect("released by an operator", now);
}

int64_t DeviceHealth::WantedCheck(absl::Duration now) {
  if (checking_ && now - checking_since_ >= kCheckDeadline) {
    Rest(v1::OUTCOME_KIND_DEVICE_LOST,
         absl::StrCat("health check: the agent did not answer within ", absl::FormatDuration(kCheckDeadline),
                      " (check deadline)"),
         now);
  }
  const bool rests = state_ == v1::DEVICE_HEALTH_COOLING || state_ == v1::DEVICE_HEALTH_QUARANTINED;
  if (rests && !checking_ && now >= rests_until_) Check(now);
  return checking_ ? check_id_ : 0;
}

int DeviceHealth::Room(int most) const {
  if (!usable()) return 0;
  if (state_ == v1::DEVICE_HEALTH_GOOD) return most;
  return checking_ ? 0 : 1;
}

absl::Duration DeviceHealth::UntilCheck(absl::Duration now) const {
  if (usable() || state_ == v1::DEVICE_HEALTH_UNFIT) return absl::ZeroDuration();
  return std::max(rests_until_ - now, absl::ZeroDuration());
}

void DeviceHealth::Fail(v1::OutcomeKind kind, absl::string_view message, absl::Duration now) {
  ++failures_in_row_;
  if (!usable()) return;  // the device got this trial before its rest
  const std::string said = absl::StrCat(OutcomeKindWord(kind), ": ", message);
  if (failures_in_row_ < kFailuresToRest) return Suspect(said, now);
  Rest(kind, absl::StrCat(failures_in_row_, " failures in a row, the last: ", said), now);
}

void DeviceHealth::Rest(v1::OutcomeKind kind, absl::string_view reason, absl::Duration now) {
  back_off_ = std::clamp(2 * back_off_, kFirstBackOff, kLongestBackOff);
  rests_until_ = now + back_off_;
  checking_ = false;
  Enter(kind == v1::OUTCOME_KIND_THROTTLED ? v1::DEVICE_HEALTH_COOLING : v1::DEVICE_HEALTH_QUARANTINED,
        reason, now);
}

void DeviceHealth::Suspect(absl::string_view reason, absl::Duration now) {
  Check(now);
  Enter(v1::DEVICE_HEALTH_SUSPECT, reason, now);
}

void DeviceHealth::Check(absl::Duration now) {
  checking_ = true;
  checking_since_ = now;
  ++check_id_;
}

void DeviceHealth::Enter(v1::DeviceHealth state, absl::string_view reason, absl::Duration now) {
  if (state != state_) since_ = now;
  state_ = state;
  reason_ = std::string(reason);
}

}  // namespace diapason::tracker
