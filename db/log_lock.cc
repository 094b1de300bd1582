#include "db/log_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace diapason::db {

// flock(2) locks do not interfere with SQLite's own locks, which are of another kind (fcntl).
absl::StatusOr<std::unique_ptr<LogLock>> LogLock::Acquire(const std::string& path) {
  if (path == ":memory:") return absl::WrapUnique(new LogLock(-1));
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return absl::FailedPreconditionError(
        absl::StrCat("the log ", path,
                     " is in use by another tuner-server (or diapason tune); use that one with "
                     "--server, wait for it, or name another log with --db"));
  }
  return absl::WrapUnique(new LogLock(fd));
}

LogLock::~LogLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace diapason::db
