#include "tuner/cli/bench_against.h"

#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"
#include "proto/domain/protocol_version.h"
#include "proto/statistics/quantile.h"
#include "tuner/cli/peer_process.h"

namespace diapason::tuner {
namespace {

using compiler::model::LoadedModel;
using compiler::model::Tensor;

// Loading includes the conversion of the model, which takes some engines minutes.
constexpr absl::Duration kLoadTimeout = absl::Minutes(10);

// Writes a tensor's bytes to a file, and describes it in the list `field` of the request.
absl::Status AddTensor(const Tensor& tensor, const std::string& file, const std::string& field,
                       JsonObject& request) {
  std::ofstream stream(file, std::ios::binary);
  stream << tensor.bytes;
  stream.close();
  if (!stream) return absl::ResourceExhaustedError(absl::StrCat("cannot write ", file));
  JsonObject& entry = AddTo(request, field);
  Set(entry, "name", tensor.name);
  Set(entry, "type", std::string(ElementTypeName(tensor.element_type)));
  Set(entry, "file", file);
  (*entry.mutable_fields())["shape"].mutable_list_value();  // also of a scalar
  for (const int64_t size : tensor.shape) AddTo(entry, "shape", static_cast<double>(size));
  return absl::OkStatus();
}

absl::StatusOr<JsonObject> LoadRequest(const AgainstOptions& options, const std::string& folder,
                                       absl::Span<const Tensor> inputs, absl::Span<const Tensor> outputs) {
  JsonObject request;
  Set(request, "model", std::filesystem::absolute(options.model).string());
  Set(request, "threads", static_cast<double>(options.threads));
  for (size_t i = 0; i < inputs.size(); ++i)
    DIAPASON_RETURN_IF_ERROR(AddTensor(inputs[i], absl::StrCat(folder, "/input_", i), "inputs", request));
  for (size_t i = 0; i < outputs.size(); ++i)
    DIAPASON_RETURN_IF_ERROR(AddTensor(outputs[i], absl::StrCat(folder, "/output_", i), "outputs", request));
  return request;
}

// An engine of the comparison. Without a process it is Diapason itself.
struct Turn {
  Contestant result;
  std::unique_ptr<PeerProcess> process;
};

// Starts an engine and loads the model. If that fails, the result says why.
Turn LoadPeer(const std::string& name, const AgainstOptions& options, const std::string& folder,
              JsonObject request) {
  Turn turn;
  turn.result.name = name;
  const std::string work = absl::StrCat(folder, "/", name);
  std::error_code ignored;
  std::filesystem::create_directories(work, ignored);
  Set(request, "folder", work);
  absl::StatusOr<JsonObject> answer = absl::UnknownError("");
  auto process = PeerProcess::Start({"/usr/bin/env", options.python, "-B", options.worker, name},
                                    absl::StrCat(work, "/log"));
  if (process.ok()) answer = (*process)->Ask(request, kLoadTimeout);
  const absl::Status status = process.ok() ? answer.status() : process.status();
  if (!status.ok()) {
    turn.result.failed = std::string(status.message());
    return turn;
  }
  turn.process = *std::move(process);
  turn.result.version = answer->fields().at("version").string_value();
  turn.result.error = answer->fields().at("error").number_value();
  return turn;
}

// Runs Diapason's model for so long, and returns the times.
absl::StatusOr<std::vector<double>> RunFor(double seconds, LoadedModel& model,
                                           absl::Span<const Tensor> inputs, std::vector<Tensor>& outputs,
                                           const Clock& clock) {
  std::vector<double> times;
  DIAPASON_RETURN_IF_ERROR(model.RunInto(inputs, outputs, nullptr));  // warms the caches
  const absl::Duration end = clock.Monotonic() + absl::Seconds(seconds);
  do {
    const absl::Duration begin = clock.Monotonic();
    DIAPASON_RETURN_IF_ERROR(model.RunInto(inputs, outputs, nullptr));
    times.push_back(absl::ToDoubleMicroseconds(clock.Monotonic() - begin));
  } while (clock.Monotonic() < end);
  return times;
}

absl::StatusOr<std::vector<double>> AskFor(double seconds, PeerProcess& process) {
  JsonObject request;
  Set(request, "seconds", seconds);
  DIAPASON_ASSIGN_OR_RETURN(const JsonObject answer, process.Ask(request, absl::Seconds(60 + 20 * seconds)));
  std::vector<double> times;
  const auto found = answer.fields().find("times_us");
  if (found != answer.fields().end()) {
    for (const auto& value : found->second.list_value().values()) times.push_back(value.number_value());
  }
  if (times.empty()) return absl::FailedPreconditionError("its process has sent no times");
  return times;
}

void Summarize(Contestant& result) {
  if (!result.failed.empty() || result.round_us.empty()) return;
  result.median_us = Median(result.round_us);
  result.fastest_us = *std::min_element(result.round_us.begin(), result.round_us.end());
  result.slowest_us = *std::max_element(result.round_us.begin(), result.round_us.end());
}

}  // namespace

absl::StatusOr<std::vector<int>> PinToProcessors(int threads) {
  cpu_set_t allowed;
  std::vector<int> processors;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &allowed)) processors.push_back(i);
    }
  }
  if (static_cast<int>(processors.size()) < threads) {
    return absl::InvalidArgumentError(absl::StrCat("--threads ", threads, ": this process may use only ",
                                                   processors.size(), " processors"));
  }
  processors.erase(processors.begin(), processors.end() - threads);
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  for (const int processor : processors) CPU_SET(processor, &chosen);
  sched_setaffinity(0, sizeof chosen, &chosen);
  return processors;
}

absl::StatusOr<std::vector<Contestant>> CompareWithPeers(LoadedModel& model, absl::Span<const Tensor> inputs,
                                                         const AgainstOptions& options, const Clock& clock) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<Tensor> outputs, model.Run(inputs));
  DIAPASON_ASSIGN_OR_RETURN(const JsonObject request, LoadRequest(options, options.folder, inputs, outputs));
  std::vector<Turn> turns(1);
  turns[0].result.name = "diapason";
  turns[0].result.version = Release();
  for (const std::string& peer : options.peers) {
    if (options.cancelled && options.cancelled()) return absl::CancelledError("interrupted");
    turns.push_back(LoadPeer(peer, options, options.folder, request));
  }
  for (int round = 0; round < kBenchRounds; ++round) {
    for (Turn& turn : turns) {
      if (options.cancelled && options.cancelled()) return absl::CancelledError("interrupted");
      if (!turn.result.failed.empty()) continue;
      const double seconds = options.seconds / kBenchRounds;
      const auto times = turn.process != nullptr ? AskFor(seconds, *turn.process)
                                                 : RunFor(seconds, model, inputs, outputs, clock);
      if (!times.ok() && turn.process == nullptr) return times.status();
      if (!times.ok()) {
        turn.result.failed = std::string(times.status().message());
        continue;
      }
      turn.result.round_us.push_back(Median(*times));
      turn.result.runs += times->size();
    }
  }
  std::vector<Contestant> results;
  for (Turn& turn : turns) {
    Summarize(turn.result);
    results.push_back(std::move(turn.result));
  }
  return results;
}

}  // namespace diapason::tuner
