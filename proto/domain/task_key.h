// Identity of a task, the unit that is tuned: a workload, on a machine, with a number of threads.
#ifndef DIAPASON_PROTO_DOMAIN_TASK_KEY_H_
#define DIAPASON_PROTO_DOMAIN_TASK_KEY_H_

#include <string>

namespace diapason {

struct TaskKey {
  std::string workload_id;         // Workload.id
  std::string target_fingerprint;  // TargetFingerprint of what the kernels are for
  int threads = 1;                 // that a kernel runs on
};

// The key as one word, for people and in records: "WORKLOAD-FINGERPRINT-THREADS". It begins with the
// workload's id, so that a beginning of it names the workload.
std::string TaskId(const TaskKey& key);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_TASK_KEY_H_
