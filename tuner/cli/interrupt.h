// Ctrl-C and SIGTERM as something to ask for, instead of something that happens: so that children end, and files are
// removed, in every case.
#ifndef DIAPASON_TUNER_CLI_INTERRUPT_H_
#define DIAPASON_TUNER_CLI_INTERRUPT_H_

#include <atomic>
#include <functional>
#include <thread>

#include "proto/support/mutex.h"

namespace diapason::tuner {

// Made before any other thread is started (they inherit the signal mask), once in a program.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();

  bool happened() const { return happened_; }

  // Called once, on a thread of its own, when the user interrupts; at once if that has happened. One at a time.
  void OnInterrupt(std::function<void()> action);
  void Clear() { OnInterrupt(nullptr); }

 private:
  void Wait();

  std::atomic<bool> happened_ = false;
  std::atomic<bool> stopping_ = false;
  Mutex mu_;
  std::function<void()> action_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_INTERRUPT_H_
