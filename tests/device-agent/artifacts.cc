#include "tests/device-agent/artifacts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "proto/domain/protocol_version.h"

namespace diapason::device_agent {

std::string CompileC(const std::string& source) {
  static int number = 0;
  const std::string stem =
      testing::TempDir() + "/artifact-" + std::to_string(getpid()) + "-" + std::to_string(++number);
  std::ofstream(stem + ".c") << source;
  const std::string command = std::string(DIAPASON_TEST_C_COMPILER) + " -O2 -w -fPIC -shared -I" +
                              std::getenv("DIAPASON_SOURCE_DIR") + " -o " + stem + ".so " + stem + ".c";
  EXPECT_EQ(std::system(command.c_str()), 0) << source;
  std::stringstream bytes;
  bytes << std::ifstream(stem + ".so", std::ios::binary).rdbuf();
  std::filesystem::remove(stem + ".c");
  std::filesystem::remove(stem + ".so");
  return bytes.str();
}

std::string OneStage(const std::string& body) {
  return R"c(
#include <stdlib.h>
#include "compiler/runtime/kernel_abi.h"
static void body(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  const float* in = arguments[0];
  const float* weights = arguments[1];
  float* out = arguments[2];
  for (int64_t i = begin; i < end; ++i) {)c" +
         body + R"c(}
}
static const diapason_stage stages[] = {{body, 1024}};
// The exported symbol has the same name as its type.
const diapason_kernel exported __asm__("diapason_kernel") = {
    DIAPASON_KERNEL_ABI_VERSION, 3, 0, 1, 256, 256, 0, stages, 0};
)c";
}

std::string GoodBody() { return "out[i] = in[i] * weights[i] + 1;"; }

v1::MeasureRequest MakeRequest(const std::string& trial_id, const std::string& artifact_hash,
                               const std::string& reference_hash) {
  v1::MeasureRequest request;
  request.set_trial_id(trial_id);
  request.set_artifact_hash(artifact_hash);
  request.set_reference_hash(reference_hash);
  for (v1::ArgumentRole role :
       {v1::ARGUMENT_ROLE_INPUT, v1::ARGUMENT_ROLE_CONSTANT, v1::ARGUMENT_ROLE_OUTPUT}) {
    v1::Argument& argument = *request.add_arguments();
    argument.set_element_type(v1::ELEMENT_TYPE_F32);
    argument.add_shape(1024);
    argument.set_role(role);
  }
  v1::MeasureOptions& options = *request.mutable_options();
  options.set_protocol_version(kMeasureProtocolVersion);
  options.set_threads(1);
  options.set_max_relative_error(1e-4);
  options.set_relative_width(0.01);
  options.set_budget_us(20'000);
  options.set_timeout_us(10'000'000);
  options.set_memory_bytes(int64_t{1} << 30);
  return request;
}

}  // namespace diapason::device_agent
