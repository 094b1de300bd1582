// One tuner-server a log file: two would both go on with its running jobs. Readers need no lock.
#ifndef DIAPASON_TUNER_SERVER_LOG_LOCK_H_
#define DIAPASON_TUNER_SERVER_LOG_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace diapason::tuner {

// Held until destruction or the end of the process, however it ends; leaves no file.
class LogLock {
 public:
  // `url` as for OpenRecordStore, of a file that exists. FailedPrecondition: another tuner-server has it.
  static absl::StatusOr<std::unique_ptr<LogLock>> Acquire(const std::string& url);
  ~LogLock();

 private:
  explicit LogLock(int fd) : fd_(fd) {}
  const int fd_;  // -1: a log in memory
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_LOG_LOCK_H_
