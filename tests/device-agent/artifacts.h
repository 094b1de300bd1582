// Makes artifacts from C source with the compiler that builds the tests.
#ifndef DIAPASON_TESTS_DEVICE_AGENT_ARTIFACTS_H_
#define DIAPASON_TESTS_DEVICE_AGENT_ARTIFACTS_H_

#include <string>

#include "diapason/v1/trial.pb.h"

namespace diapason::device_agent {

// Compiles a kernel and returns the bytes of a shared object. The test fails if the source does not
// compile.
std::string CompileC(const std::string& source);

// Returns the source of a kernel with one stage over [0, 1024) and the given body. Its arguments are `in`
// (an input), `weights` (a constant) and `out` (an output), with 1024 floats each. The body may use i, in,
// weights, out, scratch and workspace.
std::string OneStage(const std::string& body);

// Returns the body out[i] = in[i] * weights[i] + 1. It is the reference of the requests below.
std::string GoodBody();

// Returns a request for a kernel with these arguments, with options like those of a search.
v1::MeasureRequest MakeRequest(const std::string& trial_id, const std::string& artifact_hash,
                               const std::string& reference_hash);

}  // namespace diapason::device_agent

#endif  // DIAPASON_TESTS_DEVICE_AGENT_ARTIFACTS_H_
