#include "tracker/doorbells.h"

namespace diapason::tracker {

Doorbells::Listener::Listener(Doorbells& bells, absl::string_view door) : bells_(bells) {
  MutexLock lock(bells_.mu_);
  place_ = bells_.listeners_.emplace(std::string(door), this);
}

Doorbells::Listener::~Listener() {
  MutexLock lock(bells_.mu_);
  bells_.listeners_.erase(place_);
}

void Doorbells::Listener::Wait(absl::Duration timeout) {
  MutexLock lock(bells_.mu_);
  // One wait is enough: a wake without a ring only makes the caller look once more.
  if (!rung_ && !bells_.closed_) changed_.WaitFor(bells_.mu_, timeout);
  rung_ = false;
}

void Doorbells::Ring(absl::string_view door) {
  MutexLock lock(mu_);
  const auto [begin, end] = listeners_.equal_range(door);
  for (auto it = begin; it != end; ++it) {
    it->second->rung_ = true;
    it->second->changed_.SignalAll();
  }
}

void Doorbells::Close() {
  MutexLock lock(mu_);
  closed_ = true;
  for (auto& [door, listener] : listeners_) listener->changed_.SignalAll();
}

bool Doorbells::closed() const {
  MutexLock lock(mu_);
  return closed_;
}

}  // namespace diapason::tracker
