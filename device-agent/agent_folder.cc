#include "device-agent/agent_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace diapason::device_agent {

namespace fs = std::filesystem;

absl::StatusOr<std::unique_ptr<AgentFolder>> AgentFolder::Create(const std::string& cache_dir,
                                                                 const std::string& name) {
  const std::string path = absl::StrCat(fs::absolute(cache_dir).string(), "/device-agent-", name);
  std::error_code error;
  fs::create_directories(path, error);  // if that fails, the lock cannot be opened either
  const int lock = open(absl::StrCat(path, "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0) {
    return std::unique_ptr<AgentFolder>(new AgentFolder(path, lock));
  }
  const int reason = errno;
  if (lock < 0)
    return absl::PermissionDeniedError(absl::StrCat("cannot write to the folder ", path, ": ",
                                                    strerror(reason),
                                                    "; choose another one with --cache-dir or TMPDIR"));
  close(lock);
  return absl::FailedPreconditionError(
      absl::StrCat("another device-agent with the name ", name, " uses the folder ", path,
                   "; wait until it ends (a `diapason tune` may have started it), or set TMPDIR to another "
                   "folder"));
}

AgentFolder::~AgentFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

}  // namespace diapason::device_agent
