// The names of a look-up's rungs, as users and manifests see them.
#ifndef DIAPASON_PROTO_DOMAIN_RUNG_NAME_H_
#define DIAPASON_PROTO_DOMAIN_RUNG_NAME_H_

#include <string>

#include "diapason/v1/tuner.pb.h"

namespace diapason {

// Returns "exact", "same_class", "nearest_shape" or "default".
std::string RungName(v1::Rung rung);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_RUNG_NAME_H_
