// A map that keeps its entries in the order of their last use and knows the sum of their sizes. The caches
// of all folders are built on it. It never drops an entry by itself: the owner calls Trim and decides
// there which entries may be dropped, and what else must be removed with them.
//
// Not thread-safe; the owner guards it with its own lock.
#ifndef DIAPASON_PROTO_BASE_LRU_CACHE_H_
#define DIAPASON_PROTO_BASE_LRU_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace diapason {

// A map from texts to values of type `Value`.
template <typename Value>
class LruCache {
 public:
  // Returns the key's value and marks it as the most recently used one. Returns null if there is none. The
  // pointer is valid until the key is put again or trimmed.
  Value* Get(absl::string_view key) {
    Value* value = Peek(key);
    if (value != nullptr) entries_.splice(entries_.begin(), entries_, index_.find(key)->second);
    return value;
  }

  // Like Get, but does not count as a use.
  Value* Peek(absl::string_view key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->value;
  }

  // Stores the value as the most recently used one, with its size in bytes. Replaces the value that the
  // key had.
  void Put(absl::string_view key, Value value, int64_t bytes) {
    const auto found = index_.find(key);
    if (found != index_.end()) Erase(found->second);
    entries_.push_front({std::string(key), std::move(value), bytes});
    index_.emplace(entries_.front().key, entries_.begin());
    bytes_ += bytes;
  }

  // Drops entries, the least recently used one first, until all entries together have at most `max_bytes`
  // or only `min_entries` entries are left. An entry for which `may_drop(key, value)` returns false is
  // kept. `may_drop` is called right before an entry is dropped, so that the owner can remove what belongs
  // to it.
  template <typename MayDrop>
  void Trim(int64_t max_bytes, size_t min_entries, MayDrop may_drop) {
    for (auto next = entries_.end();
         next != entries_.begin() && bytes_ > max_bytes && entries_.size() > min_entries;) {
      const auto entry = std::prev(next);
      if (may_drop(entry->key, entry->value)) {
        Erase(entry);
      } else {
        next = entry;
      }
    }
  }

  // The sum of the sizes that were given to Put.
  int64_t bytes() const { return bytes_; }
  // The number of entries.
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    Value value;
    int64_t bytes = 0;
  };
  using Entries = std::list<Entry>;

  void Erase(typename Entries::iterator entry) {
    bytes_ -= entry->bytes;
    index_.erase(entry->key);
    entries_.erase(entry);
  }

  Entries entries_;  // the most recently used one first
  std::map<std::string, typename Entries::iterator, std::less<>> index_;
  int64_t bytes_ = 0;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_LRU_CACHE_H_
