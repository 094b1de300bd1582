// The right to own a log file: to be its only server, and to change its version. Two servers would both go on
// with its running jobs, and a newer program would migrate the log under an older one that still runs.
// Readers and writers of records need no lock.
#ifndef DIAPASON_DB_LOG_LOCK_H_
#define DIAPASON_DB_LOG_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace diapason::db {

// Held until destruction or the end of the process, however it ends; leaves no file besides the log.
//
// Closing any descriptor of a file ends the locks that SQLite has on it in the same process. So take the lock
// before a connection to the file is opened, and give it back after the connection is closed.
class LogLock {
 public:
  // Makes an empty file where there is none. `path` may be ":memory:". FailedPrecondition: another process
  // has the lock. Unavailable: the file cannot be opened.
  static absl::StatusOr<std::unique_ptr<LogLock>> Acquire(const std::string& path);
  ~LogLock();

  LogLock(const LogLock&) = delete;
  LogLock& operator=(const LogLock&) = delete;

 private:
  explicit LogLock(int fd) : fd_(fd) {}
  const int fd_;  // -1: a log in memory
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOG_LOCK_H_
