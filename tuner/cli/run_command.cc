// diapason run: a compiled model on tensors from files, its outputs compared or written.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/model/loaded_model.h"
#include "compiler/model/tensor_file.h"
#include "proto/support/status_macros.h"
#include "tuner/cli/command.h"

namespace diapason::tuner {
namespace {

struct RunOptions {
  std::string folder;
  std::vector<std::string> inputs;
  std::vector<std::string> expected;
  std::string output;
  int threads = 1;
};

absl::StatusOr<std::vector<compiler::Tensor>> Read(const std::vector<std::string>& paths) {
  std::vector<compiler::Tensor> tensors;
  for (const std::string& path : paths) {
    auto tensor = compiler::ReadTensorFile(path);
    if (!tensor.ok()) return WithContext(tensor.status(), path);
    tensors.push_back(*std::move(tensor));
  }
  return tensors;
}

// False: an output differs.
absl::StatusOr<bool> Compare(const std::vector<compiler::Tensor>& outputs,
                             const std::vector<compiler::Tensor>& expected) {
  if (outputs.size() != expected.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the model has ", outputs.size(), " outputs, --expect was given ", expected.size(), " times"));
  }
  bool all = true;
  for (size_t i = 0; i < outputs.size(); ++i) {
    auto comparison = compiler::CompareTensors(outputs[i], expected[i]);
    if (!comparison.ok()) return WithContext(comparison.status(), outputs[i].name);
    std::printf("%s: %s, max error %.3g (%.3g of the largest), cosine %.6f\n", outputs[i].name.c_str(),
                comparison->matches ? "matches" : "DIFFERS", comparison->max_error,
                comparison->max_relative_error, comparison->cosine);
    all &= comparison->matches;
  }
  return all;
}

int Run(const RunOptions& options) {
  const auto model = compiler::LoadedModel::Load(options.folder, options.threads);
  if (!model.ok()) return Report(model.status());
  auto inputs = Read(options.inputs);
  if (!inputs.ok()) return Report(inputs.status());
  const auto expected = Read(options.expected);
  if (!expected.ok()) return Report(expected.status());
  if (inputs->empty()) *inputs = (*model)->RandomInputs(0);
  const auto outputs = (*model)->Run(*inputs);
  if (!outputs.ok()) return Report(outputs.status());
  for (size_t i = 0; !options.output.empty() && i < outputs->size(); ++i) {
    std::filesystem::create_directories(options.output);
    const absl::Status written =
        compiler::WriteTensorFile((*outputs)[i], absl::StrCat(options.output, "/output_", i, ".pb"));
    if (!written.ok()) return Report(written);
  }
  if (expected->empty()) {
    for (const compiler::Tensor& output : *outputs) std::printf("%s: computed\n", output.name.c_str());
    return kExitOk;
  }
  const auto matches = Compare(*outputs, *expected);
  if (!matches.ok()) return Report(matches.status());
  return *matches ? kExitOk : kExitMismatch;
}

}  // namespace

void AddRun(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "run a compiled model, compare its outputs");
  command->footer(
      "Example:\n  diapason run out/ --input input_0.pb --expect output_0.pb\n"
      "Files are ONNX TensorProtos, in the model's order. Outputs match where\n"
      "|a-b| <= 1e-3 max|b| + 1e-3 |b| and cosine >= 0.9999; exit code 5 where they do not.");
  command->add_option("FOLDER", options->folder, "where diapason compile wrote")->required();
  command->add_option("--input", options->inputs, "an input; repeatable; none: random ones");
  command->add_option("--expect", options->expected, "the output to compare with; repeatable");
  command->add_option("-o,--output", options->output, "folder that receives output_0.pb, ...");
  command->add_option("--threads", options->threads, "threads to run on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  SetBody(*command, exit_code, [options] { return Run(*options); });
}

}  // namespace diapason::tuner
