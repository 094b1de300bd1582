// What the pages of a tuner-server read, and what their visitors may do.
#ifndef DIAPASON_TUNER_PAGE_SERVER_PARTS_H_
#define DIAPASON_TUNER_PAGE_SERVER_PARTS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "proto/base/clock.h"
#include "tuner/job/job_engine.h"
#include "tuner/job/measurer.h"

namespace diapason::tuner {

// What is referred to must outlive the pages. All of it is thread-safe.
struct ServerParts {
  JobEngine& engine;
  const db::RecordStore& store;
  Measurer& measurer;  // lists the devices
  const Clock& clock;
  // Checks a device at once, or forgets it if it is offline (TrackerService.ReleaseDevice). Returns one
  // line that says what was done.
  std::function<absl::StatusOr<std::string>(const std::string& device_id)> release_device;
  // Returns the metrics in Prometheus' text format.
  std::function<std::string()> metrics;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_SERVER_PARTS_H_
