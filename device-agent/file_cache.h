// A cache of files in a folder. Each file has a key. When the cache is full, the least recently used files
// are deleted. Thread-safe.
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

// Owns the folder's files. The folder itself stays when the cache is destroyed.
class FileCache {
 public:
  // Makes an empty cache in `folder`. The folder is created; if it exists, its contents are deleted.
  // PermissionDenied: it cannot be written.
  static absl::StatusOr<std::unique_ptr<FileCache>> Create(const std::string& folder, int64_t max_bytes);

  // Returns the path of the key's file, or "" if there is none.
  std::string Find(absl::string_view key);

  // Stores a file and returns its path. The file appears either with all its bytes or not at all. The key
  // is used as the file's name. Unavailable: the disk is full or fails.
  absl::StatusOr<std::string> Put(absl::string_view key, absl::string_view bytes);

  const std::string& folder() const { return folder_; }

 private:
  struct Nothing {};

  FileCache(std::string folder, int64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  const std::string folder_;
  const int64_t max_bytes_;
  Mutex mu_;
  LruCache<Nothing> files_ ABSL_GUARDED_BY(mu_);  // by key, with the sizes of the files
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_FILE_CACHE_H_
