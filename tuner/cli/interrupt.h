// Turns Ctrl-C and SIGTERM into a flag that a command checks, instead of the sudden end of the process. So
// children are ended and files are removed in every case. A command that has not ended kGrace after the
// first signal, or that gets a second one, is ended by this class at once.
#ifndef DIAPASON_TUNER_CLI_INTERRUPT_H_
#define DIAPASON_TUNER_CLI_INTERRUPT_H_

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "proto/base/mutex.h"

namespace diapason::tuner {

// Make it once in a program, before any other thread starts, because threads inherit the signal mask.
class Interrupt {
 public:
  // Long enough to tell a server and to end children, and short enough for a user who waits at a terminal.
  static constexpr absl::Duration kGrace = absl::Milliseconds(800);

  Interrupt();
  ~Interrupt();

  // True once the user has interrupted. Thread-safe.
  bool happened() const { return happened_; }

  // Sets the function that is called once, on the thread of this class, when the user interrupts. If this
  // has happened already, it is called at once. There is only one such function at a time. It must not
  // block.
  void OnInterrupt(std::function<void()> action);
  // Removes the function that OnInterrupt has set.
  void Clear() { OnInterrupt(nullptr); }

  // Adds a function that removes what must not stay. ForceExit calls these functions, the last one first,
  // because destructors do not run then. Children need no clean-up: they die with this process.
  void PushCleanup(std::function<void()> cleanup);
  // Removes the function that was added last, without calling it.
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
