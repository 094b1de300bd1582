// Measures a compiled model and other inference engines in turns, for `diapason bench --against`.
#ifndef DIAPASON_TUNER_CLI_BENCH_AGAINST_H_
#define DIAPASON_TUNER_CLI_BENCH_AGAINST_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "compiler/model/loaded_model.h"
#include "proto/base/clock.h"

namespace diapason::tuner {

// The engines that can be measured, by the names of --against.
inline constexpr const char* kPeers[] = {"onnxruntime", "openvino", "mnn", "ncnn"};

// How often the engines take turns. Their medians differ from turn to turn by what else happens on the
// machine.
inline constexpr int kBenchRounds = 7;

// One engine and its times.
struct Contestant {
  std::string name;
  std::string version;
  std::string failed;     // why there are no times; empty if there are
  double error = 0;       // largest difference of an output from Diapason's, relative to the largest value
  double median_us = 0;   // of the rounds' medians
  double fastest_us = 0;  // the least of the rounds' medians
  double slowest_us = 0;  // the largest of the rounds' medians
  std::vector<double> round_us;  // the median of each round
  size_t runs = 0;
};

// What CompareWithPeers needs to know.
struct AgainstOptions {
  std::string model;               // the path of the ONNX file
  std::vector<std::string> peers;  // names of kPeers
  std::string python;              // the Python interpreter that has the engines
  std::string worker;              // the path of peer_worker.py
  std::string folder;              // for temporary files
  int threads = 1;
  double seconds = 2;               // for how long each engine is measured
  std::function<bool()> cancelled;  // called between turns; may be empty
};

// Restricts this thread, and what it starts from now on, to `threads` processors, and returns their numbers.
// The last ones are taken, because the first one often serves interrupts. Returns InvalidArgument if there
// are not so many.
absl::StatusOr<std::vector<int>> PinToProcessors(int threads);

// Measures Diapason, which is the first of the result, and the peers. An engine that cannot run the model is
// listed with its reason. Returns the errors of LoadedModel::Run, and Cancelled.
absl::StatusOr<std::vector<Contestant>> CompareWithPeers(compiler::model::LoadedModel& model,
                                                         absl::Span<const compiler::model::Tensor> inputs,
                                                         const AgainstOptions& options, const Clock& clock);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_BENCH_AGAINST_H_
