// The identity of a task, which is the unit that is tuned: a workload on a machine with a number of
// threads.
#ifndef DIAPASON_PROTO_DOMAIN_TASK_KEY_H_
#define DIAPASON_PROTO_DOMAIN_TASK_KEY_H_

#include <string>

namespace diapason {

// What identifies a task.
struct TaskKey {
  std::string workload_id;         // Workload.id
  std::string target_fingerprint;  // TargetFingerprint of the target that the kernels are for
  int threads = 1;                 // how many threads a kernel runs on
};

// Returns the key as one word, "WORKLOAD-FINGERPRINT-THREADS", as users see it and records store it. It
// begins with the workload's id, so that its first characters are enough to name the workload.
std::string TaskId(const TaskKey& key);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TASK_KEY_H_
