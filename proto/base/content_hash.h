// Names of content: the lower-case hexadecimal SHA-256 of its bytes (64 characters).
#ifndef DIAPASON_PROTO_BASE_CONTENT_HASH_H_
#define DIAPASON_PROTO_BASE_CONTENT_HASH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason {

std::string ContentHash(absl::string_view bytes);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_CONTENT_HASH_H_
