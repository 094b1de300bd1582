// The schedules that the log knows for one workload, in the order in which a look-up offers them.
#ifndef DIAPASON_DB_LOOKUP_CANDIDATES_H_
#define DIAPASON_DB_LOOKUP_CANDIDATES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/sqlite.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::db {

// Records of one machine.
struct Place {
  std::string target_fingerprint;
  bool emulated = false;  // those of an emulator: their times mean nothing, only decisions count
};

struct Found {
  v1::Record record;
  std::string reason;  // one line, without what the rung says
};

// At most `limit` distinct schedules of a workload. `options` is complete: its threads are set. The order, by
// 1. places of real machines before those of emulators;
// 2. the number of threads: the wanted one first, then the nearest;
// 3. the order of `places`;
// 4. the decision that counts, whichever version made it (none of another version if the match is strict):
//    the comparison has shown more than times can;
// 5. records of the caller's version before others (a strict match has no others);
// 6. newer measuring protocols before older ones, and the fastest first.
absl::StatusOr<std::vector<Found>> FindSchedules(Connection& connection, absl::string_view workload_id,
                                                 const std::vector<Place>& places,
                                                 const v1::LookupOptions& options, size_t limit);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOOKUP_CANDIDATES_H_
