// Times oneDNN: a program that speaks the protocol of peers/worker.py. In a `load` command, the name of the
// case is followed by the description that peers/onednn.py writes.
//
//   onednn_driver PEER
//   onednn_driver --version
//
// PEER is the name under which outputs are written. A kernel is made in several variants, which differ in
// the algorithm or in the layouts of activations and weights. `load` times all of them briefly and keeps
// the fastest.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/kernels/onednn/variant.h"

namespace diapason::bench {
namespace {

constexpr int kSelectionRuns = 7;
constexpr size_t kMinSamples = 3;
constexpr double kMostSeconds = 5;  // times the seconds that were asked for

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// How often the system has taken a core from a thread of this process.
int64_t LostCores() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c >= ' ' ? c : ' ';
  }
  return quoted + "\"";
}

std::optional<Variant> loaded;

void Load(const std::string& peer, std::istream& words) {
  loaded.reset();
  std::string folder;
  words >> folder;
  const Case kernel(folder, words);
  double best = std::numeric_limits<double>::infinity();
  for (Variant& variant : MakeVariants(kernel)) {
    double time = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kSelectionRuns; ++i) time = std::min(time, variant.Sample());
    if (time >= best) continue;
    best = time;
    loaded = variant;
  }
  kernel.Write(peer + ".0.bin", loaded->Output());
  std::cout << "{\"variant\": " << Quoted(loaded->name()) << "}" << std::endl;
}

// The same rules as in peers/worker.py.
void Time(double seconds) {
  loaded->Sample();
  std::vector<double> clean, all;
  const double begin = Now();
  double passed = 0;
  int64_t lost = LostCores();
  while (passed < seconds ||
         (clean.size() < kMinSamples && (passed < kMostSeconds * seconds || all.size() < kMinSamples))) {
    const double us = loaded->Sample() * 1e6;
    passed = Now() - begin;
    const int64_t before = std::exchange(lost, LostCores());
    if (lost == before) clean.push_back(us);
    all.push_back(us);
  }
  const bool is_clean = clean.size() >= kMinSamples;
  std::ostringstream samples;
  for (const double us : is_clean ? clean : all) samples << (samples.tellp() > 0 ? ", " : "") << us;
  std::cout << "{\"us\": [" << samples.str() << "], \"clean\": " << (is_clean ? "true" : "false")
            << ", \"overhead_us\": 0}" << std::endl;
}

}  // namespace

int Main(const std::string& peer) {
  if (peer == "--version") {
    const dnnl_version_t* version = dnnl_version();
    std::cout << version->major << "." << version->minor << "." << version->patch << std::endl;
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    try {
      double seconds = 0;
      if (command == "load") {
        Load(peer, words);
      } else if (words >> seconds && loaded) {
        Time(seconds);
      } else {
        std::cout << "{\"reason\": \"nothing is loaded, or the command is unknown\"}" << std::endl;
      }
    } catch (const std::exception& error) {
      std::cout << "{\"reason\": " << Quoted(error.what()) << "}" << std::endl;
    }
  }
  return 0;
}

}  // namespace diapason::bench

int main(int argc, char** argv) { return diapason::bench::Main(argc > 1 ? argv[1] : "onednn"); }
