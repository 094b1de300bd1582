// The folder of one agent, inside of the cache folder. It contains artifacts, the outputs of references,
// and logs. It belongs to one agent at a time and is deleted when the agent ends.
#ifndef DIAPASON_DEVICE_AGENT_AGENT_FOLDER_H_
#define DIAPASON_DEVICE_AGENT_AGENT_FOLDER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace diapason::device_agent {

// Owns an agent's folder and the lock on it.
class AgentFolder {
 public:
  // Creates the folder of the agent `name` and locks it until this object is destroyed or the process ends
  // in any way. PermissionDenied: the folder cannot be written. FailedPrecondition: another agent of this
  // name uses it.
  static absl::StatusOr<std::unique_ptr<AgentFolder>> Create(const std::string& cache_dir,
                                                             const std::string& name);
  // Deletes the folder and everything in it.
  ~AgentFolder();
  AgentFolder(const AgentFolder&) = delete;
  AgentFolder& operator=(const AgentFolder&) = delete;

  // The folder's absolute path.
  const std::string& path() const { return path_; }

 private:
  AgentFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;  // the descriptor of the locked file
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_AGENT_FOLDER_H_
