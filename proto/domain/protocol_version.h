// The versions on which two sides must agree.
#ifndef DIAPASON_PROTO_DOMAIN_PROTOCOL_VERSION_H_
#define DIAPASON_PROTO_DOMAIN_PROTOCOL_VERSION_H_

#include <string>

namespace diapason {

// The newest version of AgentService that this release speaks, and the oldest one. Agent and tracker must
// have a version in common. Version 2 added health checks, and agents that say what they can load and
// measure.
inline constexpr int kAgentProtocolVersion = 2;
inline constexpr int kOldestAgentProtocolVersion = 2;

// The version of the measuring protocol (MeasureOptions.protocol_version). It is part of a record's key. A
// tracker refuses devices that do not know its version. Version 3 compares fast samples instead of medians
// and ends the sampling of slow kernels early.
inline constexpr int kMeasureProtocolVersion = 3;

// The version of the kernels' interface. It equals DIAPASON_KERNEL_ABI_VERSION of
// compiler/runtime/kernel_abi.h; kernel_library.cc checks this. It is here because a tracker refuses
// devices that load kernels of another version.
inline constexpr int kKernelAbiVersion = 1;

// Returns the version of the project, e.g. "0.1.0". It is only shown to users.
const char* Release();

// Returns what `PROGRAM --version` prints, e.g. "tracker 0.1.0".
std::string VersionText(const std::string& program);

// The description of --version in the help of every program.
inline constexpr char kVersionHelp[] = "Print the version and exit";

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_PROTOCOL_VERSION_H_
