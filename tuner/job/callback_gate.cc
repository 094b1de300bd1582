#include "tuner/job/callback_gate.h"

namespace diapason::tuner {

CallbackGate::Call::Call(State& state) : state_(state) {
  MutexLock lock(state_.mu);
  is_open_ = state_.open;
  if (is_open_) ++state_.running;
}

CallbackGate::Call::~Call() {
  if (!is_open_) return;
  MutexLock lock(state_.mu);
  if (--state_.running == 0) state_.changed.SignalAll();
}

void CallbackGate::Close() {
  MutexLock lock(state_->mu);
  state_->open = false;
  while (state_->running > 0) state_->changed.Wait(state_->mu);
}

}  // namespace diapason::tuner
