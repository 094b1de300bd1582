// The identity of a Schedule: its sketch and the values of its knobs. The name of the sketch is not part
// of it. And whether a sketch is what its identity says.
#ifndef DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_
#define DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_

#include <string>

#include "absl/status/status.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason {

// Returns 64 hexadecimal digits, the same for equal schedules. The tuning log has a column of these
// hashes, so the way they are computed must never change.
std::string ScheduleHash(const v1::Schedule& schedule);

// Returns InvalidArgument unless the sketch's hash is that of its text. Records name sketches by their
// hashes, so a sketch from outside with another one's hash would change what they mean.
absl::Status CheckSketchHash(const v1::Sketch& sketch);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_
