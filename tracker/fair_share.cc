#include "tracker/fair_share.h"

#include <algorithm>

namespace diapason::tracker {

void FairShare::Enter(absl::string_view client_id) {
  if (served_.find(client_id) != served_.end()) return;
  int64_t level = 0;
  if (!served_.empty()) {
    level = std::min_element(served_.begin(), served_.end(), [](const auto& a, const auto& b) {
              return a.second < b.second;
            })->second;
  }
  served_.emplace(std::string(client_id), level);
}

void FairShare::Leave(absl::string_view client_id) {
  const auto found = served_.find(client_id);
  if (found != served_.end()) served_.erase(found);
}

int64_t FairShare::Served(absl::string_view client_id) const {
  const auto found = served_.find(client_id);
  return found == served_.end() ? 0 : found->second;
}

}  // namespace diapason::tracker
