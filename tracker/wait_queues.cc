#include "tracker/wait_queues.h"

#include "absl/strings/str_cat.h"

namespace diapason::tracker {

std::string DeviceQueue(absl::string_view device_id) { return absl::StrCat("device/", device_id); }
std::string ClientQueue(absl::string_view client_id) { return absl::StrCat("client/", client_id); }

WaitQueues::Waiter::Waiter(WaitQueues& queues, absl::string_view queue) : queues_(queues) {
  MutexLock lock(queues_.mu_);
  place_ = queues_.waiters_.emplace(std::string(queue), this);
}

WaitQueues::Waiter::~Waiter() {
  MutexLock lock(queues_.mu_);
  queues_.waiters_.erase(place_);
}

void WaitQueues::Waiter::Wait(absl::Duration timeout) {
  MutexLock lock(queues_.mu_);
  // No loop is needed: if this wait ends for no reason, the caller only checks its condition once more.
  if (!woken_ && !queues_.closed_) changed_.WaitFor(queues_.mu_, timeout);
  woken_ = false;
}

void WaitQueues::Wake(absl::string_view queue) {
  MutexLock lock(mu_);
  const auto [begin, end] = waiters_.equal_range(queue);
  for (auto it = begin; it != end; ++it) {
    it->second->woken_ = true;
    it->second->changed_.SignalAll();
  }
}

void WaitQueues::Close() {
  MutexLock lock(mu_);
  closed_ = true;
  for (auto& [queue, waiter] : waiters_) waiter->changed_.SignalAll();
}

bool WaitQueues::closed() const {
  MutexLock lock(mu_);
  return closed_;
}

}  // namespace diapason::tracker
