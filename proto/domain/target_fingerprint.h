// The identity of a Target: which machine it describes, as far as the time of a kernel depends on it.
#ifndef DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_
#define DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_

#include <string>

#include "diapason/v1/target.pb.h"

namespace diapason {

// Returns 16 hexadecimal digits. They are computed from the triple, the cpu, the features, the width and
// the number of vector registers, the micro-architecture (Microarchitecture of target_fit.h), and the
// level, size and line length of each cache. The tuning log has a column of fingerprints, so the way they
// are computed must never change.
//
// The number of cores, how many cores share a cache, and the name are not part of the fingerprint. A
// record is the time of a given number of threads on a machine. It stays true when the machine, which is
// often a virtual one, gets more cores or another name.
std::string TargetFingerprint(const v1::Target& target);

// Returns the architecture and the vector width, e.g. "x86_64/512". Targets of one class can share
// schedules, but their times cannot be compared.
std::string TargetClass(const v1::Target& target);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TARGET_FINGERPRINT_H_
