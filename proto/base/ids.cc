#include "proto/base/ids.h"

#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_format.h"

namespace diapason {

std::string RandomIds::NewId() {
  uint64_t bits;
  // getrandom(2) returns up to 256 bytes in one piece and is not interrupted once its source is seeded.
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) std::abort();
  return absl::StrFormat("%016x", bits);
}

}  // namespace diapason
