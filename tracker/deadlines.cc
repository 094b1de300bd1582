#include "tracker/deadlines.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/domain/outcome.h"
#include "proto/domain/trial_deadlines.h"
#include "spdlog/spdlog.h"

namespace diapason::tracker {
namespace {

constexpr absl::Duration kSweepInterval = absl::Milliseconds(100);
constexpr absl::Duration kTrialsInterval = absl::Seconds(1);  // the deadlines of trials are some minutes long

// Finds out whether some device fits a selector, and remembers the answer. A queue can have thousands of
// trials, but they name only few different selectors.
class FitCache {
 public:
  explicit FitCache(std::vector<DeviceView> devices) : devices_(std::move(devices)) {}

  bool SomeDeviceFits(const v1::DeviceSelector& selector) {
    const auto [entry, is_new] =
        fits_.try_emplace({selector.device_id(), selector.target_fingerprint()}, false);
    if (is_new) {
      entry->second = std::any_of(devices_.begin(), devices_.end(),
                                  [&](const DeviceView& device) { return Matches(selector, device); });
    }
    return entry->second;
  }

 private:
  const std::vector<DeviceView> devices_;
  std::map<std::pair<std::string, std::string>, bool> fits_;
};

}  // namespace

void Deadlines::Sweep(absl::Duration now) {
  if (now - last_sweep_ < kSweepInterval) return;
  last_sweep_ = now;
  SweepAgents(now);
  if (now - last_trials_ >= kTrialsInterval) {
    last_trials_ = now;
    SweepHolds(now);
    SweepQueue(now);
  }
  state_.devices.Forget(now, state_.options.forget_device);
  SweepClients(now);
}

void Deadlines::SweepAgents(absl::Duration now) {
  for (auto& [id, device] : state_.devices.all()) {
    if (!device.connected || now - device.last_seen < state_.options.lease) continue;
    spdlog::warn("device={} lost: it has been silent for {} s", id,
                 absl::ToInt64Seconds(now - device.last_seen));
    device.connected = false;
    trials_.RevokeLeases(id, "its agent stopped calling");
  }
}

void Deadlines::SweepHolds(absl::Duration now) {
  const std::map<std::string, Lease> oldest = state_.trials.leases().OldestOfEachDevice();
  for (auto& [id, device] : state_.devices.all()) {
    const auto found = oldest.find(id);
    const int64_t token = found == oldest.end() ? 0 : found->second.fencing_token;
    if (token != std::exchange(device.oldest_token, token)) device.oldest_since = now;
    if (token == 0) continue;
    TrackedTrial& trial = *state_.trials.Find(found->second.trial_id);
    const absl::Duration deadline = HoldDeadline(trial.submission.request());
    if (now - device.oldest_since < deadline) continue;
    const std::string reason =
        absl::StrCat("the device delivered no result within ", absl::FormatDuration(deadline),
                     " (hold deadline), although its agent is connected");
    spdlog::warn("trial={} device={} failed: {}", trial.id(), id, reason);
    trials_.FailAttempt(trial, id, reason);
    const v1::DeviceHealth before = device.health.state();
    device.health.RecordOutcome(MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, reason), now);
    LogHealthChange(device, before);
    if (!device.health.usable()) trials_.RevokeLeases(id, "");
    state_.queues.Wake(DeviceQueue(id));
  }
}

void Deadlines::SweepQueue(absl::Duration now) {
  const TrackerOptions& options = state_.options;
  FitCache fits(UsableDevices(state_.devices));
  std::vector<std::pair<TrackedTrial*, std::string>> late;
  for (const auto& [sequence, trial] : state_.trials.waiting()) {
    if (fits.SomeDeviceFits(trial->submission.selector())) trial->no_device_since = now;
    if (now - trial->no_device_since >= options.no_device_deadline) {
      late.emplace_back(
          trial, absl::StrCat("no usable device that fits was connected for ",
                              absl::FormatDuration(options.no_device_deadline), " (no-device deadline)"));
    } else if (now - trial->waits_since >= options.queue_deadline) {
      late.emplace_back(trial, absl::StrCat("it waited for ", absl::FormatDuration(options.queue_deadline),
                                            " behind other trials (queue deadline)"));
    }
  }
  for (const auto& [trial, reason] : late) trials_.GiveUp(*trial, reason);
}

void Deadlines::SweepClients(absl::Duration now) {
  std::vector<std::string> dropped, silent;
  for (auto& [id, client] : state_.clients.all()) {
    const absl::Duration silence = now - client.last_seen;
    const size_t unfinished = client.trials.size() - client.finished.size();
    if (silence >= state_.options.forget_client) silent.push_back(id);
    if (silence < state_.options.client_lease || unfinished == 0) continue;
    spdlog::warn("client={} has been silent for {} s: its {} unfinished trials are dropped", id,
                 absl::ToInt64Seconds(silence), unfinished);
    client.submit_again = true;
    std::set_difference(client.trials.begin(), client.trials.end(), client.finished.begin(),
                        client.finished.end(), std::back_inserter(dropped));
  }
  for (const std::string& trial : dropped) trials_.Forget(*state_.trials.Find(trial));
  for (const std::string& id : silent) {
    const std::set<std::string> trials = state_.clients.Find(id)->trials;
    if (!trials.empty()) spdlog::warn("client={} lost: its {} results are dropped", id, trials.size());
    for (const std::string& trial : trials) trials_.Forget(*state_.trials.Find(trial));
    state_.clients.Remove(id);
  }
}

}  // namespace diapason::tracker
