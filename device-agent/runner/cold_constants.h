// Copies of a kernel's constants, as stored and as packed. Each call of the kernel takes the next ones, so
// that it finds its constants where it finds them in a model: not in the core's own caches.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_COLD_CONSTANTS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_COLD_CONSTANTS_H_

#include <cstddef>
#include <vector>

#include "compiler/runtime/loaded_kernel.h"
#include "device-agent/runner/arguments.h"

namespace diapason::device_agent {

class ColdConstants {
 public:
  // Makes copies until all together, the original included, have at least `bytes`; at least two sets, and at
  // most 1024. If there is no memory, or the kernel has no constants, the original is the only set.
  // `pointers`: of the original, as LoadedKernel::Run takes them; the constants were packed. Arguments and
  // kernel outlive this.
  ColdConstants(const Arguments& arguments, const compiler::runtime::LoadedKernel& kernel,
                std::vector<void*> pointers, size_t bytes);
  ~ColdConstants();
  ColdConstants(const ColdConstants&) = delete;
  ColdConstants& operator=(const ColdConstants&) = delete;

  // The pointers for the next call.
  const std::vector<void*>& Next();

  size_t sets() const { return pointers_.size(); }

 private:
  std::vector<std::vector<void*>> pointers_;  // one set for each copy; the original is the first
  size_t next_ = 0;
  char* copies_ = nullptr;  // memory of all sets but the first
  size_t copies_bytes_ = 0;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_COLD_CONSTANTS_H_
