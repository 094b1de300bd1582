// Which machines a target's code is for, which devices a selector allows, and how much alike two machines
// are. Whether a device fits a job is decided by these functions only.
//
// A target that is named (compiler/targets/*.yaml) describes a family of machines by what code for it needs.
// A device announces all that it has. The device belongs to the family when nothing is missing: its
// fingerprint is nearly always another one, because it has more.
#ifndef DIAPASON_PROTO_DOMAIN_TARGET_FIT_H_
#define DIAPASON_PROTO_DOMAIN_TARGET_FIT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason {

// Why code for `needed` is not for `device`, as the end of a sentence about the device: "has no dotprod".
// Empty: it is. Compared are architecture, core design (where `needed` names one), features and vector
// registers. Cores and caches are not: they change how fast code is, and boards of one family differ in them.
std::string WhatIsMissing(const v1::Target& needed, const v1::Target& device);

inline bool Fits(const v1::Target& needed, const v1::Target& device) {
  return WhatIsMissing(needed, device).empty();
}

// Whether a device of this name and TargetFingerprint is one of those that `selector` allows.
bool IsSelected(const v1::DeviceSelector& selector, absl::string_view device_id,
                absl::string_view target_fingerprint);

// The design of the machine's core, e.g. "cortex-a76". Empty: the target is of no particular one.
std::string Microarchitecture(const v1::Target& target);

// True if both are known to be of one core design.
bool SameMicroarchitecture(const v1::Target& a, const v1::Target& b);

// How unlike two machines of one class (TargetClass) are: one for each feature that only one has, and for
// each cache whose size is twice the other's; a quarter for twice as many cores. 0: alike. For choosing the
// nearest of several.
double MachineDistance(const v1::Target& a, const v1::Target& b);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TARGET_FIT_H_
