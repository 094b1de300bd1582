// Ends the callbacks of a part of a job safely. All parts use the same rule.
//
// The parts of a job pass callbacks to the builder and to the measurer, which call them on their own
// threads, perhaps after the job has ended. So each part has a CallbackGate and wraps every callback with
// it:
//
//   - While the gate is open, a wrapped callback runs as it is.
//   - After Close has been called, a wrapped callback does nothing and returns a default value (OK for a
//     Status).
//   - Close returns when no wrapped callback is running. A part closes its gate before its members are
//     destroyed.
//
// A callback may therefore use its part by reference and without any other check. Close must not be called
// from a wrapped callback, nor while holding a lock that such a callback takes.
#ifndef DIAPASON_TUNER_JOB_CALLBACK_GATE_H_
#define DIAPASON_TUNER_JOB_CALLBACK_GATE_H_

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "proto/base/mutex.h"

namespace diapason::tuner {

// Thread-safe.
class CallbackGate {
 public:
  CallbackGate() = default;
  ~CallbackGate() { Close(); }
  CallbackGate(const CallbackGate&) = delete;
  CallbackGate& operator=(const CallbackGate&) = delete;

  // Returns a callback that does what `callback` does while the gate is open.
  template <typename Callback>
  auto Wrap(Callback callback) {
    return [state = state_, callback = std::move(callback)](const auto&... arguments) {
      using Result = std::invoke_result_t<const Callback&, decltype(arguments)...>;
      const Call call(*state);
      if (!call.is_open()) return Result();
      return callback(arguments...);
    };
  }

  // Waits for wrapped callbacks that are running. May be called more than once.
  void Close();

 private:
  struct State {
    Mutex mu;
    CondVar changed;
    bool open ABSL_GUARDED_BY(mu) = true;
    int running ABSL_GUARDED_BY(mu) = 0;
  };

  // One call of a wrapped callback.
  class Call {
   public:
    explicit Call(State& state);
    ~Call();
    bool is_open() const { return is_open_; }

   private:
    State& state_;
    bool is_open_ = false;
  };

  // Shared with the wrapped callbacks, because they may outlive the gate.
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_CALLBACK_GATE_H_
