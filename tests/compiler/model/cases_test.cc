// Small models for which the compiler once gave a wrong result, or none (cases/README.md). Each is
// compiled with the default schedules, and must give the right outputs or be refused with the right
// reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "compiler/importer/load_model.h"
#include "compiler/targets/target_registry.h"
#include "tests/compiler/model/default_schedules.h"
#include "tests/compiler/model/expected_outputs.h"

namespace diapason::compiler::model {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = DIAPASON_TEST_CASES;

std::vector<std::string> Cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".onnx") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class CasesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(CasesTest, GivesTheRightOutputsOrIsRefused) {
  const fs::path data = kFolder / GetParam();
  const auto program = importer::LoadModel((kFolder / (GetParam() + ".onnx")).string(), {});
  if (std::ifstream refusal(data / "refusal.txt"); refusal) {
    std::string reason;
    std::getline(refusal, reason);
    ASSERT_FALSE(program.ok());
    EXPECT_THAT(std::string(program.status().message()), ::testing::ContainsRegex(reason));
    EXPECT_EQ(program.status().message().find('\n'), absl::string_view::npos);
    return;
  }
  ASSERT_TRUE(program.ok()) << program.status();
  ExpectOutputs(*program, DefaultSchedules(targets::FindTarget("host", "").value()),
                ReadTensors((data / "input_").string()), ReadTensors((data / "output_").string()));
}

INSTANTIATE_TEST_SUITE_P(Models, CasesTest, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace diapason::compiler::model
