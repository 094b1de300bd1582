// Loads files as Programs: small networks whose results are compared with plain C++, the sample model's
// structure, and files that are wrong in every known way.
#include "compiler/importer/load_model.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/importer/sample_model.h"
#include "compiler/model/program_check.h"
#include "onnx/onnx_pb.h"
#include "tests/compiler/graph/program_executor.h"
#include "tests/testing/mutations.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::HasSubstr;

std::string WriteFile(const std::string& name, const std::string& bytes) {
  const std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string Bytes(const std::vector<float>& numbers) {
  return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
}
std::vector<float> Floats(const std::string& bytes) {
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

std::vector<float> Random(size_t count, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<float> numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(static_cast<float>(engine() >> 40) / (1 << 23) - 1);
  return numbers;
}

std::string TensorInfo(const std::string& name, const std::vector<std::string>& dims) {
  std::string shape;
  for (const std::string& dim : dims)
    absl::StrAppend(&shape, "dim { ", isdigit(dim[0]) ? "dim_value: " + dim : "dim_param: '" + dim + "'",
                    " } ");
  return absl::StrCat("name: '", name, "' type { tensor_type { elem_type: 1 shape { ", shape, "} } }");
}

// `nodes` is in protobuf's text format.
onnx::ModelProto Model(const std::vector<std::string>& input, const std::vector<std::string>& output,
                       const std::string& nodes) {
  onnx::ModelProto model;
  const std::string text =
      absl::StrCat("ir_version: 8 opset_import { version: 17 } graph { name: 'g' input { ",
                   TensorInfo("x", input), " } output { ", TensorInfo("y", output), " } ", nodes, " }");
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &model)) << text;
  return model;
}

void AddWeights(onnx::ModelProto& model, const std::string& name, const std::vector<int64_t>& shape,
                const std::vector<float>& numbers) {
  onnx::TensorProto* tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t extent : shape) tensor->add_dims(extent);
  tensor->set_raw_data(Bytes(numbers));
}

std::vector<float> Computed(const onnx::ModelProto& model, const std::vector<float>& x) {
  const std::string path =
      WriteFile(absl::StrCat(::testing::UnitTest::GetInstance()->current_test_info()->name(), ".onnx"),
                model.SerializeAsString());
  const auto program = LoadModel(path, {});
  EXPECT_TRUE(program.ok()) << program.status();
  if (!program.ok()) return {};
  EXPECT_TRUE(model::CheckProgram(*program).ok()) << model::CheckProgram(*program);
  const auto outputs = ExecuteProgram(*program, {Bytes(x)});
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  return outputs.ok() ? Floats(outputs->at(0)) : std::vector<float>();
}

void ExpectNear(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i], 1e-4 + 1e-4 * std::fabs(expected[i])) << "at " << i;
}

// Returns the convolution of a C x S x S image with O x C x 3 x 3 weights, a padding of 1 and a stride
// of 1.
std::vector<float> Conv3x3(const std::vector<float>& x, const std::vector<float>& w, int channels,
                           int filters, int size) {
  std::vector<float> y(static_cast<size_t>(filters * size * size), 0);
  for (int o = 0; o < filters; ++o)
    for (int h = 0; h < size; ++h)
      for (int v = 0; v < size; ++v)
        for (int c = 0; c < channels; ++c)
          for (int kh = 0; kh < 3; ++kh)
            for (int kw = 0; kw < 3; ++kw) {
              const int r = h + kh - 1, q = v + kw - 1;
              if (r < 0 || q < 0 || r >= size || q >= size) continue;
              y[(o * size + h) * size + v] +=
                  x[(c * size + r) * size + q] * w[((o * channels + c) * 3 + kh) * 3 + kw];
            }
  return y;
}

const char kConv[] = "op_type: 'Conv' attribute { name: 'pads' type: INTS ints: [1, 1, 1, 1] }";

TEST(LoadModelTest, AResidualBlockWithHalosAndInPlace) {
  onnx::ModelProto model =
      Model({"1", "4", "6", "6"}, {"1", "4", "6", "6"},
            absl::StrCat("node { ", kConv,
                         " input: ['x', 'w1'] output: 'a' } node { op_type: 'Relu' input: 'a' output: 'b' } ",
                         "node { ", kConv, " input: ['b', 'w2', 'c'] output: 'd' } ",
                         "node { op_type: 'Add' input: ['d', 'b'] output: 'e' } node { op_type: 'Relu' "
                         "input: 'e' output: 'y' }"));
  const std::vector<float> x = Random(144, 1), w1 = Random(144, 2), w2 = Random(144, 3), bias = Random(4, 4);
  AddWeights(model, "w1", {4, 4, 3, 3}, w1);
  AddWeights(model, "w2", {4, 4, 3, 3}, w2);
  AddWeights(model, "c", {4}, bias);
  std::vector<float> b = Conv3x3(x, w1, 4, 4, 6);
  for (float& v : b) v = std::max(v, 0.0f);
  std::vector<float> y = Conv3x3(b, w2, 4, 4, 6);
  for (size_t i = 0; i < y.size(); ++i) y[i] = std::max(y[i] + bias[i / 36] + b[i], 0.0f);
  ExpectNear(Computed(model, x), y);
}

TEST(LoadModelTest, PartsAreWrittenIntoTheirJoin) {
  onnx::ModelProto model = Model({"1", "2", "5", "5"}, {"1", "6", "5", "5"},
                                 absl::StrCat("node { ", kConv, " input: ['x', 'w1'] output: 'a' } node { ",
                                              kConv, " input: ['x', 'w2'] output: 'b' } ",
                                              "node { op_type: 'Concat' input: ['a', 'b', 'x'] output: 'c' "
                                              "attribute { name: 'axis' type: INT i: 1 } } ",
                                              "node { op_type: 'Neg' input: 'c' output: 'y' }"));
  const std::vector<float> x = Random(50, 1), w = Random(36, 2), w2 = Random(36, 3);
  AddWeights(model, "w1", {2, 2, 3, 3}, w);
  AddWeights(model, "w2", {2, 2, 3, 3}, w2);
  std::vector<float> y = Conv3x3(x, w, 2, 2, 5);
  const std::vector<float> b = Conv3x3(x, w2, 2, 2, 5);
  y.insert(y.end(), b.begin(), b.end());
  y.insert(y.end(), x.begin(), x.end());
  for (float& v : y) v = -v;
  ExpectNear(Computed(model, x), y);
}

TEST(LoadModelTest, ProductsSoftmaxAndTransposes) {
  // This is y = softmax(x (x^T) / 2) x, where x is 3 x 4.
  onnx::ModelProto model = Model({"3", "4"}, {"3", "4"},
                                 "node { op_type: 'Transpose' input: 'x' output: 't' } node { op_type: "
                                 "'MatMul' input: ['x', 't'] output: 's' } "
                                 "node { op_type: 'Mul' input: ['s', 'half'] output: 'h' } node { op_type: "
                                 "'Softmax' input: 'h' output: 'p' } "
                                 "node { op_type: 'MatMul' input: ['p', 'x'] output: 'y' }");
  AddWeights(model, "half", {}, {0.5f});
  const std::vector<float> x = Random(12, 5);
  std::vector<float> y(12, 0);
  for (int i = 0; i < 3; ++i) {
    double p[3], sum = 0;
    for (int j = 0; j < 3; ++j) {
      double dot = 0;
      for (int k = 0; k < 4; ++k) dot += x[i * 4 + k] * x[j * 4 + k];
      sum += p[j] = std::exp(dot / 2);
    }
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) y[i * 4 + k] += static_cast<float>(p[j] / sum * x[j * 4 + k]);
  }
  ExpectNear(Computed(model, x), y);
}

TEST(LoadModelTest, TheSampleModelIsAResNet) {
  const std::string path = ::testing::TempDir() + "/sample.onnx",
                    again = ::testing::TempDir() + "/again.onnx";
  ASSERT_TRUE(WriteSampleModel("resnet18", 1, path).ok());
  ASSERT_TRUE(WriteSampleModel("resnet18", 1, again).ok());
  std::ifstream first(path, std::ios::binary), second(again, std::ios::binary);
  EXPECT_TRUE(
      std::equal(std::istreambuf_iterator<char>(first), {}, std::istreambuf_iterator<char>(second), {}));
  const auto program = LoadModel(path, {});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_TRUE(model::CheckProgram(*program).ok()) << model::CheckProgram(*program);
  // There are 20 convolutions, two pools, the classifier, and one copy, which turns the caller's image
  // into a channels-last one with a halo.
  EXPECT_EQ(program->calls.size(), 24u);
  int copies = 0, in_place = 0;
  for (const graph::Call& call : program->calls) {
    const v1::Workload& workload = program->workloads[call.workload];
    copies += absl::StartsWith(workload.summary(), "copy");
    for (const v1::Argument& argument : workload.arguments())
      in_place += argument.role() == v1::ARGUMENT_ROLE_IN_OUT;
  }
  EXPECT_EQ(copies, 1);
  EXPECT_EQ(in_place, 8);
  EXPECT_LE(program->workloads.size(), 20u);
  EXPECT_EQ(WriteSampleModel("resnet19", 1, path).code(), absl::StatusCode::kNotFound);
}

TEST(LoadModelTest, NamesAllUnsupportedOperatorsAtOnce) {
  onnx::ModelProto model = Model({"2"}, {"2"},
                                 "node { op_type: 'Foo' name: 'n1' input: 'x' output: 'a' } node { "
                                 "op_type: 'Bar' domain: 'my.ops' name: 'n2' input: 'x' output: 'b' } "
                                 "node { op_type: 'Add' input: ['a', 'b'] output: 'y' }");
  onnx::OperatorSetIdProto& set = *model.add_opset_import();
  set.set_domain("my.ops");
  set.set_version(3);
  model.mutable_graph()->add_input()->set_name("list");
  model.mutable_graph()->mutable_input(1)->mutable_type()->mutable_sequence_type();
  model.mutable_graph()->add_input()->set_name("image");
  model.mutable_graph()->mutable_input(2)->mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::COMPLEX64);
  const auto program = LoadModel(WriteFile("unsupported.onnx", model.SerializeAsString()), {});
  ASSERT_EQ(program.status().code(), absl::StatusCode::kUnimplemented) << program.status();
  const std::string message(program.status().message());
  EXPECT_THAT(message, HasSubstr("Foo (node 'n1', opset 17)"));
  EXPECT_THAT(message, HasSubstr("my.ops.Bar (node 'n2', opset 3)"));
  EXPECT_THAT(message, HasSubstr("input 'list'"));
  EXPECT_THAT(message, HasSubstr("input 'image' with element type COMPLEX64"));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("Add")));
}

absl::Status StatusOf(const onnx::ModelProto& model) {
  return LoadModel(WriteFile("status.onnx", model.SerializeAsString()), {}).status();
}

// A node that no kernel can compute is refused before any kernel is built.
TEST(LoadModelTest, NamesUnsupportedForms) {
  for (const char* nodes :
       {"node { op_type: 'Mod' name: 'n' input: ['x', 'x'] output: 'y' "
        "attribute { name: 'fmod' type: INT i: 1 } }",
        "node { op_type: 'Dropout' name: 'n' input: ['x', '', 'training'] output: 'y' }"}) {
    onnx::ModelProto model = Model({"2"}, {"2"}, nodes);
    onnx::TensorProto* training = model.mutable_graph()->add_initializer();
    training->set_name("training");
    training->set_data_type(onnx::TensorProto::BOOL);
    training->add_int32_data(1);
    EXPECT_EQ(StatusOf(model).code(), absl::StatusCode::kUnimplemented) << StatusOf(model);
    EXPECT_THAT(std::string(StatusOf(model).message()), HasSubstr("(node 'n', opset 17) with"));
  }
}

TEST(LoadModelTest, OutputsThatNothingReadsNeedNoSupport) {
  const std::string attention =
      "node { op_type: 'Attention' name: 'n' input: ['x', 'x', 'x'] output: ['a', '', '', 'scores'] } ";
  const std::vector<std::string> shape(4, "2");
  const auto model = [&](const std::string& read) {
    auto made = Model(shape, shape, attention + "node { op_type: 'Neg' input: '" + read + "' output: 'y' }");
    made.mutable_opset_import(0)->set_version(23);
    return StatusOf(made);
  };
  EXPECT_TRUE(model("a").ok());
  EXPECT_THAT(std::string(model("scores").message()), HasSubstr("with the output qk_matmul_output"));
}

TEST(LoadModelTest, AModelWithoutTheOpsetOfItsOperatorsIsRefused) {
  onnx::ModelProto model = Model({"2"}, {"2"}, "node { op_type: 'Neg' input: 'x' output: 'y' }");
  model.clear_opset_import();
  EXPECT_EQ(StatusOf(model).code(), absl::StatusCode::kInvalidArgument);
  model.add_opset_import()->set_domain("my.ops");
  EXPECT_EQ(StatusOf(model).code(), absl::StatusCode::kInvalidArgument);
}

// The graph grows while a node is converted to many. References to the shapes of values must stay valid.
TEST(LoadModelTest, SplitsIntoManyParts) {
  constexpr int kParts = 40;
  std::string names, sum = "node { op_type: 'Sum' output: 'y' ";
  for (int i = 0; i < kParts; ++i) {
    absl::StrAppend(&names, "output: 'p", i, "' ");
    absl::StrAppend(&sum, "input: 'p", i, "' ");
  }
  const onnx::ModelProto model =
      Model({"80"}, {"2"}, absl::StrCat("node { op_type: 'Split' input: 'x' ", names, " } ", sum, " }"));
  const std::vector<float> x = Random(2 * kParts, 6);
  std::vector<float> y(2, 0);
  for (int i = 0; i < kParts; ++i)
    for (int j = 0; j < 2; ++j) y[j] += x[2 * i + j];
  ExpectNear(Computed(model, x), y);
}

TEST(LoadModelTest, TheLogarithmOfASoftmaxThatIsTooSmallIsFinite) {
  const onnx::ModelProto model =
      Model({"2", "3"}, {"2", "3"}, "node { op_type: 'LogSoftmax' input: 'x' output: 'y' }");
  const float tail = std::log(2.0f);
  ExpectNear(Computed(model, {0, 200, 200, 1e4, 1e4, 0}),
             {-200 - tail, -tail, -tail, -tail, -tail, -1e4f - tail});
}

TEST(LoadModelTest, NodesThatCannotBeAreRefused) {
  const std::vector<std::string> shape = {"1", "1", "4", "4"};
  for (const char* nodes : {
           "node { op_type: 'Split' input: 'x' }",
           "node { op_type: 'Split' input: ['x', 'sizes'] output: 'y' attribute { name: 'axis' type: INT i: "
           "3 } }",
           "node { op_type: 'Gather' input: ['x', 'number'] output: 'y' }",
           "node { op_type: 'MaxPool' input: 'x' output: 'y' "
           "attribute { name: 'kernel_shape' type: INTS ints: [2, 2] } "
           "attribute { name: 'strides' type: INTS ints: [9223372036854775807, 1] } "
           "attribute { name: 'auto_pad' type: STRING s: 'SAME_UPPER' } }",
       }) {
    onnx::ModelProto model = Model(shape, shape, nodes);
    AddWeights(model, "number", {1}, {0});
    onnx::TensorProto* sizes = model.mutable_graph()->add_initializer();
    sizes->set_name("sizes");
    sizes->set_data_type(onnx::TensorProto::INT64);
    sizes->add_dims(1);
    sizes->add_int64_data(3);
    EXPECT_EQ(StatusOf(model).code(), absl::StatusCode::kInvalidArgument) << nodes << ": " << StatusOf(model);
  }
}

TEST(LoadModelTest, ADropoutKeepsEverythingAndItsMaskSaysSo) {
  onnx::ModelProto model = Model({"2", "3"}, {"2", "3"},
                                 "node { op_type: 'Dropout' input: 'x' output: ['d', 'm'] } "
                                 "node { op_type: 'Where' input: ['m', 'd', 'nothing'] output: 'w' } "
                                 "node { op_type: 'Neg' input: 'w' output: 'y' }");
  AddWeights(model, "nothing", {}, {0});
  const std::vector<float> x = Random(6, 7);
  std::vector<float> y;
  for (float value : x) y.push_back(-value);
  ExpectNear(Computed(model, x), y);
}

TEST(LoadModelTest, DynamicDimensionsNeedValues) {
  const std::string path = WriteFile("dynamic.onnx", Model({"batch", "len"}, {"batch", "len"},
                                                           "node { op_type: 'Neg' input: 'x' output: 'y' }")
                                                         .SerializeAsString());
  const auto without = LoadModel(path, {});
  ASSERT_EQ(without.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(without.status().message()), HasSubstr("batch, len"));
  const auto with = LoadModel(path, {.dims = {{"batch", 2}, {"len", 3}}});
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_EQ(with->inputs[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(LoadModel(path, {.dims = {{"batch", 2}, {"len", 3}, {"other", 1}}}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(LoadModel(path, {.dims = {{"batch", 2}, {"len", -3}}}).status().message()),
              HasSubstr("dimension len = -3 is negative"));
  const auto empty = LoadModel(path, {.dims = {{"batch", 2}, {"len", 0}}});
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->outputs[0].shape, (std::vector<int64_t>{2, 0}));
  EXPECT_TRUE(empty->calls.empty());
  EXPECT_TRUE(model::CheckProgram(*empty).ok()) << model::CheckProgram(*empty);
}

TEST(LoadModelTest, ReadsAWorkload) {
  const std::string path =
      WriteFile("copy.mlir",
                "func.func @f(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {\n"
                "  %r = linalg.exp ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) -> tensor<4xf32>\n"
                "  return %r : tensor<4xf32>\n}\n");
  const auto program = LoadModel(path, {});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->calls.size(), 1u);
  EXPECT_EQ(program->inputs.size(), 1u);
  EXPECT_EQ(program->outputs.size(), 1u);
}

TEST(LoadModelTest, BadFiles) {
  EXPECT_EQ(LoadModel("/no/such.onnx", {}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LoadModel(WriteFile("empty.onnx", ""), {}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LoadModel(WriteFile("text.onnx", "this is no model"), {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LoadModel(WriteFile("model.pb", "x"), {}).status().code(), absl::StatusCode::kInvalidArgument);
  // Names with line breaks must not break the message's line.
  EXPECT_EQ(
      StatusOf(Model({"2"}, {"2"}, "node { op_type: 'Fo\\no' input: 'x' output: 'y' }")).message().find('\n'),
      absl::string_view::npos);
}

TEST(LoadModelTest, DamagedFilesAreRefusedOrRead) {
  onnx::ModelProto model =
      Model({"1", "2", "5", "5"}, {"1", "8"},
            absl::StrCat("node { ", kConv,
                         " input: ['x', 'w'] output: 'a' } node { op_type: 'Relu' input: 'a' output: 'b' } ",
                         "node { op_type: 'GlobalAveragePool' input: 'b' output: 'c' } node { op_type: "
                         "'Flatten' input: 'c' output: 'd' } ",
                         "node { op_type: 'Gemm' input: ['d', 'v'] output: 'e' } node { op_type: 'Softmax' "
                         "input: 'e' output: 'y' }"));
  AddWeights(model, "w", {2, 2, 3, 3}, Random(36, 1));
  AddWeights(model, "v", {2, 8}, Random(16, 1));
  const std::string bytes = model.SerializeAsString();
  ASSERT_TRUE(LoadModel(WriteFile("whole.onnx", bytes), {}).ok());
  testing::ExpectMutationsAreRefusedOrRead(
      {bytes}, 300,
      [](const std::string& damaged) {
        const auto program = LoadModel(WriteFile("damaged.onnx", damaged), {});
        if (program.ok()) EXPECT_TRUE(model::CheckProgram(*program).ok()) << model::CheckProgram(*program);
        return program.status();
      },
      {absl::StatusCode::kInvalidArgument, absl::StatusCode::kUnimplemented});
}

}  // namespace
}  // namespace diapason::compiler::importer
