#include "tuner/job/device_choice.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/domain/target_fit.h"

namespace diapason::tuner {
namespace {

// The connected boards with one fingerprint.
struct Kind {
  bool emulated = false;
  bool same_design = false;
  double distance = 0;  // of the nearest board; boards of one fingerprint may differ in their number of cores
  int boards = 0;
};

bool IsBetter(const Kind& a, const Kind& b) {
  return std::tuple(a.emulated, !a.same_design, a.distance, -a.boards) <
         std::tuple(b.emulated, !b.same_design, b.distance, -b.boards);
}

}  // namespace

absl::StatusOr<v1::DeviceSelector> ChooseDevices(const v1::SubmitJobRequest& request,
                                                 absl::Span<const v1::DeviceStatus> devices) {
  const v1::Target& target = request.target();
  v1::DeviceSelector selector = request.selector();
  std::map<std::string, Kind> kinds;  // by fingerprint, so that the order of the devices does not matter
  std::vector<std::string> others;
  for (const v1::DeviceStatus& device : devices) {
    if (device.state() == v1::DEVICE_STATE_OFFLINE) continue;
    const std::string& id = device.device().device_id();
    const std::string missing = WhatIsMissing(target, device.device().target());
    if (selector.device_id() == id) {
      if (missing.empty()) return selector;
      return absl::InvalidArgumentError(absl::StrCat("code for the target ", target.name(),
                                                     " does not run on the device ", id, ", which ", missing,
                                                     "; use --target device:", id));
    }
    others.push_back(missing.empty() ? id : absl::StrCat(id, " (", missing, ")"));
    if (!missing.empty()) continue;
    if (!IsSelected(selector, id, device.target_fingerprint())) continue;
    Kind& kind = kinds[device.target_fingerprint()];
    kind.emulated = kind.emulated || device.device().emulated();
    kind.same_design = SameMicroarchitecture(target, device.device().target());
    const double distance = MachineDistance(target, device.device().target());
    kind.distance = kind.boards == 0 ? distance : std::min(kind.distance, distance);
    ++kind.boards;
  }
  if (kinds.empty()) {
    const std::string what = selector.device_id().empty() ? absl::StrCat("device of target ", target.name())
                                                          : absl::StrCat("device ", selector.device_id());
    return absl::UnavailableError(absl::StrCat(
        "no ", what, " is connected (connected: ", others.empty() ? "none" : absl::StrJoin(others, ", "),
        "); start device-agent --tracker HOST:PORT on it"));
  }
  auto best = kinds.begin();
  for (auto kind = kinds.begin(); kind != kinds.end(); ++kind) {
    if (IsBetter(kind->second, best->second)) best = kind;
  }
  selector.set_target_fingerprint(best->first);
  return selector;
}

DeviceFacts FactsOf(absl::Span<const v1::DeviceStatus> devices, const v1::DeviceSelector& selector) {
  DeviceFacts facts;
  bool any = false;
  for (const v1::DeviceStatus& device : devices) {
    const v1::DeviceInfo& info = device.device();
    if (device.state() == v1::DEVICE_STATE_OFFLINE ||
        !IsSelected(selector, info.device_id(), device.target_fingerprint())) {
      continue;
    }
    const int cores = std::max(1, info.target().cores());
    facts.cores = any ? std::min(facts.cores, cores) : cores;
    any = true;
    if (!facts.speed && info.has_speed()) facts.speed = info.speed();
  }
  return facts;
}

absl::StatusOr<std::vector<int>> ChooseThreads(absl::Span<const int32_t> wanted, int cores) {
  std::vector<int> threads(wanted.begin(), wanted.end());
  if (threads.empty()) threads = {1, cores};
  std::ranges::sort(threads);
  threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
  if (threads.front() < 1 || threads.back() > cores) {
    return absl::InvalidArgumentError(
        absl::StrCat("the job asks for ", threads.front() < 1 ? threads.front() : threads.back(),
                     " threads, and its devices have ", cores, " cores; ask for 1 to ", cores));
  }
  return threads;
}

}  // namespace diapason::tuner
