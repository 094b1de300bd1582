// Runs ONNX's own tests of every operator and opset (Debian's libonnx-testdata), which test the
// importer, the graph and the default sketches independently. A supported model must give the expected
// outputs. Any other must be refused with the node and the opset. DIAPASON_ONNX_NODE_TESTS=TEXT runs only the
// models whose names contain the text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "compiler/graph/elements.h"
#include "compiler/importer/load_model.h"
#include "compiler/targets/target_registry.h"
#include "onnx/onnx_pb.h"
#include "proto/domain/element_type.h"
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

// The rule of exclusion: a test is not counted if its results are random, if it trains, or if it works on
// sequences, optionals or texts. All others are counted, and at least 92 % of them must pass.
bool IsExcluded(const onnx::GraphProto& graph) {
  static const std::set<std::string> kOperators = {
      "Bernoulli",          "Multinomial",        "RandomNormal",    "RandomNormalLike",
      "RandomUniform",      "RandomUniformLike",  "Adagrad",         "Adam",
      "Gradient",           "Momentum",           "Optional",        "OptionalGetElement",
      "OptionalHasElement", "ConcatFromSequence", "SequenceAt",      "SequenceConstruct",
      "SequenceEmpty",      "SequenceErase",      "SequenceInsert",  "SequenceLength",
      "SequenceMap",        "SplitToSequence",    "StringNormalizer"};
  const auto is_other = [](const onnx::ValueInfoProto& value) {
    return !value.type().has_tensor_type() ||
           value.type().tensor_type().elem_type() == onnx::TensorProto::STRING;
  };
  bool excluded = std::any_of(graph.input().begin(), graph.input().end(), is_other) ||
                  std::any_of(graph.output().begin(), graph.output().end(), is_other);
  for (const onnx::NodeProto& node : graph.node()) {
    excluded |= kOperators.count(node.op_type()) > 0;
    for (const onnx::AttributeProto& attribute : node.attribute())
      excluded |= attribute.name() == "training_mode" && attribute.i() != 0;
    excluded |= node.op_type() == "Dropout" && node.input_size() > 2;  // the mode is an operand
  }
  return excluded;
}

// Doubles are computed in float32. The files of some tests hold whatever was in memory when they were made,
// with numbers beyond the range of float32.
bool AreBeyondFloats(const std::vector<Tensor>& tensors) {
  bool beyond = false;
  for (const Tensor& tensor : tensors) {
    if (tensor.element_type != v1::ELEMENT_TYPE_F64) continue;
    for (const graph::Scalar& number : graph::ReadElements(tensor.element_type, tensor.bytes)) {
      const double size = std::fabs(number.f);
      beyond |=
          size > std::numeric_limits<float>::max() || (size > 0 && size < std::numeric_limits<float>::min());
    }
  }
  return beyond;
}

constexpr double kLeastShare = 0.92;

// Returns the names of the tests that are counted and may be refused. A test that is not among them and is
// refused is a regression.
std::set<std::string> MayBeRefused() {
  std::ifstream file(DIAPASON_TEST_REFUSED);
  std::set<std::string> names;
  for (std::string line; std::getline(file, line);) names.insert(line);
  return names;
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
    onnx::ModelProto model;
    std::ifstream file(folder / "model.onnx", std::ios::binary);
    EXPECT_TRUE(model.ParseFromIstream(&file));
    const bool excluded = IsExcluded(model.graph());
    counted_ += !excluded;
    auto program = importer::LoadModel((folder / "model.onnx").string(), {});
    std::vector<Tensor> inputs;
    if (program.ok())
      inputs = ReadTensors((folder / "test_data_set_0" / "input_").string());
    else if (NeedsConstants(program.status()))
      program = LoadWithConstants(folder, inputs);
    if (LeavesDimensionsOpen(program.status())) return;
    if (!program.ok()) {
      ++not_supported_;
      const std::string name = folder.filename().string();
      refused_ += !excluded;
      EXPECT_TRUE(excluded || may_be_refused_.count(name) > 0) << name << " passed before";
      std::printf("%s: %s\n", name.c_str(), std::string(program.status().message()).c_str());
      EXPECT_EQ(program.status().code(), absl::StatusCode::kUnimplemented) << program.status();
      EXPECT_THAT(std::string(program.status().message()), HasSubstr("not supported: "));
      EXPECT_THAT(std::string(program.status().message()), Not(HasSubstr("\n")));
      return;
    }
    if (AreBeyondFloats(inputs)) {
      --counted_;
      return;
    }
    ++supported_;
    std::vector<Tensor> outputs = ReadTensors((folder / "test_data_set_0" / "output_").string());
    // ONNX's own script writes bfloat16, which numpy does not have, as uint16, and only one element of the
    // second operand of a CastLike, whose elements do not matter.
    const auto restore = [](const std::vector<graph::ModelTensor>& declared, std::vector<Tensor>& tensors) {
      for (size_t i = 0; i < std::min(declared.size(), tensors.size()); ++i) {
        if (declared[i].element_type == v1::ELEMENT_TYPE_BF16)
          tensors[i].element_type = v1::ELEMENT_TYPE_BF16;
        if (declared[i].name != "like" || tensors[i].shape == declared[i].shape) continue;
        tensors[i].shape = declared[i].shape;
        tensors[i].bytes.resize(NumElements(declared[i].shape) * ElementBytes(declared[i].element_type));
      }
    };
    restore(program->inputs, inputs);
    restore(program->outputs, outputs);
    ExpectOutputs(*program, schedules_, inputs, outputs);
  }

  const ScheduleSource schedules_ = DefaultSchedules(targets::FindTarget("host", "").value());
  int supported_ = 0;
  const std::set<std::string> may_be_refused_ = MayBeRefused();
  int not_supported_ = 0;
  int counted_ = 0, refused_ = 0;
};

TEST_P(OnnxNodeTest, GivesTheExpectedOutputsOrIsNamed) {
  std::set<fs::path> folders;
  const char* only = std::getenv("DIAPASON_ONNX_NODE_TESTS");
  for (const auto& entry : fs::directory_iterator(fs::path(kFolder) / GetParam().folder)) {
    if (only == nullptr || absl::StrContains(entry.path().filename().string(), only))
      folders.insert(entry.path());
  }
  for (const fs::path& folder : folders) {
    SCOPED_TRACE(folder.filename().string());
    Check(folder);
  }
  std::printf("%d models give the expected outputs, %d are not supported\n", supported_, not_supported_);
  std::printf("of %d models that are not excluded by the rule, %d are not supported\n", counted_, refused_);
  if (only == nullptr) EXPECT_GE(counted_ - refused_, kLeastShare * counted_);
  if (only == nullptr) EXPECT_GE(supported_, GetParam().supported);
}

INSTANTIATE_TEST_SUITE_P(Sets, OnnxNodeTest,
                         ::testing::Values(Set{"node", 859}, Set{"simple", 7}, Set{"pytorch-operator", 30},
                                           Set{"pytorch-converted", 80}),
                         [](const auto& info) {
                           std::string name = info.param.folder;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace diapason::compiler::model
