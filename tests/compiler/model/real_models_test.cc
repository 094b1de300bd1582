// Whole networks, from ONNX files to outputs: DIAPASON_MODELS names a folder of NAME.onnx with NAME/input_N.pb and
// NAME/output_N.pb beside it. Skipped where it is not set: such models are too large for the repository.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "compiler/import/load_model.h"
#include "compiler/model/loaded_model.h"
#include "compiler/model/model_compiler.h"
#include "compiler/model/tensor_file.h"
#include "compiler/targets/target_registry.h"
#include "tests/compiler/model/default_schedules.h"

namespace diapason::compiler {
namespace {

namespace fs = std::filesystem;

std::vector<Tensor> ReadTensors(const std::string& prefix) {
  std::vector<Tensor> tensors;
  for (int i = 0; fs::exists(prefix + std::to_string(i) + ".pb"); ++i) {
    tensors.push_back(ReadTensorFile(prefix + std::to_string(i) + ".pb").value());
  }
  return tensors;
}

// Compiled with the built-in default schedules: the expected outputs, the same bits at 1 and 2 threads.
void ExpectRight(const fs::path& onnx) {
  const auto program = LoadModel(onnx.string(), {});
  ASSERT_TRUE(program.ok()) << program.status();
  ModelOptions options;
  options.target = FindTarget("host", "").value();
  options.directory = ::testing::TempDir() + "/real_" + onnx.stem().string();
  options.runtime_archive = HostRuntimeArchive();
  fs::remove_all(options.directory);
  const auto files = CompileModel(*program, DefaultSchedules(options.target), options);
  ASSERT_TRUE(files.ok()) << files.status();
  const std::string data = (onnx.parent_path() / onnx.stem()).string();
  const std::vector<Tensor> inputs = ReadTensors(data + "/input_");
  const std::vector<Tensor> expected = ReadTensors(data + "/output_");
  std::vector<Tensor> first;
  for (int threads : {1, 2}) {
    const auto model = LoadedModel::Load(options.directory, threads);
    ASSERT_TRUE(model.ok()) << model.status();
    for (int run = 0; run < 2; ++run) {
      const auto outputs = (*model)->Run(inputs);
      ASSERT_TRUE(outputs.ok()) << outputs.status();
      ASSERT_EQ(outputs->size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        const auto comparison = CompareTensors(outputs->at(i), expected[i]);
        ASSERT_TRUE(comparison.ok()) << comparison.status();
        EXPECT_TRUE(comparison->matches) << "output " << i << ": error " << comparison->max_relative_error
                                         << " of the largest, cosine " << comparison->cosine;
        if (!first.empty()) EXPECT_EQ(outputs->at(i).bytes, first[i].bytes) << threads << " threads";
        std::printf("%s, %d threads, run %d: output %zu within %.1e of the largest value\n",
                    onnx.stem().c_str(), threads, run, i, comparison->max_relative_error);
      }
      if (first.empty()) first = *outputs;
    }
  }
  fs::remove_all(options.directory);
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
