// Versions that two sides must agree on.
#ifndef DIAPASON_PROTO_DOMAIN_PROTOCOL_VERSION_H_
#define DIAPASON_PROTO_DOMAIN_PROTOCOL_VERSION_H_

namespace diapason {

// Of AgentService: the newest that this release speaks, and the oldest. Agent and tracker must have one in
// common. Version 2 has health checks and says what an agent can load and measure.
inline constexpr int kAgentProtocolVersion = 2;
inline constexpr int kOldestAgentProtocolVersion = 2;

// Of how times are taken: MeasureOptions.protocol_version, part of a record's key. Devices say which they
// know, and a tracker refuses devices that do not know its own.
inline constexpr int kMeasureProtocolVersion = 2;

// Of the interface of kernels, DIAPASON_KERNEL_ABI_VERSION of compiler/runtime/kernel_abi.h
// (kernel_library.cc holds the two together). Here because a tracker refuses devices that load kernels of
// another version.
inline constexpr int kKernelAbiVersion = 1;

// The project's version, for people, e.g. "0.1.0".
const char* Release();

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_PROTOCOL_VERSION_H_
