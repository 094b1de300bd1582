#include "tracker/tracker.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "tracker/registration.h"

namespace diapason::tracker {
namespace {

constexpr absl::Duration kWaitSlice = absl::Seconds(1);  // how often a long poll checks all deadlines
constexpr absl::Duration kMaxCollectWait = absl::Seconds(30);

bool HasNews(const v1::SynchronizeResponse& response) {
  return response.health_check_id() != 0 || response.assignments_size() > 0 ||
         response.acknowledged_trial_ids_size() > 0 || response.cancelled_trial_ids_size() > 0;
}

}  // namespace

Tracker::Tracker(const Clock& clock, TrackerOptions options)
    : clock_(clock),
      lease_(options.lease),
      artifacts_(options.artifact_bytes),
      state_{clock, options, artifacts_, queues_},
      lifecycle_(state_),
      agent_calls_(state_, lifecycle_),
      client_calls_(state_, lifecycle_),
      deadlines_(state_, lifecycle_) {}

absl::StatusOr<v1::SynchronizeResponse> Tracker::Synchronize(const v1::SynchronizeRequest& request,
                                                             const IsCancelled& is_cancelled) {
  DIAPASON_RETURN_IF_ERROR(CheckAgent(request));
  const std::string& device_id = request.device().device_id();
  const absl::Duration wait = std::min(absl::Microseconds(request.wait_us()), lease_ / 3);
  const absl::Duration deadline = clock_.Monotonic() + wait;
  WaitQueues::Waiter waiter(queues_, DeviceQueue(device_id));
  int64_t call = 0;
  {
    MutexLock lock(mu_);
    const absl::Duration now = clock_.Monotonic();
    deadlines_.Sweep(now);
    DIAPASON_ASSIGN_OR_RETURN(call, agent_calls_.Begin(request, now));
  }
  while (true) {
    const absl::Duration now = clock_.Monotonic();
    {
      MutexLock lock(mu_);
      deadlines_.Sweep(now);
      if (is_cancelled()) return absl::CancelledError("the caller does not wait for the answer any more");
      Device* device = state_.devices.Find(device_id);
      // If the agent has called again, the later call gets the news. An agent that leaves gets none.
      if (device == nullptr || device->calls != call) return v1::SynchronizeResponse();
      v1::SynchronizeResponse response = agent_calls_.Answer(request, *device, now);
      if (HasNews(response) || now >= deadline || request.leaving() || queues_.closed()) return response;
    }
    waiter.Wait(std::min(deadline - now, kWaitSlice));
  }
}

absl::Status Tracker::Submit(const v1::SubmitTrialsRequest& request, const std::string& owner) {
  if (request.client_id().empty()) return absl::InvalidArgumentError("the submission has no client_id");
  const absl::Duration now = clock_.Monotonic();
  MutexLock lock(mu_);
  deadlines_.Sweep(now);
  DIAPASON_RETURN_IF_ERROR(client_calls_.CheckClient(request.client_id(), owner));
  return client_calls_.Submit(request, owner, now);
}

absl::StatusOr<v1::CollectResultsResponse> Tracker::Collect(const v1::CollectResultsRequest& request,
                                                            const IsCancelled& is_cancelled,
                                                            const std::string& owner) {
  const absl::Duration deadline =
      clock_.Monotonic() + std::min(absl::Microseconds(request.wait_us()), kMaxCollectWait);
  WaitQueues::Waiter waiter(queues_, ClientQueue(request.client_id()));
  bool is_acknowledged = false;
  while (true) {
    const absl::Duration now = clock_.Monotonic();
    {
      MutexLock lock(mu_);
      deadlines_.Sweep(now);
      if (is_cancelled()) return v1::CollectResultsResponse();
      DIAPASON_RETURN_IF_ERROR(client_calls_.CheckClient(request.client_id(), owner));
      if (!is_acknowledged) client_calls_.Acknowledge(request);
      is_acknowledged = true;
      const bool at_once = now >= deadline || queues_.closed();
      std::optional<v1::CollectResultsResponse> response =
          client_calls_.Collect(request.client_id(), owner, at_once, now);
      if (response) return *std::move(response);
    }
    waiter.Wait(std::min(deadline - now, kWaitSlice));
  }
}

absl::Status Tracker::Cancel(const v1::CancelTrialsRequest& request, const std::string& owner) {
  MutexLock lock(mu_);
  DIAPASON_RETURN_IF_ERROR(client_calls_.CheckClient(request.client_id(), owner));
  client_calls_.Cancel(request, owner);
  return absl::OkStatus();
}

v1::ListDevicesResponse Tracker::ListDevices() {
  const absl::Duration now = clock_.Monotonic();
  v1::ListDevicesResponse response;
  MutexLock lock(mu_);
  deadlines_.Sweep(now);
  for (const auto& [id, device] : state_.devices.all()) {
    *response.add_devices() =
        StatusOf(device, static_cast<int64_t>(state_.trials.leases().OfDevice(id).size()), now, clock_.Now());
  }
  return response;
}

absl::StatusOr<v1::ReleaseDeviceResponse> Tracker::ReleaseDevice(const v1::ReleaseDeviceRequest& request) {
  const std::string& id = request.device_id();
  const absl::Duration now = clock_.Monotonic();
  v1::ReleaseDeviceResponse response;
  MutexLock lock(mu_);
  deadlines_.Sweep(now);
  Device* device = state_.devices.Find(id);
  if (device == nullptr) {
    return absl::NotFoundError(absl::StrCat(
        "no device \"", id, "\" is known to this tracker; run `diapason devices` to see which devices are"));
  }
  if (!device->connected) {
    state_.devices.Remove(id);
    response.set_message(absl::StrCat(id, " was offline and is now forgotten: its name is free"));
    return response;
  }
  const v1::DeviceHealth before = device->health.state();
  device->health.Release(now);
  LogHealthChange(*device, before);
  queues_.Wake(DeviceQueue(id));
  switch (device->health.state()) {
    case v1::DEVICE_HEALTH_GOOD:
      response.set_message(absl::StrCat(id, " is healthy: there is nothing to release"));
      break;
    case v1::DEVICE_HEALTH_UNFIT:
      response.set_message(absl::StrCat(id, " cannot measure: ", device->health.reason(),
                                        "; it gets work again when its agent says that it can measure"));
      break;
    default:
      response.set_message(absl::StrCat(id, " is checked now and gets work again when the check passes"));
  }
  return response;
}

}  // namespace diapason::tracker
