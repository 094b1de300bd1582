#include "tuner/job/job_devices.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "spdlog/spdlog.h"
#include "tuner/job/device_wait.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kAskEvery = absl::Seconds(2);

}  // namespace

JobDevices::JobDevices(Measurer& measurer, const Clock& clock, RunSignal& signal, absl::Duration most_wait,
                       v1::DeviceSelector selector, std::string job_id)
    : measurer_(measurer),
      clock_(clock),
      signal_(signal),
      most_wait_(most_wait),
      selector_(std::move(selector)),
      job_id_(std::move(job_id)) {}

void JobDevices::Update() {
  const absl::Duration now = clock_.Monotonic();
  if (asked_at_ != absl::ZeroDuration() && now - asked_at_ < kAskEvery) return;
  asked_at_ = now;
  const auto devices = measurer_.Devices();
  SetWaitReason(
      devices.ok() ? WaitReason(*devices, selector_, clock_.Now()) : std::string(devices.status().message()),
      now);
  if (!devices.ok()) return;
  const int connected = CountConnected(*devices, selector_);
  MutexLock lock(mu_);
  if (connected_ != connected) signal_.Changed();
  connected_ = connected;
}

void JobDevices::SetWaitReason(const std::string& reason, absl::Duration now) {
  MutexLock lock(mu_);
  if (reason.empty() != waits_for_.empty()) {
    waits_since_ = now;
    if (reason.empty()) {
      spdlog::info("job={} continues: a device works for it", job_id_);
    } else {
      spdlog::warn("job={} waits: {}", job_id_, reason);
    }
  }
  if (reason != waits_for_) signal_.Changed();
  waits_for_ = reason;
  if (!reason.empty() && now - waits_since_ >= most_wait_ && !signal_.ending()) {
    signal_.Fail(absl::InternalError(absl::StrCat("no device worked for this job for ",
                                                  absl::FormatDuration(most_wait_),
                                                  " (device-wait deadline): ", reason)));
  }
}

int JobDevices::connected() const {
  MutexLock lock(mu_);
  return connected_;
}

std::string JobDevices::WaitingFor() const {
  MutexLock lock(mu_);
  if (waits_for_.empty()) return "";
  const absl::Duration waited = absl::Trunc(clock_.Monotonic() - waits_since_, absl::Seconds(1));
  return absl::StrCat(waits_for_, " (waiting for ", absl::FormatDuration(waited), ", at most ",
                      absl::FormatDuration(most_wait_), ")");
}

}  // namespace diapason::tuner
