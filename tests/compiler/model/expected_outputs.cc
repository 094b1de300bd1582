#include "tests/compiler/model/expected_outputs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "compiler/model/loaded_model.h"
#include "compiler/model/tensor_file.h"
#include "compiler/targets/target_registry.h"
#include "tests/compiler/model/default_schedules.h"

namespace diapason::compiler::model {

std::vector<Tensor> ReadTensors(const std::string& prefix) {
  std::vector<Tensor> tensors;
  while (true) {
    const std::string path = prefix + std::to_string(tensors.size()) + ".pb";
    if (!std::filesystem::exists(path)) return tensors;
    auto tensor = ReadTensorFile(path);
    EXPECT_TRUE(tensor.ok()) << tensor.status();
    if (!tensor.ok()) return tensors;
    tensors.push_back(*std::move(tensor));
  }
}

void ExpectMatch(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto comparison = CompareTensors(actual[i], expected[i]);
    ASSERT_TRUE(comparison.ok()) << "output " << i << ": " << comparison.status();
    EXPECT_TRUE(comparison->matches) << "output " << i << ": error " << comparison->max_relative_error
                                     << " of the largest, cosine " << comparison->cosine;
    std::printf("output %zu within %.1e of the largest value\n", i, comparison->max_relative_error);
  }
}

void ExpectOutputs(const graph::Program& program, const ScheduleSource& schedules,
                   const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected) {
  ModelOptions options;
  options.target = targets::FindTarget("host", "").value();
  options.directory = ::testing::TempDir() + "/expected_outputs_" + std::to_string(getpid());
  options.runtime_archive = RuntimeArchive(options.target);
  const auto files = CompileModel(program, schedules, options);
  ASSERT_TRUE(files.ok()) << files.status();
  std::vector<Tensor> first;
  for (int threads : {1, 2}) {
    const auto model = LoadedModel::Load(options.directory, threads);
    ASSERT_TRUE(model.ok()) << model.status();
    for (int run = 0; run < 2; ++run) {
      SCOPED_TRACE(std::to_string(threads) + " threads, run " + std::to_string(run));
      const auto outputs = (*model)->Run(inputs);
      ASSERT_TRUE(outputs.ok()) << outputs.status();
      if (first.empty()) {
        first = *outputs;
        ExpectMatch(first, expected);
      }
      ASSERT_EQ(outputs->size(), first.size());
      for (size_t i = 0; i < first.size(); ++i)
        EXPECT_EQ(outputs->at(i).bytes, first[i].bytes) << "output " << i;
    }
  }
  std::filesystem::remove_all(options.directory);
}

}  // namespace diapason::compiler::model
