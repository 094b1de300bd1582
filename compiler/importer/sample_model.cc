#include "compiler/importer/sample_model.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {
namespace {

// A random generator. The distributions of the standard library differ between its implementations; this
// one is the same everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // Returns a number that is uniform in [-1, 1). Its variance is 1/3.
  float Uniform() { return static_cast<float>(engine_() >> 40) * (1.0f / (1 << 23)) - 1.0f; }

 private:
  std::mt19937_64 engine_;
};

class ResNet18 {
 public:
  explicit ResNet18(uint64_t seed) : random_(seed) {}

  onnx::ModelProto Build() {
    model_.set_ir_version(8);
    model_.set_producer_name("diapason");
    model_.add_opset_import()->set_version(17);
    graph_.set_name("resnet18");
    AddTensorInfo(graph_.add_input(), "input", {1, 3, 224, 224});
    AddTensorInfo(graph_.add_output(), "output", {1, 1000});
    std::string x = Relu("conv1", ConvNorm("conv1", "input", 3, 64, 7, 2, 3, 1, 1));
    x = Node("MaxPool", "maxpool", {x},
             {{"kernel_shape", {3, 3}}, {"strides", {2, 2}}, {"pads", {1, 1, 1, 1}}});
    const int64_t channels[] = {64, 128, 256, 512};
    for (int stage = 0; stage < 4; ++stage) {
      for (int block = 0; block < 2; ++block) {
        const int64_t from = block == 0 && stage > 0 ? channels[stage - 1] : channels[stage];
        x = BasicBlock(absl::StrCat("layer", stage + 1, ".", block), x, from, channels[stage]);
      }
    }
    x = Node("GlobalAveragePool", "avgpool", {x}, {});
    x = Node("Flatten", "flatten", {x}, {});
    // The features are positive, with a mean near their deviation. These weights give outputs of
    // deviation 1.
    const std::string weights = Tensor("fc.weight", {1000, 512}, 0.06),
                      bias = Tensor("fc.bias", {1000}, 0.02);
    Node("Gemm", "fc", {x, weights, bias}, {}, "output")
        ->add_attribute()
        ->CopyFrom(IntAttribute("transB", 1));
    *model_.mutable_graph() = std::move(graph_);
    return std::move(model_);
  }

 private:
  using IntLists = std::vector<std::pair<std::string, std::vector<int64_t>>>;

  static void AddTensorInfo(onnx::ValueInfoProto* info, const std::string& name,
                            const std::vector<int64_t>& shape) {
    info->set_name(name);
    onnx::TypeProto::Tensor* type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : shape) type->mutable_shape()->add_dim()->set_dim_value(extent);
  }

  static onnx::AttributeProto IntAttribute(const std::string& name, int64_t value) {
    onnx::AttributeProto attribute;
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
    return attribute;
  }

  // Adds a tensor of numbers that are uniform around `mean`, with the given deviation.
  std::string Tensor(const std::string& name, const std::vector<int64_t>& shape, double deviation,
                     double mean = 0) {
    onnx::TensorProto* tensor = graph_.add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    int64_t count = 1;
    for (int64_t extent : shape) {
      tensor->add_dims(extent);
      count *= extent;
    }
    std::string bytes(static_cast<size_t>(count) * sizeof(float), '\0');
    const float scale = static_cast<float>(deviation * std::sqrt(3.0)), shift = static_cast<float>(mean);
    for (int64_t i = 0; i < count; ++i) {
      const float number = shift + scale * random_.Uniform();
      std::memcpy(&bytes[static_cast<size_t>(i) * sizeof number], &number, sizeof number);
    }
    tensor->set_raw_data(std::move(bytes));
    return name;
  }

  onnx::NodeProto* Node(const std::string& op, const std::string& name,
                        const std::vector<std::string>& inputs, const IntLists& lists,
                        const std::string& output) {
    onnx::NodeProto* node = graph_.add_node();
    node->set_op_type(op);
    node->set_name(name);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output);
    for (const auto& [key, numbers] : lists) {
      onnx::AttributeProto* attribute = node->add_attribute();
      attribute->set_name(key);
      attribute->set_type(onnx::AttributeProto::INTS);
      for (int64_t number : numbers) attribute->add_ints(number);
    }
    return node;
  }
  std::string Node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
                   const IntLists& lists) {
    const std::string output = absl::StrCat(name, "/", op);
    Node(op, name, inputs, lists, output);
    return output;
  }

  std::string Relu(const std::string& name, const std::string& x) {
    return Node("Relu", absl::StrCat(name, ".relu"), {x}, {});
  }

  // Adds a convolution and its batch norm. The norm's variance is that of the convolution's result if
  // the mean square of its input is `input_power`, so that the norm's result has a deviation near
  // `output_scale`.
  std::string ConvNorm(const std::string& name, const std::string& x, int64_t from, int64_t to,
                       int64_t kernel, int64_t stride, int64_t pad, double input_power, double output_scale) {
    const double deviation = std::sqrt(2.0 / static_cast<double>(from * kernel * kernel));
    const std::string weights = Tensor(absl::StrCat(name, ".weight"), {to, from, kernel, kernel}, deviation);
    const std::string conv = Node(
        "Conv", name, {x, weights},
        {{"kernel_shape", {kernel, kernel}}, {"strides", {stride, stride}}, {"pads", {pad, pad, pad, pad}}});
    const std::string norm = absl::StrCat(name, ".bn");
    const double variance = 2 * input_power;
    return Node("BatchNormalization", norm,
                {conv, Tensor(norm + ".scale", {to}, 0.15 * output_scale, output_scale),
                 Tensor(norm + ".shift", {to}, 0.1), Tensor(norm + ".mean", {to}, 0.1),
                 Tensor(norm + ".variance", {to}, 0.15 * variance, variance)},
                {});
  }

  std::string BasicBlock(const std::string& name, const std::string& x, int64_t from, int64_t to) {
    const int64_t stride = from == to ? 1 : 2;
    // The mean square is 1/2 after a norm of scale 1 and a ReLU, and about 1/2 to 1 after a block's sum
    // and ReLU.
    std::string y = Relu(name, ConvNorm(name + ".conv1", x, from, to, 3, stride, 1, 0.75, 1));
    y = ConvNorm(name + ".conv2", y, to, to, 3, 1, 1, 0.5, 0.6);
    const std::string shortcut =
        from == to ? x : ConvNorm(name + ".downsample", x, from, to, 1, stride, 0, 0.75, 0.8);
    return Relu(name + ".sum", Node("Add", name + ".add", {y, shortcut}, {}));
  }

  Random random_;
  onnx::ModelProto model_;
  onnx::GraphProto graph_;
};

absl::Status WriteFile(const std::string& path, const std::string& bytes) {
  const std::string partial = PartialFile(path);
  std::FILE* file = std::fopen(partial.c_str(), "wb");
  bool ok = file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (file != nullptr) ok = std::fclose(file) == 0 && ok;
  if (ok && std::rename(partial.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const std::string reason = std::strerror(errno);
  std::remove(partial.c_str());
  return absl::PermissionDeniedError(absl::StrCat("cannot write ", path, ": ", reason));
}

}  // namespace

std::string PartialFile(const std::string& path) { return path + ".partial"; }

std::vector<std::string> SampleModels() { return {"resnet18"}; }

absl::Status WriteSampleModel(absl::string_view name, uint64_t seed, const std::string& path) {
  if (name != "resnet18")
    return absl::NotFoundError(absl::StrCat("there is no sample model '", name,
                                            "'; there are: ", absl::StrJoin(SampleModels(), ", ")));
  return WriteFile(path, ResNet18(seed).Build().SerializeAsString());
}

}  // namespace diapason::compiler::importer
