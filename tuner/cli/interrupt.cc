#include "tuner/cli/interrupt.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "absl/time/clock.h"
#include "tuner/cli/command.h"

namespace diapason::tuner {
namespace {

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([this] { Wait(); });
}

Interrupt::~Interrupt() {
  stopping_ = true;
  thread_.join();
}

void Interrupt::Wait() {
  const sigset_t signals = Signals();
  const timespec slice = {0, 50'000'000};
  absl::Time first = absl::InfiniteFuture();
  while (!stopping_) {
    if (sigtimedwait(&signals, nullptr, &slice) < 0) {
      if (absl::Now() - first > kGrace) ForceExit();
      continue;
    }
    if (happened_) ForceExit();
    first = absl::Now();
    MutexLock lock(mu_);
    happened_ = true;
    if (action_) action_();
  }
}

void Interrupt::ForceExit() {
  {
    MutexLock lock(mu_);
    while (!cleanups_.empty()) {
      cleanups_.back()();
      cleanups_.pop_back();
    }
  }
  constexpr char kMessage[] = "diapason: interrupted\n";
  (void)!write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(kExitInterrupted);
}

void Interrupt::PushCleanup(std::function<void()> cleanup) {
  MutexLock lock(mu_);
  cleanups_.push_back(std::move(cleanup));
}

void Interrupt::PopCleanup() {
  MutexLock lock(mu_);
  cleanups_.pop_back();
}

void Interrupt::OnInterrupt(std::function<void()> action) {
  MutexLock lock(mu_);
  action_ = std::move(action);
  if (happened_ && action_) action_();
}

}  // namespace diapason::tuner
