// `diapason`: the command line. One file a command (tune_command.cc, ...).
#include <signal.h>

#include <CLI/CLI.hpp>

#include "tuner/cli/command.h"

namespace {

constexpr char kHelp[] =
    "Tunes deep-learning kernels and models on the devices where they will run, and compiles them with the\n"
    "best schedules known.";
constexpr char kFooter[] =
    "Begin with:\n"
    "  diapason sample-model resnet18 -o resnet18.onnx\n"
    "  diapason tune resnet18.onnx --target host --time 10m -o out/\n"
    "Exit codes: 0 done; 1 failed; 2 bad input (model, sketch, target, option); 3 the log; 4 no server or "
    "device;\n"
    "5 outputs differ; 100 and above: wrong command line; 130 interrupted.";

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  CLI::App app{kHelp, "diapason"};
  app.require_subcommand(1);
  int exit_code = 0;
  using namespace diapason::tuner;
  for (auto* add : {AddTune, AddCompile, AddQuery, AddExplain, AddRun, AddBench, AddDevices, AddJobs,
                    AddWatch, AddCancel, AddDoctor, AddSampleModel, AddVersion}) {
    add(app, exit_code);
  }
  app.footer(kFooter);  // now: commands inherit what is there when they are added
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
