#include "device-agent/file_cache.h"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace diapason::device_agent {
namespace {

namespace fs = std::filesystem;

// This many files are kept whatever their size. It is more than the present trials need.
constexpr size_t kAlwaysKept = 32;

}  // namespace

absl::StatusOr<std::unique_ptr<FileCache>> FileCache::Create(const std::string& folder, int64_t max_bytes) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) fs::create_directories(folder, error);
  if (error)
    return absl::PermissionDeniedError(
        absl::StrCat("cannot create the folder ", folder, ": ", error.message()));
  return std::unique_ptr<FileCache>(new FileCache(folder, max_bytes));
}

std::string FileCache::Find(absl::string_view key) {
  MutexLock lock(mu_);
  return files_.Get(key) == nullptr ? "" : absl::StrCat(folder_, "/", key);
}

absl::StatusOr<std::string> FileCache::Put(absl::string_view key, absl::string_view bytes) {
  const std::string path = absl::StrCat(folder_, "/", key);
  const std::string partial = path + ".partial";
  MutexLock lock(mu_);
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    std::error_code error;
    if (file) fs::rename(partial, path, error);
    if (!file || error) {
      fs::remove(partial, error);
      return absl::UnavailableError(
          absl::StrCat("cannot write ", path, "; check that the disk has free space"));
    }
  }
  files_.Put(key, {}, static_cast<int64_t>(bytes.size()));
  files_.Trim(max_bytes_, kAlwaysKept, [this](const std::string& name, Nothing) {
    std::error_code ignored;
    fs::remove(absl::StrCat(folder_, "/", name), ignored);
    return true;
  });
  return path;
}

}  // namespace diapason::device_agent
