// Finds the schedules that the log knows for one workload, in the order in which a look-up offers them.
#ifndef DIAPASON_DB_LOOKUP_CANDIDATES_H_
#define DIAPASON_DB_LOOKUP_CANDIDATES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/sql_connection.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::db {

// Selects the records of one machine.
struct Place {
  std::string target_fingerprint;
  bool emulated = false;  // records from an emulator: their times mean nothing, only decisions are used
};

// A schedule that was found.
struct Found {
  v1::Record record;
  std::string reason;  // one line; the rung's text comes before it
};

// Returns at most `limit` distinct schedules of a workload. `options.threads` must be set. The order is
// by:
// 1. places of real machines before those of emulators;
// 2. the number of threads, the wanted one first and then the nearest;
// 3. the order of `places`;
// 4. the decision that counts before other records, whichever version made it, because a comparison shows
//    more than times can (with a strict match, decisions of other versions are not used);
// 5. records of the caller's version before others (with a strict match, there are no others);
// 6. newer measuring protocols before older ones, and then the fastest first.
absl::StatusOr<std::vector<Found>> FindSchedules(Connection& connection, absl::string_view workload_id,
                                                 const std::vector<Place>& places,
                                                 const v1::LookupOptions& options, size_t limit);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOOKUP_CANDIDATES_H_
