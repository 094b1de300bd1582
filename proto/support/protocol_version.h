// Versions that two sides must agree on.
#ifndef DIAPASON_PROTO_SUPPORT_PROTOCOL_VERSION_H_
#define DIAPASON_PROTO_SUPPORT_PROTOCOL_VERSION_H_

namespace diapason {

// Of AgentService. A tracker refuses an agent of another version.
inline constexpr int kAgentProtocolVersion = 1;

// Of how times are taken: MeasureOptions.protocol_version, part of a record's key. An agent refuses to measure by
// another version.
inline constexpr int kMeasureProtocolVersion = 2;

}  // namespace diapason

#endif  // DIAPASON_PROTO_SUPPORT_PROTOCOL_VERSION_H_
