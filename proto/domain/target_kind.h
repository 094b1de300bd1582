// Which kind of machine a target is. The kind decides which back end makes code for the target.
#ifndef DIAPASON_PROTO_DOMAIN_TARGET_KIND_H_
#define DIAPASON_PROTO_DOMAIN_TARGET_KIND_H_

#include <string>

#include "diapason/v1/target.pb.h"

namespace diapason {

// Returns the target's kind. A target without a kind was written by a release that supported only CPUs, so
// it is a CPU.
inline v1::TargetKind KindOf(const v1::Target& target) {
  return target.kind() == v1::TARGET_KIND_UNSPECIFIED ? v1::TARGET_KIND_CPU : target.kind();
}

// Returns the word for a kind in target files and messages, e.g. "cpu". For a kind of a later release,
// returns its number.
inline std::string TargetKindName(v1::TargetKind kind) {
  return kind == v1::TARGET_KIND_CPU ? "cpu" : std::to_string(static_cast<int>(kind));
}

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TARGET_KIND_H_
