// Artifacts made by hand: C source of a kernel in, shared object out, by the compiler that builds the tests.
#ifndef DIAPASON_TESTS_DEVICE_AGENT_ARTIFACTS_H_
#define DIAPASON_TESTS_DEVICE_AGENT_ARTIFACTS_H_

#include <string>

#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

// The bytes of a shared object; fails the test where the source does not compile.
std::string CompileC(const std::string& source);

// A kernel with one stage over [0, 1024) and the given body, on arguments `in` (input), `weights` (constant)
// and `out` (output) of 1024 floats each; the body may use i, in, weights, out, scratch and workspace.
std::string OneStage(const std::string& body);

// out[i] = in[i] * weights[i] + 1. The reference of the request below.
std::string GoodBody();

// A request with these arguments; options as a search would set them.
v1::MeasureRequest MakeRequest(const std::string& trial_id, const std::string& artifact_hash,
                               const std::string& reference_hash);

}  // namespace diapason::device_agent

#endif  // DIAPASON_TESTS_DEVICE_AGENT_ARTIFACTS_H_
