// Ctrl-C and SIGTERM as something to ask for, instead of something that happens: so that children end, and
// files are removed, in every case. And in every case soon: a command that has not ended kGrace after the
// first signal, or that gets a second one, is ended from here, whatever it is at.
#ifndef DIAPASON_TUNER_CLI_INTERRUPT_H_
#define DIAPASON_TUNER_CLI_INTERRUPT_H_

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "proto/base/mutex.h"

namespace diapason::tuner {

// Made before any other thread is started (they inherit the signal mask), once in a program.
class Interrupt {
 public:
  // Long enough to tell a server and to end children, and within a second for whoever waits at a terminal.
  static constexpr absl::Duration kGrace = absl::Milliseconds(800);

  Interrupt();
  ~Interrupt();

  bool happened() const { return happened_; }

  // Called once, on a thread of its own, when the user interrupts; at once if that has happened. One at a
  // time; must not block.
  void OnInterrupt(std::function<void()> action);
  void Clear() { OnInterrupt(nullptr); }

  // Called, the last first, before the process is ended from here, where destructors do not run: they remove
  // what must not stay. Children need none: they die with this process.
  void PushCleanup(std::function<void()> cleanup);
  void PopCleanup();

 private:
  void Wait();
  [[noreturn]] void ForceExit();

  std::atomic<bool> happened_ = false;
  std::atomic<bool> stopping_ = false;
  Mutex mu_;
  std::function<void()> action_ ABSL_GUARDED_BY(mu_);
  std::vector<std::function<void()>> cleanups_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_INTERRUPT_H_
