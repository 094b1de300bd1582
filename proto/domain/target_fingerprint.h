// Identity of a Target: everything but its display name.
#ifndef DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_
#define DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_

#include <string>

#include "diapason/v1/target.pb.h"

namespace diapason {

// 16 hexadecimal digits. The same for two targets that differ in `name` only.
std::string TargetFingerprint(const v1::Target& target);

// Architecture and vector width, e.g. "x86_64/512": targets of one class can share schedules, not times.
std::string TargetClass(const v1::Target& target);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_
