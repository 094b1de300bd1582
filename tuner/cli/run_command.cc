// diapason run: runs a compiled model on tensors from files, and compares or writes its outputs.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/model/loaded_model.h"
#include "compiler/model/tensor_file.h"
#include "proto/base/status_macros.h"
#include "tuner/cli/command.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {
namespace {

struct RunOptions {
  std::string folder;
  std::vector<std::string> inputs;
  std::vector<std::string> expected;
  std::string output;
  int threads = 1;
  bool json = false;
};

// Returns false if an output differs. Reports how close each output is: in `json` or, if that is null, on
// stdout.
absl::StatusOr<bool> Compare(const std::vector<compiler::model::Tensor>& outputs,
                             const std::vector<compiler::model::Tensor>& expected, JsonObject* json) {
  if (outputs.size() != expected.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the model has ", outputs.size(), " outputs, but --expect was given ", expected.size(), " times"));
  }
  bool all = true;
  for (size_t i = 0; i < outputs.size(); ++i) {
    auto comparison = compiler::model::CompareTensors(outputs[i], expected[i]);
    if (!comparison.ok()) return WithContext(comparison.status(), outputs[i].name);
    if (json != nullptr) {
      JsonObject& entry = AddTo(*json, "outputs");
      Set(entry, "name", outputs[i].name);
      Set(entry, "matches", comparison->matches);
      Set(entry, "max_error", comparison->max_error);
      Set(entry, "max_relative_error", comparison->max_relative_error);
      Set(entry, "cosine", comparison->cosine);
    } else {
      std::printf("%s: %s, max error %.3g (%.3g of the largest), cosine %.6f\n", outputs[i].name.c_str(),
                  comparison->matches ? "matches" : "DIFFERS", comparison->max_error,
                  comparison->max_relative_error, comparison->cosine);
    }
    all &= comparison->matches;
  }
  return all;
}

absl::Status Write(const std::vector<compiler::model::Tensor>& tensors, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return absl::PermissionDeniedError(absl::StrCat("cannot create ", folder, ": ", error.message()));
  for (size_t i = 0; i < tensors.size(); ++i) {
    DIAPASON_RETURN_IF_ERROR(
        compiler::model::WriteTensorFile(tensors[i], absl::StrCat(folder, "/output_", i, ".pb")));
  }
  return absl::OkStatus();
}

int Run(const RunOptions& options) {
  const auto model = compiler::model::LoadedModel::Load(options.folder, options.threads);
  if (!model.ok()) return Report(model.status());
  auto inputs = compiler::model::ReadTensorFiles(options.inputs);
  if (!inputs.ok()) return Report(inputs.status());
  const auto expected = compiler::model::ReadTensorFiles(options.expected);
  if (!expected.ok()) return Report(expected.status());
  if (inputs->empty()) *inputs = (*model)->RandomInputs(0);
  const auto outputs = (*model)->Run(*inputs);
  if (!outputs.ok()) return Report(outputs.status());
  if (!options.output.empty()) {
    const absl::Status written = Write(*outputs, options.output);
    if (!written.ok()) return Report(written);
  }
  JsonObject json;
  if (expected->empty()) {
    for (const compiler::model::Tensor& output : *outputs) {
      if (options.json) {
        Set(AddTo(json, "outputs"), "name", output.name);
      } else {
        std::printf("%s: computed\n", output.name.c_str());
      }
    }
    if (options.json) std::printf("%s\n", JsonText(json).c_str());
    return kExitOk;
  }
  const auto matches = Compare(*outputs, *expected, options.json ? &json : nullptr);
  if (!matches.ok()) return Report(matches.status());
  if (options.json) std::printf("%s\n", JsonText(json).c_str());
  return *matches ? kExitOk : kExitMismatch;
}

}  // namespace

void AddRun(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "run a compiled model and compare its outputs");
  command->footer(
      "Example:\n  diapason run out/ --input input_0.pb --expect output_0.pb\n"
      "Files are ONNX TensorProtos, in the model's order. Outputs match if\n"
      "|a-b| <= 1e-3 max|b| + 1e-3 |b| and cosine >= 0.9999; the exit code is 5 if they do not.");
  command->add_option("FOLDER", options->folder, "output folder of diapason compile")->required();
  command
      ->add_option("--input", options->inputs, "file of an input; repeatable; random inputs if there is none")
      ->allow_extra_args(false);
  command->add_option("--expect", options->expected, "file of the output to compare with; repeatable")
      ->allow_extra_args(false);
  command->add_option("-o,--output", options->output, "folder to write output_0.pb, ... to");
  command->add_option("--threads", options->threads, "number of threads to run on")
      ->check(CLI::Range(1, kMaxThreads))
      ->capture_default_str();
  command->add_flag(
      "--json", options->json,
      "print JSON: outputs with name; with --expect also matches, max_error, max_relative_error, cosine");
  SetBody(*command, exit_code, [options] { return Run(*options); });
}

}  // namespace diapason::tuner
