// Whole networks through import, folding, fusion, layout and cutting, run with reference kernels: DIAPASON_MODELS names a
// folder of NAME.onnx with NAME/input_N.pb and NAME/output_N.pb beside it. DIAPASON_DIMS=name=value,...: their dynamic
// dimensions.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_split.h"
#include "compiler/import/load_model.h"
#include "compiler/model/tensor_file.h"
#include "tests/compiler/graph/program_executor.h"

namespace diapason::compiler {
namespace {

namespace fs = std::filesystem;

LoadOptions OptionsFromEnvironment() {
  LoadOptions options;
  const char* dims = std::getenv("DIAPASON_DIMS");
  for (absl::string_view dim : absl::StrSplit(dims == nullptr ? "" : dims, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(dim, '=');
    options.dims[parts.first] = std::stoll(parts.second);
  }
  return options;
}

void ExpectRight(const fs::path& onnx) {
  const auto program = LoadModel(onnx.string(), OptionsFromEnvironment());
  ASSERT_TRUE(program.ok()) << program.status();
  std::printf("%s: %zu calls of %zu workloads\n", onnx.stem().c_str(), program->calls.size(),
              program->workloads.size());
  for (const Call& call : program->calls)
    std::printf("  %s\n", program->workloads[call.workload].summary().c_str());
  const std::string data = (onnx.parent_path() / onnx.stem()).string();
  std::vector<std::string> inputs;
  for (size_t i = 0; i < program->inputs.size(); ++i)
    inputs.push_back(ReadTensorFile(data + "/input_" + std::to_string(i) + ".pb").value().bytes);
  const auto outputs = ExecuteProgram(*program, inputs);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  for (size_t i = 0; i < outputs->size(); ++i) {
    const Tensor expected = ReadTensorFile(data + "/output_" + std::to_string(i) + ".pb").value();
    Tensor actual = expected;
    actual.bytes = outputs->at(i);
    const auto comparison = CompareTensors(actual, expected);
    ASSERT_TRUE(comparison.ok()) << comparison.status();
    EXPECT_TRUE(comparison->matches) << "output " << i << ": error " << comparison->max_relative_error
                                     << " of the largest, cosine " << comparison->cosine;
    std::printf("%s: output %zu within %.1e of the largest value\n", onnx.stem().c_str(), i,
                comparison->max_relative_error);
  }
}

TEST(RealModelsTest, GiveTheExpectedOutputs) {
  const char* folder = std::getenv("DIAPASON_MODELS");
  if (folder == nullptr) GTEST_SKIP() << "DIAPASON_MODELS names no folder of models: nothing was tested";
  int models = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".onnx") continue;
    SCOPED_TRACE(entry.path().string());
    ExpectRight(entry.path());
    ++models;
  }
  EXPECT_GT(models, 0);
}

}  // namespace
}  // namespace diapason::compiler
