// diapason sample-model: writes a well-known model to try everything with.
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/importer/sample_model.h"
#include "tuner/cli/command.h"
#include "tuner/cli/interrupt.h"

namespace diapason::tuner {
namespace {

struct SampleOptions {
  std::string name;
  std::string output;
  uint64_t seed = 0;
};

}  // namespace

void AddSampleModel(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<SampleOptions>();
  CLI::App* command = app.add_subcommand("sample-model", "write a well-known ONNX model with random weights");
  command->footer("Example:\n  diapason sample-model resnet18 -o resnet18.onnx");
  command
      ->add_option("NAME", options->name,
                   absl::StrCat("one of: ", absl::StrJoin(compiler::importer::SampleModels(), ", ")))
      ->required();
  command->add_option("-o,--output", options->output, "the file to write")->required();
  command->add_option("--seed", options->seed, "seed of the random weights")->capture_default_str();
  SetBody(*command, exit_code, [options] {
    Interrupt interrupt;
    interrupt.PushCleanup([&] { std::remove(compiler::importer::PartialFile(options->output).c_str()); });
    const absl::Status written =
        compiler::importer::WriteSampleModel(options->name, options->seed, options->output);
    interrupt.PopCleanup();
    return Report(written);
  });
}

}  // namespace diapason::tuner
