// Checks that the time from a file to a Program grows only in proportion to the file's size:
//   import_bench [MODEL.onnx...]
//
// Without files it prints the milliseconds of LoadModel for graphs of growing size, of kinds that have made
// compilers slow. It also prints the ratio to the time for half the size, which should stay near 2. With
// files it prints each file's time, its numbers of kernel calls and workloads, and a hash of them, to
// compare two versions of the compiler.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/importer/load_model.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler {
namespace {

// Makes a model with one input and one output.
class Maker {
 public:
  explicit Maker(const std::vector<int64_t>& shape) {
    model_.set_ir_version(8);
    model_.add_opset_import()->set_version(17);
    AddInfo(model_.mutable_graph()->add_input(), "x", shape);
    Ints("to_rows", {16, 8});
    Floats("weights", {8, 8, 3, 3});
    Floats("narrow", {2, 8, 1, 1});
    Floats("thin", {2, 2, 1, 1});
    Floats("channel", {1, 8, 1, 1});
    Floats("number", {});
  }

  std::string Node(const std::string& op, const std::vector<std::string>& inputs) {
    onnx::NodeProto* node = model_.mutable_graph()->add_node();
    node->set_op_type(op);
    for (const std::string& input : inputs) node->add_input(input);
    const std::string name = absl::StrCat("v", model_.graph().node_size());
    node->add_output(name);
    if (op == "Conv") AttributeInts("pads", std::vector<int64_t>(4, inputs[1] == "weights" ? 1 : 0));
    if (op == "MaxPool") AttributeInts("kernel_shape", {3, 3}), AttributeInts("pads", {1, 1, 1, 1});
    if (op == "Transpose") AttributeInts("perm", {1, 0});
    if (op == "Concat") Attribute("axis", onnx::AttributeProto::INT)->set_i(1);
    return name;
  }

  onnx::ModelProto Finish(const std::string& output) {
    Node("Identity", {output});
    onnx::GraphProto& graph = *model_.mutable_graph();
    graph.add_output()->set_name(graph.node(graph.node_size() - 1).output(0));
    return std::move(model_);
  }

 private:
  static void AddInfo(onnx::ValueInfoProto* info, const std::string& name,
                      const std::vector<int64_t>& shape) {
    info->set_name(name);
    onnx::TypeProto::Tensor& type = *info->mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
  }
  onnx::TensorProto* Tensor(const std::string& name, const std::vector<int64_t>& shape, int type) {
    onnx::TensorProto* tensor = model_.mutable_graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (int64_t extent : shape) tensor->add_dims(extent);
    return tensor;
  }
  void Ints(const std::string& name, const std::vector<int64_t>& numbers) {
    onnx::TensorProto* tensor =
        Tensor(name, {static_cast<int64_t>(numbers.size())}, onnx::TensorProto::INT64);
    tensor->mutable_int64_data()->Add(numbers.begin(), numbers.end());
  }
  void Floats(const std::string& name, const std::vector<int64_t>& shape) {
    onnx::TensorProto* tensor = Tensor(name, shape, onnx::TensorProto::FLOAT);
    int64_t count = 1;
    for (int64_t extent : shape) count *= extent;
    for (int64_t i = 0; i < count; ++i) tensor->add_float_data(1 + static_cast<float>(i % 7) / 64);
  }
  onnx::AttributeProto* Attribute(const std::string& name, onnx::AttributeProto::AttributeType type) {
    onnx::GraphProto& graph = *model_.mutable_graph();
    onnx::AttributeProto* attribute = graph.mutable_node(graph.node_size() - 1)->add_attribute();
    attribute->set_name(name);
    attribute->set_type(type);
    return attribute;
  }
  void AttributeInts(const std::string& name, const std::vector<int64_t>& numbers) {
    Attribute(name, onnx::AttributeProto::INTS)->mutable_ints()->Add(numbers.begin(), numbers.end());
  }

  onnx::ModelProto model_;
};

// Nodes that become copies and one long elementwise kernel.
onnx::ModelProto ChainOfViews(int nodes) {
  Maker maker({16, 8});
  std::string x = "x";
  for (int i = 0; i < nodes / 4; ++i) {
    x = maker.Node("Add", {maker.Node("Reshape", {x, "to_rows"}), "number"});
    x = maker.Node("Mul", {maker.Node("Transpose", {x}), "number"});
  }
  return maker.Finish(x);
}

onnx::ModelProto ChainOfElementwise(int nodes) {
  Maker maker({1, 8, 4, 4});
  std::string x = "x";
  for (int i = 0; i < nodes / 2; ++i) x = maker.Node("Tanh", {maker.Node("Add", {x, "channel"})});
  return maker.Finish(x);
}

// Convolutions into which scales and shifts are folded.
onnx::ModelProto ChainOfConvolutions(int nodes) {
  Maker maker({1, 8, 4, 4});
  std::string x = "x";
  for (int i = 0; i < nodes / 4; ++i) {
    x = maker.Node("Mul", {maker.Node("Conv", {x, "weights"}), "channel"});
    x = maker.Node("Relu", {maker.Node("Add", {x, "channel"})});
  }
  return maker.Finish(x);
}

onnx::ModelProto ChainOfPools(int nodes) {
  Maker maker({1, 8, 4, 4});
  std::string x = "x";
  for (int i = 0; i < nodes / 2; ++i) x = maker.Node("Relu", {maker.Node("MaxPool", {x})});
  return maker.Finish(x);
}

// Every layer concatenates its features with those of all layers before it, as in DenseNet.
onnx::ModelProto Concatenations(int nodes) {
  Maker maker({1, 8, 4, 4});
  std::string all = "x", last = "x";
  for (int i = 0; i < nodes / 3; ++i) {
    last = maker.Node("Relu", {maker.Node("Conv", {i == 0 ? "x" : last, i == 0 ? "narrow" : "thin"})});
    all = maker.Node("Concat", {all, last});
  }
  return maker.Finish(all);
}

// Many branches of one value, which are concatenated again.
onnx::ModelProto Branches(int nodes) {
  Maker maker({1, 8, 4, 4});
  std::vector<std::string> branches;
  for (int i = 0; i < nodes / 2; ++i) branches.push_back(maker.Node("Exp", {maker.Node("MaxPool", {"x"})}));
  return maker.Finish(maker.Node("Concat", branches));
}

absl::StatusOr<graph::Program> Load(const std::string& path, double* ms) {
  const auto begin = std::chrono::steady_clock::now();
  absl::StatusOr<graph::Program> program = importer::LoadModel(path, {});
  *ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return program;
}

void TimeKind(const char* name, const std::function<onnx::ModelProto(int)>& make) {
  std::printf("%-24s", name);
  const std::string path =
      (std::filesystem::temp_directory_path() / absl::StrCat("import_bench_", getpid(), ".onnx")).string();
  double before = 0;
  for (int nodes : {600, 1200, 2400, 4800}) {
    std::ofstream(path, std::ios::binary) << make(nodes).SerializeAsString();
    double ms = 0;
    const auto program = Load(path, &ms);
    if (!program.ok()) std::printf("  %s", std::string(program.status().message()).c_str());
    std::printf("  %5d: %8.0f ms", nodes, ms);
    if (before > 0) std::printf(" (%.1f)", ms / before);
    std::fflush(stdout);
    before = ms;
  }
  std::printf("\n");
  std::filesystem::remove(path);
}

void TimeFile(const std::string& path) {
  double ms = 0;
  const auto program = Load(path, &ms);
  if (!program.ok()) {
    std::printf("%s: %s\n", path.c_str(), std::string(program.status().message()).c_str());
    return;
  }
  size_t hash = 0;
  const auto mix = [&](size_t more) { hash = hash * 1000003 + more; };
  for (const graph::Call& call : program->calls) {
    mix(std::hash<std::string>()(program->workloads[call.workload].id()));
    for (const graph::View& view : call.arguments) {
      mix(static_cast<size_t>(view.buffer) * 1000 + static_cast<size_t>(view.offset));
      for (int64_t stride : view.strides) mix(static_cast<size_t>(stride));
    }
  }
  std::printf("%s: %.0f ms, %zu calls, %zu workloads, %016zx\n", path.c_str(), ms, program->calls.size(),
              program->workloads.size(), hash);
}

}  // namespace
}  // namespace diapason::compiler

int main(int argc, char** argv) {
  using namespace diapason::compiler;
  for (int i = 1; i < argc; ++i) TimeFile(argv[i]);
  if (argc > 1) return 0;
  TimeKind("chain of views", ChainOfViews);
  TimeKind("chain of elementwise", ChainOfElementwise);
  TimeKind("chain of convolutions", ChainOfConvolutions);
  TimeKind("chain of pools", ChainOfPools);
  TimeKind("concatenations", Concatenations);
  TimeKind("branches", Branches);
  return 0;
}
