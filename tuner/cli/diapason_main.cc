// diapason: the command line. Each command has its own file (tune_command.cc, ...).
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "proto/domain/protocol_version.h"
#include "tuner/cli/command.h"

namespace {

constexpr char kHelp[] =
    "Tunes deep-learning kernels and models on the devices where they will run, and compiles them with the\n"
    "best known schedules.";
constexpr char kFooter[] =
    "Begin with:\n"
    "  diapason sample-model resnet18 -o resnet18.onnx\n"
    "  diapason tune resnet18.onnx --target host --time 10m -o out/\n"
    "Exit codes: 0 success; 1 failure; 2 bad input (model, sketch, target, option); 3 the tuning log cannot\n"
    "be used; 4 no server answers or no device is connected; 5 outputs differ; 130 interrupted; other codes\n"
    "from 100 on: the command line is not valid.";

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  CLI::App app{kHelp, "diapason"};
  app.set_version_flag("--version", diapason::VersionText("diapason"), diapason::kVersionHelp);
  app.require_subcommand(1);
  int exit_code = 0;
  using namespace diapason::tuner;
  for (auto* add : {AddTune, AddCompile, AddQuery, AddExplain, AddRun, AddBench, AddDevices, AddJobs,
                    AddWatch, AddCancel, AddDoctor, AddSampleModel, AddVersion}) {
    add(app, exit_code);
  }
  app.footer(kFooter);  // last, because commands inherit the footer that is set when they are added
  // No option of `app` itself has a value, so the first word is an option or a command. CLI11 alone would
  // report only that a command is missing.
  const auto is_named = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_named).empty()) {
    std::fprintf(stderr, "diapason: there is no command '%s'; `diapason --help` lists the commands\n",
                 argv[1]);
    return static_cast<int>(CLI::ExitCodes::ExtrasError);
  }
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
