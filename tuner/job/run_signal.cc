#include "tuner/job/run_signal.h"

namespace diapason::tuner {

void RunSignal::Changed() {
  MutexLock lock(mu_);
  ChangedLocked();
}

void RunSignal::RequestStop() {
  MutexLock lock(mu_);
  stop_ = true;
  ChangedLocked();
}

void RunSignal::RequestCancel() {
  MutexLock lock(mu_);
  cancel_ = true;
  ChangedLocked();
}

void RunSignal::Fail(const absl::Status& why) {
  MutexLock lock(mu_);
  if (failure_.ok()) failure_ = why;
  ChangedLocked();
}

bool RunSignal::ending() const {
  MutexLock lock(mu_);
  return EndingLocked();
}

bool RunSignal::stopping() const {
  MutexLock lock(mu_);
  return stop_;
}

bool RunSignal::cancelled() const {
  MutexLock lock(mu_);
  return cancel_;
}

absl::Status RunSignal::failure() const {
  MutexLock lock(mu_);
  return failure_;
}

void RunSignal::SetEnded() {
  MutexLock lock(mu_);
  ended_ = true;
  ChangedLocked();
}

void RunSignal::WaitForEvent(absl::Duration timeout) {
  MutexLock lock(mu_);
  if (version_ == seen_by_thread_) changed_.WaitFor(mu_, timeout);
  seen_by_thread_ = version_;
}

int64_t RunSignal::WaitForChange(int64_t version, absl::Duration timeout) const {
  MutexLock lock(mu_);
  if (version_ <= version && !ended_) changed_.WaitFor(mu_, timeout);
  return version_;
}

bool RunSignal::EndingLocked() const { return stop_ || cancel_ || !failure_.ok(); }

void RunSignal::ChangedLocked() {
  ++version_;
  changed_.SignalAll();
}

}  // namespace diapason::tuner
