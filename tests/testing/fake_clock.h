// The clock of all tests that inject one. It moves only when Advance is called. It does not start at zero,
// so that a time that was never set differs from the clock's first time. Thread-safe.
#ifndef DIAPASON_TESTS_TESTING_FAKE_CLOCK_H_
#define DIAPASON_TESTS_TESTING_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "proto/base/clock.h"

namespace diapason {

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'700'000'000) + Monotonic(); }
  absl::Duration Monotonic() const override { return absl::Nanoseconds(ns_.load()); }

  void Advance(absl::Duration by) { ns_ += absl::ToInt64Nanoseconds(by); }

 private:
  std::atomic<int64_t> ns_ = 1'000'000'000;
};

}  // namespace diapason

#endif  // DIAPASON_TESTS_TESTING_FAKE_CLOCK_H_
