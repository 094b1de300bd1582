// Which machines a target's code runs on, which devices a selector allows, and how similar two machines
// are. Only these functions decide whether a device fits a job.
//
// A named target (compiler/targets/*.yaml) describes a family of machines by what its code needs. A device
// announces everything that it has. The device belongs to the family when it has everything that is
// needed. Its fingerprint nearly always differs from the family's, because it has more than that.
#ifndef DIAPASON_PROTO_DOMAIN_TARGET_FIT_H_
#define DIAPASON_PROTO_DOMAIN_TARGET_FIT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason {

// Returns why code for `needed` cannot run on `device`, as the end of a sentence about the device, e.g.
// "does not have the feature dotprod". Returns "" if the code can run there. It compares the architecture,
// the design of the core (if `needed` names one), the features and the vector registers. Cores and caches
// do not matter here: they only change how fast the code is, and boards of one family differ in them.
std::string WhatIsMissing(const v1::Target& needed, const v1::Target& device);

// Whether code for `needed` can run on `device`.
inline bool Fits(const v1::Target& needed, const v1::Target& device) {
  return WhatIsMissing(needed, device).empty();
}

// Returns whether `selector` allows a device with this name and this TargetFingerprint.
bool IsSelected(const v1::DeviceSelector& selector, absl::string_view device_id,
                absl::string_view target_fingerprint);

// Returns the design of the machine's core, e.g. "cortex-a76", or "" if the target does not name one.
std::string Microarchitecture(const v1::Target& target);

// Returns true if both targets name a core design and it is the same.
bool SameMicroarchitecture(const v1::Target& a, const v1::Target& b);

// Returns how much two machines of the same class (TargetClass) differ; 0 means not at all. Each feature
// that only one of them has counts 1. Each cache level counts the base-2 logarithm of the ratio of sizes,
// so that twice the size counts 1. The number of vector registers counts in the same way, and the number
// of cores with a quarter of that. Used to choose the nearest of several machines.
double MachineDistance(const v1::Target& a, const v1::Target& b);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TARGET_FIT_H_
