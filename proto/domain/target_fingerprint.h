// Identity of a Target: the machine that a kernel's time depends on.
#ifndef DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_
#define DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_

#include <string>

#include "diapason/v1/target.pb.h"

namespace diapason {

// 16 hexadecimal digits, made of the triple, the cpu, the features, the width and number of vector registers,
// the micro-architecture (Microarchitecture of target_fit.h), and the level, size and line length of each
// cache. A column of the tuning log, so that its text never changes.
//
// The number of cores, how many of them share a cache, and the name are no part of it: a record is the time
// of some threads on a machine, and stays true when the machine, often a virtual one, gets more cores or
// another name.
std::string TargetFingerprint(const v1::Target& target);

// Architecture and vector width, e.g. "x86_64/512": targets of one class can share schedules, not times.
std::string TargetClass(const v1::Target& target);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_
