// The arguments of a request in guarded memory. Inputs and constants cannot be written; outputs can be
// checked. Not thread-safe.
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

// Owns the memory of all arguments of one request.
class Arguments {
 public:
  // Allocates and fills all arguments. InvalidArgument: an argument is not valid. ResourceExhausted: there
  // is not enough memory.
  static absl::StatusOr<Arguments> Create(const v1::MeasureRequest& request, v1::ReferenceOutput::Fill fill);

  // Call this before a call whose outputs are checked. It fills outputs with NaN, and gives arguments that
  // are read and written their first values again.
  void Reset();

  // Returns the bytes of the arguments that are written, in order.
  std::vector<absl::string_view> Outputs() const;

  // Returns one pointer for each argument, in the form that kernels take.
  std::vector<void*> Pointers() const;

  // Returns the index of the first argument whose guard bytes were overwritten, or -1.
  int FirstDamaged() const;

  // Return argument number `i`. The references are valid as long as this object.
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
