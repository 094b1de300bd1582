// What the machine that runs this is, as a Target. No LLVM: device-agent uses it, too.
#ifndef DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_
#define DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_

#include <functional>
#include <string>

#include "diapason/v1/target.pb.h"

namespace diapason::compiler::runtime {

// Reads the CPU's features, cores and caches from the operating system. What cannot be read is left unset.
// The name is "host". The same machine always gives the same target, whatever its load.
v1::Target HostTarget();

// The contents of the file at an absolute path; empty where there is none.
using FileReader = std::function<std::string(const std::string& path)>;

// The same from recorded files (/proc/cpuinfo and below /sys/devices/system/cpu), for a `machine` by uname's
// name, e.g. "x86_64" or "aarch64". Pure. Hardware threads of one core count as one core.
v1::Target TargetFromFiles(const std::string& machine, const FileReader& read);

}  // namespace diapason::compiler::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_
