#include "tests/compiler/importer/onnx_text.h"

#include <gtest/gtest.h>
#include <onnx/defs/parser.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "compiler/model/program_check.h"
#include "tests/compiler/graph/program_executor.h"

namespace diapason::compiler::importer {

onnx::ModelProto OnnxModel(const std::string& graph, int opset) {
  onnx::ModelProto model;
  const std::string text =
      absl::StrCat("<ir_version: 8, opset_import: [\"\" : ", opset, ", \"com.microsoft\" : 1]> g ", graph);
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  return model;
}

absl::StatusOr<graph::Program> Load(const onnx::ModelProto& model, const LoadOptions& options) {
  return LoadBytes(model.SerializeAsString(), options);
}

absl::StatusOr<graph::Program> LoadBytes(const std::string& file, const LoadOptions& options) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/onnx_text_", getpid(), ".onnx");
  std::ofstream(path, std::ios::binary) << file;
  absl::StatusOr<graph::Program> program = LoadModel(path, options);
  std::remove(path.c_str());
  return program;
}

std::vector<std::string> Computed(const onnx::ModelProto& model, const std::vector<std::string>& inputs) {
  const absl::StatusOr<graph::Program> program = Load(model);
  EXPECT_TRUE(program.ok()) << program.status();
  if (!program.ok()) return {};
  EXPECT_TRUE(model::CheckProgram(*program).ok()) << model::CheckProgram(*program);
  absl::StatusOr<std::vector<std::string>> outputs = ExecuteProgram(*program, inputs);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  return outputs.ok() ? *std::move(outputs) : std::vector<std::string>();
}

}  // namespace diapason::compiler::importer
