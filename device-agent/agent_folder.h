// The folder of one agent, below the cache folder: artifacts, what references computed, logs. It belongs to
// one agent at a time, and is removed at the agent's end.
#ifndef DIAPASON_DEVICE_AGENT_AGENT_FOLDER_H_
#define DIAPASON_DEVICE_AGENT_AGENT_FOLDER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace diapason::device_agent {

class AgentFolder {
 public:
  // Makes the folder of the agent `name` and locks it until the destructor, or the end of the process,
  // whatever ends it. FailedPrecondition: it cannot be written, or another agent has it.
  static absl::StatusOr<std::unique_ptr<AgentFolder>> Create(const std::string& cache_dir,
                                                             const std::string& name);
  // Removes the folder with all that is in it.
  ~AgentFolder();
  AgentFolder(const AgentFolder&) = delete;
  AgentFolder& operator=(const AgentFolder&) = delete;

  // Absolute.
  const std::string& path() const { return path_; }

 private:
  AgentFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;  // descriptor of the locked file
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_AGENT_FOLDER_H_
