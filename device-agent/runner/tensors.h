// A request's arguments: their sizes, what they are filled with, and how outputs are compared.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_TENSORS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_TENSORS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/runner.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::device_agent {

inline bool IsConstant(const v1::Argument& a) { return a.role() == v1::ARGUMENT_ROLE_CONSTANT; }
inline bool IsWritten(const v1::Argument& a) {
  return a.role() == v1::ARGUMENT_ROLE_OUTPUT || a.role() == v1::ARGUMENT_ROLE_IN_OUT;
}

// InvalidArgument: an unknown element type, a negative extent, or more bytes than a request may have.
absl::StatusOr<size_t> BytesOf(const v1::Argument& argument);

// Fills `data` (BytesOf bytes) with values that depend on `seed` and the place only, so that the reference's
// run and every candidate's see the same: floats by `fill`, integers in [0, bound), or small ones where there
// is no bound. Elements that are known to be zero are zero.
void Fill(const v1::Argument& argument, uint64_t seed, v1::ReferenceOutput::Fill fill, char* data);

// Whether a floating-point output says enough to compare with: half of it is a number, and some of it finite.
// Infinities may be meant (a mask of attention). Integers always do.
bool IsComparable(const v1::Argument& argument, absl::string_view data);

// max |actual - expected| / max |expected|, over the elements whose expected value is finite. Infinity: an
// element is not finite where the expected one is, or the other way round, or is another infinity; integers
// differ at all.
double RelativeError(const v1::Argument& argument, absl::string_view actual, absl::string_view expected);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_TENSORS_H_
