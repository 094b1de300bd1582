// The lock that the owner of a log file holds. The owner is the log's only server, and only the owner may
// migrate the log to a new version. With two servers, both would continue the log's running jobs; and a
// newer program would migrate the log while an older one is still using it. Programs that only read
// records, or write them, need no lock.
#ifndef DIAPASON_DB_LOG_LOCK_H_
#define DIAPASON_DB_LOG_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace diapason::db {

// The lock is held until the object is destroyed or the process ends in any way. It leaves no file besides
// the log.
//
// When a process closes any descriptor of a file, it loses all locks that SQLite holds on that file in the
// same process. So acquire this lock before opening a connection to the file, and destroy it after closing
// the connection.
class LogLock {
 public:
  // Creates an empty file if there is none. `path` may be ":memory:", which locks nothing.
  // FailedPrecondition: another process has the lock. Unavailable: the file cannot be opened.
  static absl::StatusOr<std::unique_ptr<LogLock>> Acquire(const std::string& path);
  ~LogLock();

  LogLock(const LogLock&) = delete;
  LogLock& operator=(const LogLock&) = delete;

 private:
  explicit LogLock(int fd) : fd_(fd) {}
  const int fd_;  // -1 for a log in memory
};

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOG_LOCK_H_
