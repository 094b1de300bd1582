#include "proto/domain/task_key.h"

#include "absl/strings/str_cat.h"

namespace diapason {

std::string TaskId(const TaskKey& key) {
  return absl::StrCat(key.workload_id, "-", key.target_fingerprint, "-", key.threads);
}

}  // namespace diapason
