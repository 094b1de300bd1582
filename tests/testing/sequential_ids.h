// Identifiers that count up: 0000000000000001, 0000000000000002, ... Thread-safe.
#ifndef DIAPASON_TESTS_TESTING_SEQUENTIAL_IDS_H_
#define DIAPASON_TESTS_TESTING_SEQUENTIAL_IDS_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/base/ids.h"

namespace diapason {

class SequentialIds : public IdGenerator {
 public:
  std::string NewId() override { return absl::StrCat(absl::Hex(++last_, absl::kZeroPad16)); }

 private:
  std::atomic<uint64_t> last_ = 0;
};

}  // namespace diapason

#endif  // DIAPASON_TESTS_TESTING_SEQUENTIAL_IDS_H_
