#include "device-agent/emulation.h"

#include <sys/utsname.h>

#include <filesystem>
#include <system_error>

namespace diapason::device_agent {

std::string Emulator() {
  // qemu replaces /proc/self/exe by the program's path, but not /proc/thread-self/exe.
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/thread-self/exe", error);
  return program.filename().string().rfind("qemu-", 0) == 0 ? program.string() : "";
}

std::string EmulatedArchitecture() {
  utsname name = {};
  return Emulator().empty() || uname(&name) != 0 ? "" : name.machine;
}

}  // namespace diapason::device_agent
