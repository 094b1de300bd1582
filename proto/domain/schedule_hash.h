// Identity of a Schedule: its sketch and the values of its knobs. The sketch's name is for people and no part
// of it.
#ifndef DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_
#define DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_

#include <string>

#include "diapason/v1/schedule.pb.h"

namespace diapason {

// 64 hexadecimal digits, the same for equal schedules. A column of the tuning log, so that its text never
// changes.
std::string ScheduleHash(const v1::Schedule& schedule);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_SCHEDULE_HASH_H_
