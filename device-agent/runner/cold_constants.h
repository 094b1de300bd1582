// Copies of a kernel's constants, both as stored and as packed. Each call of the kernel uses the next
// copy. So the kernel finds its constants where it finds them in a model: not in the core's own caches.
// Not thread-safe.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_COLD_CONSTANTS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_COLD_CONSTANTS_H_

#include <cstddef>
#include <vector>

#include "compiler/runtime/loaded_kernel.h"
#include "device-agent/runner/arguments.h"

namespace diapason::device_agent {

// Owns the copies of one kernel's constants and says which of them the next call uses.
class ColdConstants {
 public:
  // Makes copies until all of them together, including the original, have at least `bytes` bytes. There
  // are at least two sets and at most 1024. If there is no memory for copies, or the kernel has no
  // constants, the original is the only set. `pointers` are those of the original, as LoadedKernel::Run
  // takes them; the constants must have been packed already. Arguments and kernel must outlive this
  // object.
  ColdConstants(const Arguments& arguments, const compiler::runtime::LoadedKernel& kernel,
                std::vector<void*> pointers, size_t bytes);
  ~ColdConstants();
  ColdConstants(const ColdConstants&) = delete;
  ColdConstants& operator=(const ColdConstants&) = delete;

  // Returns the pointers for the next call.
  const std::vector<void*>& Next();

  // How many sets of constants there are, including the original.
  size_t sets() const { return pointers_.size(); }

 private:
  std::vector<std::vector<void*>> pointers_;  // one set for each copy; the original is the first
  size_t next_ = 0;
  char* copies_ = nullptr;  // the memory of all sets except the first
  size_t copies_bytes_ = 0;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_COLD_CONSTANTS_H_
