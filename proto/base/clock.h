// Time as a collaborator: library code never reads a clock of its own. Thread-safe.
#ifndef DIAPASON_PROTO_BASE_CLOCK_H_
#define DIAPASON_PROTO_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace diapason {

class Clock {
 public:
  virtual ~Clock() = default;

  // Calendar time, for records. May jump.
  virtual absl::Time Now() const = 0;

  // Time since an arbitrary start, for leases, deadlines and durations. Never goes back.
  virtual absl::Duration Monotonic() const = 0;
};

// The machine's clocks.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration Monotonic() const override;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_CLOCK_H_
