// The arguments of a request: their sizes, the values that they are filled with, and how outputs are
// compared.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_TENSORS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_TENSORS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/runner.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::device_agent {

// Whether the argument is a constant.
inline bool IsConstant(const v1::Argument& a) { return a.role() == v1::ARGUMENT_ROLE_CONSTANT; }
// Whether the kernel writes the argument.
inline bool IsWritten(const v1::Argument& a) {
  return a.role() == v1::ARGUMENT_ROLE_OUTPUT || a.role() == v1::ARGUMENT_ROLE_IN_OUT;
}

// Returns the size of an argument. InvalidArgument: its element type is unknown, it has a negative extent,
// or it has more bytes than a request may have.
absl::StatusOr<size_t> BytesOf(const v1::Argument& argument);

// Fills `data`, which has BytesOf(argument) bytes. The values depend only on `seed` and on the position,
// so that the reference and every candidate get the same ones. `fill` says how floats are chosen. Integers
// are in [0, bound), or small if there is no bound. Elements that are known to be zero are set to zero.
void Fill(const v1::Argument& argument, uint64_t seed, v1::ReferenceOutput::Fill fill, char* data);

// Returns whether an output can be compared. A floating-point output can, if at least half of it is not
// NaN and some of it is finite. Infinities may be intended (e.g. in the mask of an attention). An output
// of integers always can.
bool IsComparable(const v1::Argument& argument, absl::string_view data);

// Returns max |actual - expected| / max |expected| over the elements that are finite in both. Returns
// infinity if only one of two elements is finite, if they are different infinities, or if integers differ
// at all. Floats of 16 bits may differ by the distance to the next one.
double RelativeError(const v1::Argument& argument, absl::string_view actual, absl::string_view expected);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_TENSORS_H_
