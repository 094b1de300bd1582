#include "tuner/job/device_wait.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/target_fit.h"
#include "tracker/device_words.h"

namespace diapason::tuner {
namespace {

constexpr size_t kMaxNamed = 3;  // devices that one line names

bool IsAllowed(const v1::DeviceStatus& device, const v1::DeviceSelector& selector) {
  return IsSelected(selector, device.device().device_id(), device.target_fingerprint());
}

}  // namespace

v1::DeviceSelector JobSelector(const v1::SubmitJobRequest& request) {
  v1::DeviceSelector selector = request.selector();
  if (selector.device_id().empty() && selector.target_fingerprint().empty()) {
    selector.set_target_fingerprint(TargetFingerprint(request.target()));
  }
  return selector;
}

int CountConnected(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector) {
  return static_cast<int>(std::count_if(devices.begin(), devices.end(), [&](const v1::DeviceStatus& device) {
    return device.state() != v1::DEVICE_STATE_OFFLINE && IsAllowed(device, selector);
  }));
}

std::string WaitReason(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector,
                       absl::Time now) {
  std::vector<std::string> reasons;
  size_t more = 0;
  for (const v1::DeviceStatus& device : devices) {
    if (!IsAllowed(device, selector)) continue;
    const std::string why = tracker::WhyUnusable(device, now);
    if (why.empty()) return "";
    if (reasons.size() < kMaxNamed) {
      reasons.push_back(absl::StrCat(device.device().device_id(), " is ", why));
    } else {
      ++more;
    }
  }
  if (reasons.empty()) return "no matching device is connected";
  const std::string text = absl::StrJoin(reasons, "; ");
  return more == 0 ? text : absl::StrCat(text, "; and ", more, " more");
}

}  // namespace diapason::tuner
