// The hash by which content (sketches, artifacts) is named.
#ifndef DIAPASON_PROTO_BASE_CONTENT_HASH_H_
#define DIAPASON_PROTO_BASE_CONTENT_HASH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason {

// Returns the SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
std::string ContentHash(absl::string_view bytes);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_CONTENT_HASH_H_
