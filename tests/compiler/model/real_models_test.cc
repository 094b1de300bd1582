// Tests whole networks, from ONNX files to outputs. DIAPASON_MODELS is a folder with files NAME.onnx,
// and next to them NAME/input_N.pb and NAME/output_N.pb. DIAPASON_DIMS=name=value,... gives the dynamic
// dimensions. The tests are skipped without such a folder, because the models are too large for the
// repository.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "compiler/importer/load_model.h"
#include "compiler/targets/target_registry.h"
#include "tests/compiler/graph/program_executor.h"
#include "tests/compiler/model/default_schedules.h"
#include "tests/compiler/model/expected_outputs.h"

namespace diapason::compiler::model {
namespace {

namespace fs = std::filesystem;

class RealModelsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("DIAPASON_MODELS") == nullptr)
      GTEST_SKIP() << "DIAPASON_MODELS is not set to a folder of models, so nothing was tested";
  }

  // Calls check(program, inputs, expected outputs) for every model.
  template <typename Check>
  void ForEachModel(Check check) {
    importer::LoadOptions options;
    const char* dims = std::getenv("DIAPASON_DIMS");
    for (absl::string_view dim : absl::StrSplit(dims == nullptr ? "" : dims, ',', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> parts = absl::StrSplit(dim, '=');
      options.dims[parts.first] = std::stoll(parts.second);
    }
    int models = 0;
    for (const auto& entry : fs::directory_iterator(std::getenv("DIAPASON_MODELS"))) {
      if (entry.path().extension() != ".onnx") continue;
      SCOPED_TRACE(entry.path().string());
      const auto program = importer::LoadModel(entry.path().string(), options);
      ASSERT_TRUE(program.ok()) << program.status();
      std::printf("%s: %zu calls of %zu workloads\n", entry.path().stem().c_str(), program->calls.size(),
                  program->workloads.size());
      const std::string data = entry.path().parent_path() / entry.path().stem();
      check(*program, ReadTensors(data + "/input_"), ReadTensors(data + "/output_"));
      ++models;
    }
    EXPECT_GT(models, 0);
  }
};

// Tests importing, folding, fusion, layout and partitioning, without schedules and without a memory
// plan.
TEST_F(RealModelsTest, ReferenceKernelsGiveTheExpectedOutputs) {
  ForEachModel(
      [](const graph::Program& program, const std::vector<Tensor>& inputs, std::vector<Tensor> expected) {
        std::vector<std::string> bytes;
        for (const Tensor& input : inputs) bytes.push_back(input.bytes);
        const auto outputs = ExecuteProgram(program, bytes);
        ASSERT_TRUE(outputs.ok()) << outputs.status();
        std::vector<Tensor> actual = expected;
        for (size_t i = 0; i < outputs->size(); ++i) actual.at(i).bytes = outputs->at(i);
        ExpectMatch(actual, expected);
      });
}

TEST_F(RealModelsTest, DefaultSchedulesGiveTheExpectedOutputs) {
  const ScheduleSource schedules = DefaultSchedules(targets::FindTarget("host", "").value());
  ForEachModel(
      [&](const graph::Program& program, const std::vector<Tensor>& inputs,
          const std::vector<Tensor>& expected) { ExpectOutputs(program, schedules, inputs, expected); });
}

}  // namespace
}  // namespace diapason::compiler::model
