// Files by a key, in a folder of the agent's own, bounded; the least recently used go. Thread-safe.
#ifndef DIAPASON_DEVICE_AGENT_FILE_CACHE_H_
#define DIAPASON_DEVICE_AGENT_FILE_CACHE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/base/lru_cache.h"
#include "proto/base/mutex.h"

namespace diapason::device_agent {

class FileCache {
 public:
  // An empty cache in `folder`, which is made; what it held before is deleted. PermissionDenied: it cannot be
  // written.
  static absl::StatusOr<std::unique_ptr<FileCache>> Create(const std::string& folder, int64_t max_bytes);

  // Path of the key's file; empty: there is none.
  std::string Find(absl::string_view key);

  // Writes the file whole (it appears with all its bytes or not at all) and returns its path. Keys are file
  // names. Unavailable: the disk is full or fails.
  absl::StatusOr<std::string> Put(absl::string_view key, absl::string_view bytes);

  const std::string& folder() const { return folder_; }

 private:
  struct Nothing {};

  FileCache(std::string folder, int64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  const std::string folder_;
  const int64_t max_bytes_;
  Mutex mu_;
  LruCache<Nothing> files_ ABSL_GUARDED_BY(mu_);  // their names, with the sizes of the files
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_FILE_CACHE_H_
