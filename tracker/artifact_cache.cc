#include "tracker/artifact_cache.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace diapason::tracker {

absl::Status ArtifactCache::Put(absl::string_view hash, std::string bytes) {
  const int64_t size = static_cast<int64_t>(bytes.size());
  if (size > max_bytes_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the artifact ", hash, " has ", size, " bytes, but the tracker's whole cache has only ", max_bytes_));
  }
  MutexLock lock(mu_);
  if (entries_.Get(hash) != nullptr) return absl::OkStatus();
  entries_.Trim(max_bytes_ - size, 0, [](const std::string&, const Entry& entry) { return entry.pins == 0; });
  if (entries_.bytes() + size > max_bytes_) {
    return absl::ResourceExhaustedError(absl::StrCat("the tracker's cache has no room for an artifact of ",
                                                     size, " bytes: ", entries_.bytes(), " of ", max_bytes_,
                                                     " bytes are in use"));
  }
  entries_.Put(hash, {std::make_shared<const std::string>(std::move(bytes)), 0}, size);
  return absl::OkStatus();
}

std::shared_ptr<const std::string> ArtifactCache::Get(absl::string_view hash) {
  MutexLock lock(mu_);
  const Entry* entry = entries_.Get(hash);
  return entry == nullptr ? nullptr : entry->bytes;
}

bool ArtifactCache::Pin(absl::string_view hash) {
  MutexLock lock(mu_);
  Entry* entry = entries_.Get(hash);
  if (entry == nullptr) return false;
  ++entry->pins;
  return true;
}

void ArtifactCache::Unpin(absl::string_view hash) {
  MutexLock lock(mu_);
  Entry* entry = entries_.Peek(hash);
  if (entry != nullptr && entry->pins > 0) --entry->pins;
}

int64_t ArtifactCache::size_bytes() const {
  MutexLock lock(mu_);
  return entries_.bytes();
}

}  // namespace diapason::tracker
