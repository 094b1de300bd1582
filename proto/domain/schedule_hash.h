// The identity of a Schedule: its sketch and the values of its knobs. The name of the sketch is not part
// of it.
#ifndef DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_
#define DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_

#include <string>

#include "diapason/v1/schedule.pb.h"

namespace diapason {

// Returns 64 hexadecimal digits, the same for equal schedules. The tuning log has a column of these
// hashes, so the way they are computed must never change.
std::string ScheduleHash(const v1::Schedule& schedule);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_
