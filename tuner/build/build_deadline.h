// Computes how long a build may take: a multiple of the median of recent builds of the same kind. Not
// thread-safe.
#ifndef DIAPASON_TUNER_BUILD_BUILD_DEADLINE_H_
#define DIAPASON_TUNER_BUILD_BUILD_DEADLINE_H_

#include <array>
#include <deque>

#include "absl/time/time.h"
#include "diapason/v1/builder.pb.h"

namespace diapason::tuner {

// How deadlines follow from the duration of earlier builds.
struct BuildDeadlineOptions {
  double factor = 10;                       // the deadline is this many times the median
  absl::Duration floor = absl::Seconds(5);  // the deadline is never shorter, since the machine may be busy
  absl::Duration at_start = absl::Seconds(10);  // used until there are `min_samples` builds of the kind
  int min_samples = 8;                          // builds of the kind
};

class BuildDeadline {
 public:
  explicit BuildDeadline(const BuildDeadlineOptions& options) : options_(options) {}

  // Records how long a successful build of this kind took.
  void Add(v1::Optimization kind, absl::Duration took);
  // Returns the deadline for the next build of this kind.
  absl::Duration Get(v1::Optimization kind) const;

 private:
  const BuildDeadlineOptions options_;
  std::array<std::deque<double>, v1::Optimization_ARRAYSIZE> recent_seconds_;  // newest last
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILD_DEADLINE_H_
