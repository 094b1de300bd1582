// How long a build may take: a multiple of what such builds took lately. Not thread-safe.
#ifndef DIAPASON_TUNER_BUILD_BUILD_DEADLINE_H_
#define DIAPASON_TUNER_BUILD_BUILD_DEADLINE_H_

#include <array>
#include <deque>

#include "absl/time/time.h"
#include "diapason/v1/builder.pb.h"

namespace diapason::tuner {

struct BuildDeadlineOptions {
  double factor = 10;                           // times the median of the last builds of the same kind
  absl::Duration floor = absl::Seconds(5);      // never less: a build may meet a busy machine
  absl::Duration at_start = absl::Seconds(10);  // until `min_samples` builds of the kind were seen
  int min_samples = 8;
};

class BuildDeadline {
 public:
  explicit BuildDeadline(const BuildDeadlineOptions& options) : options_(options) {}

  void Add(v1::Optimization kind, absl::Duration took);
  absl::Duration Get(v1::Optimization kind) const;

 private:
  const BuildDeadlineOptions options_;
  std::array<std::deque<double>, v1::Optimization_ARRAYSIZE> recent_seconds_;  // newest last
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILD_DEADLINE_H_
