#include "tuner/cli/interrupt.h"

#include <signal.h>
#include <time.h>

#include <utility>

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
  const timespec slice = {0, 100'000'000};
  while (!stopping_) {
    if (sigtimedwait(&signals, nullptr, &slice) < 0) continue;
    MutexLock lock(mu_);
    if (!happened_.exchange(true) && action_) action_();
  }
}

void Interrupt::OnInterrupt(std::function<void()> action) {
  MutexLock lock(mu_);
  action_ = std::move(action);
  if (happened_ && action_) action_();
}

}  // namespace diapason::tuner
