// Which kind of machine a target is. The back end that makes code for it follows from the kind.
#ifndef DIAPASON_PROTO_DOMAIN_TARGET_KIND_H_
#define DIAPASON_PROTO_DOMAIN_TARGET_KIND_H_

#include <string>

#include "diapason/v1/target.pb.h"

namespace diapason {

// The target's kind. A target without one was written by a release that knew CPUs only, and is one.
inline v1::TargetKind KindOf(const v1::Target& target) {
  return target.kind() == v1::TARGET_KIND_UNSPECIFIED ? v1::TARGET_KIND_CPU : target.kind();
}

// The word for a kind, in target files and messages: "cpu". For a kind of a later release, its number.
inline std::string TargetKindName(v1::TargetKind kind) {
  return kind == v1::TARGET_KIND_CPU ? "cpu" : std::to_string(static_cast<int>(kind));
}

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TARGET_KIND_H_
