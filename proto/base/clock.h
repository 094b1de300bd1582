// The source of time. Library code gets a Clock from its caller and never reads a clock itself, so that
// tests can control time. Thread-safe.
#ifndef DIAPASON_PROTO_BASE_CLOCK_H_
#define DIAPASON_PROTO_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace diapason {

// The interface of a clock.
class Clock {
 public:
  virtual ~Clock() = default;

  // Calendar time, for records. It may jump, also backwards.
  virtual absl::Time Now() const = 0;

  // Time since an arbitrary start, for leases, deadlines and durations. It never goes back.
  virtual absl::Duration Monotonic() const = 0;
};

// Reads the machine's clocks.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration Monotonic() const override;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_CLOCK_H_
