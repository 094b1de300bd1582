// Runs ONNX's own tests of every operator and opset (Debian's libonnx-testdata), which test the
// importer, the graph and the default sketches independently. A supported model must give the expected
// outputs. Any other must be refused with the node and the opset.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "compiler/importer/load_model.h"
#include "compiler/targets/target_registry.h"
#include "onnx/onnx_pb.h"
#include "tests/compiler/model/default_schedules.h"
#include "tests/compiler/model/expected_outputs.h"

namespace diapason::compiler::model {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kFolder[] = "/usr/share/libonnx-testdata/data";

bool NeedsConstants(const absl::Status& status) {
  return absl::StrContains(status.message(), "computed when the model runs") ||
         absl::StrContains(status.message(), "dynamic dimensions");
}

// Models of sequences, which are not supported, have such dimensions, too.
bool LeavesDimensionsOpen(const absl::Status& status) {
  return absl::IsInvalidArgument(status) && absl::StrContains(status.message(), "dynamic dimensions");
}

struct Set {
  const char* folder;
  int supported;  // how many models give the expected outputs today; there must not be fewer
};

class OnnxNodeTest : public ::testing::TestWithParam<Set> {
 protected:
  void SetUp() override {
    if (!fs::exists(kFolder)) GTEST_SKIP() << "libonnx-testdata is not installed, so nothing was tested";
  }

  // Some inputs of these models are not activations, but shapes, axes or repeats. In real models they
  // are constants. So all inputs except the first become constants here, and also the first one if it
  // holds integers.
  absl::StatusOr<graph::Program> LoadWithConstants(const fs::path& folder, std::vector<Tensor>& inputs) {
    onnx::ModelProto model;
    std::ifstream file(folder / "model.onnx", std::ios::binary);
    EXPECT_TRUE(model.ParseFromIstream(&file));
    for (int i = 0; i < model.graph().input_size(); ++i) {
      if (!model.graph().input(i).type().has_tensor_type())
        return importer::LoadModel((folder / "model.onnx").string(), {});
      onnx::TensorProto tensor;
      std::ifstream data(folder / "test_data_set_0" / ("input_" + std::to_string(i) + ".pb"),
                         std::ios::binary);
      EXPECT_TRUE(tensor.ParseFromIstream(&data));
      if (i == 0 && tensor.data_type() == onnx::TensorProto::FLOAT) {
        inputs.push_back(ReadTensors((folder / "test_data_set_0" / "input_").string()).at(0));
        continue;
      }
      tensor.set_name(model.graph().input(i).name());
      *model.mutable_graph()->add_initializer() = tensor;
    }
    const std::string path = ::testing::TempDir() + "/onnx_node_test.onnx";
    std::ofstream(path, std::ios::binary) << model.SerializeAsString();
    return importer::LoadModel(path, {});
  }

  void Check(const fs::path& folder) {
    auto program = importer::LoadModel((folder / "model.onnx").string(), {});
    std::vector<Tensor> inputs;
    if (program.ok())
      inputs = ReadTensors((folder / "test_data_set_0" / "input_").string());
    else if (NeedsConstants(program.status()))
      program = LoadWithConstants(folder, inputs);
    if (LeavesDimensionsOpen(program.status())) return;
    if (!program.ok()) {
      ++not_supported_;
      EXPECT_EQ(program.status().code(), absl::StatusCode::kUnimplemented) << program.status();
      EXPECT_THAT(std::string(program.status().message()), HasSubstr("not supported: "));
      EXPECT_THAT(std::string(program.status().message()), Not(HasSubstr("\n")));
      return;
    }
    ++supported_;
    ExpectOutputs(*program, schedules_, inputs,
                  ReadTensors((folder / "test_data_set_0" / "output_").string()));
  }

  const ScheduleSource schedules_ = DefaultSchedules(targets::FindTarget("host", "").value());
  int supported_ = 0;
  int not_supported_ = 0;
};

TEST_P(OnnxNodeTest, GivesTheExpectedOutputsOrIsNamed) {
  std::set<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(fs::path(kFolder) / GetParam().folder))
    folders.insert(entry.path());
  for (const fs::path& folder : folders) {
    SCOPED_TRACE(folder.filename().string());
    Check(folder);
  }
  std::printf("%d models give the expected outputs, %d are not supported\n", supported_, not_supported_);
  EXPECT_GE(supported_, GetParam().supported);
}

INSTANTIATE_TEST_SUITE_P(Sets, OnnxNodeTest,
                         ::testing::Values(Set{"node", 571}, Set{"simple", 7}, Set{"pytorch-operator", 29},
                                           Set{"pytorch-converted", 80}),
                         [](const auto& info) {
                           std::string name = info.param.folder;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace diapason::compiler::model
