#include "tracker/artifact_cache.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/content_hash.h"

namespace diapason::tracker {

absl::Status ArtifactCache::Put(absl::string_view hash, std::string bytes) {
  const std::string actual = ContentHash(bytes);
  if (hash != absl::string_view(actual)) {
    return absl::DataLossError(absl::StrCat("artifact ", hash, ": its bytes have the hash ", actual));
  }
  const int64_t size = static_cast<int64_t>(bytes.size());
  if (size > max_bytes_) {
    return absl::InvalidArgumentError(
        absl::StrCat("artifact ", hash, " of ", size, " bytes is larger than the whole cache, ", max_bytes_));
  }
  MutexLock lock(mu_);
  const auto found = entries_.find(hash);
  if (found != entries_.end()) {
    Touch(found->second);
    return absl::OkStatus();
  }
  MakeRoom(size);
  if (size_bytes_ + size > max_bytes_) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "no room for an artifact of ", size, " bytes: ", size_bytes_, " of ", max_bytes_, " are in use"));
  }
  uses_.push_front(std::string(hash));
  entries_[std::string(hash)] = {std::make_shared<const std::string>(std::move(bytes)), 0, uses_.begin()};
  size_bytes_ += size;
  return absl::OkStatus();
}

std::shared_ptr<const std::string> ArtifactCache::Get(absl::string_view hash) {
  MutexLock lock(mu_);
  const auto found = entries_.find(hash);
  if (found == entries_.end()) return nullptr;
  Touch(found->second);
  return found->second.bytes;
}

bool ArtifactCache::Pin(absl::string_view hash) {
  MutexLock lock(mu_);
  const auto found = entries_.find(hash);
  if (found == entries_.end()) return false;
  ++found->second.pins;
  Touch(found->second);
  return true;
}

void ArtifactCache::Unpin(absl::string_view hash) {
  MutexLock lock(mu_);
  const auto found = entries_.find(hash);
  if (found != entries_.end() && found->second.pins > 0) --found->second.pins;
}

int64_t ArtifactCache::size_bytes() const {
  MutexLock lock(mu_);
  return size_bytes_;
}

void ArtifactCache::Touch(Entry& entry) { uses_.splice(uses_.begin(), uses_, entry.use); }

void ArtifactCache::MakeRoom(int64_t bytes) {
  for (auto use = uses_.end(); use != uses_.begin() && size_bytes_ + bytes > max_bytes_;) {
    --use;
    const auto found = entries_.find(*use);
    if (found->second.pins > 0) continue;
    size_bytes_ -= static_cast<int64_t>(found->second.bytes->size());
    entries_.erase(found);
    use = uses_.erase(use);
  }
}

}  // namespace diapason::tracker
