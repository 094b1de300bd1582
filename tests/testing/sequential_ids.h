// The id generator of all tests that inject one. It counts: "job1", "job2", ... Thread-safe.
#ifndef DIAPASON_TESTS_TESTING_SEQUENTIAL_IDS_H_
#define DIAPASON_TESTS_TESTING_SEQUENTIAL_IDS_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/ids.h"

namespace diapason {

class SequentialIds : public IdGenerator {
 public:
  explicit SequentialIds(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string NewId() override { return absl::StrCat(prefix_, ++last_); }

 private:
  const std::string prefix_;
  std::atomic<uint64_t> last_ = 0;
};

}  // namespace diapason

#endif  // DIAPASON_TESTS_TESTING_SEQUENTIAL_IDS_H_
