// The tensors of a request in guarded memory: inputs and constants that nobody may write to, outputs to be
// checked.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_ARGUMENTS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "device-agent/runner/guarded_buffer.h"
#include "diapason/v1/runner.pb.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

class Arguments {
 public:
  // InvalidArgument: an argument that cannot be. ResourceExhausted: no memory.
  static absl::StatusOr<Arguments> Create(const v1::MeasureRequest& request, v1::ReferenceOutput::Fill fill);

  // Before a call whose outputs count: outputs hold NaN, what is read and written its first value.
  void Reset();

  // The written arguments, in order.
  std::vector<absl::string_view> Outputs() const;

  // One for each argument, as kernels take them.
  std::vector<void*> Pointers() const;

  // Returns the index of the first argument whose guard bytes were overwritten, or -1.
  int FirstDamaged() const;

  const v1::Argument& description(int i) const { return descriptions_[static_cast<size_t>(i)]; }
  const GuardedBuffer& buffer(int i) const { return buffers_[static_cast<size_t>(i)]; }
  int size() const { return static_cast<int>(buffers_.size()); }

 private:
  std::vector<v1::Argument> descriptions_;
  std::vector<GuardedBuffer> buffers_;
  v1::ReferenceOutput::Fill fill_ = v1::ReferenceOutput::FILL_UNSPECIFIED;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_ARGUMENTS_H_
