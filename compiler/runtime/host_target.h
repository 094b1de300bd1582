// Finds out what this machine is, as a Target. It does not use LLVM, because device-agent uses it, too.
#ifndef DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_
#define DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_

#include <functional>
#include <string>

#include "diapason/v1/target.pb.h"

namespace diapason::compiler::runtime {

// Reads the CPU's features, cores and caches from the operating system. What cannot be read stays unset.
// The target's name is "host". The same machine always gives the same target, whatever its load.
v1::Target HostTarget();

// Returns the contents of the file at an absolute path, or an empty string if there is no such file.
using FileReader = std::function<std::string(const std::string& path)>;

// Returns the target that these files describe: /proc/cpuinfo and files below /sys/devices/system/cpu.
// `machine` is the name that uname gives, such as "x86_64" or "aarch64". Hardware threads of one core
// count as one core. The result depends on the arguments only.
v1::Target TargetFromFiles(const std::string& machine, const FileReader& read);

}  // namespace diapason::compiler::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_HOST_TARGET_H_
