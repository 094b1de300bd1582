// What the machine that runs this is, as a Target. No LLVM: device-agent uses it, too.
#ifndef DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_
#define DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_

#include "diapason/v1/target.pb.h"

namespace diapason::runtime {

// Reads the CPU's features, cores and caches from the operating system. What cannot be read is left unset. The name
// is "host". The same machine always gives the same target, whatever its load.
v1::Target HostTarget();

}  // namespace diapason::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_
