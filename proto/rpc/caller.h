// Who makes a call, as a certificate says it.
#ifndef DIAPASON_PROTO_RPC_CALLER_H_
#define DIAPASON_PROTO_RPC_CALLER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason {

struct Caller {
  // The common name (CN) of the certificate. Empty without certificates; then all callers are one,
  // because the server listens on loopback only, or the user has said that it is insecure.
  std::string name;
  // Whether the caller may do everything.
  bool admin = false;

  // Returns whether the caller may change what the caller of this name has made.
  bool MayChange(absl::string_view owner) const {
    return admin || name.empty() || owner.empty() || owner == name;
  }
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_RPC_CALLER_H_
