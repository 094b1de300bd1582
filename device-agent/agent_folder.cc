#include "device-agent/agent_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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
  if (lock >= 0) close(lock);
  return absl::FailedPreconditionError(
      absl::StrCat("cannot use the folder ", path,
                   ": either it is not writable, then choose another one with "
                   "--cache-dir; or another agent with this name is running here, perhaps of a diapason "
                   "tune, then wait until it ends"));
}

AgentFolder::~AgentFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_);
}

}  // namespace diapason::device_agent
