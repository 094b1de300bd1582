#include "proto/base/ids.h"

#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_format.h"

namespace diapason {

std::string RandomIds::NewId() {
  uint64_t bits;
  // At most 256 bytes are returned whole, and never interrupted once the source is seeded (getrandom(2)).
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) std::abort();
  return absl::StrFormat("%016x", bits);
}

}  // namespace diapason
