#include "device-agent/runner/measure.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/runtime/host_target.h"
#include "compiler/runtime/loaded_kernel.h"
#include "device-agent/runner/arguments.h"
#include "device-agent/runner/cold_constants.h"
#include "device-agent/runner/conditions.h"
#include "device-agent/runner/guarded_memory.h"
#include "device-agent/runner/sampler.h"
#include "device-agent/runner/tensors.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/statistics/quantile.h"

namespace diapason::device_agent {
namespace {

// How many times larger the copies of the constants must be than the core's own caches, so that the
// constants are cold. The factor is large because half of the copies may be constants that only `prepare`
// reads.
constexpr size_t kColdFactor = 12;
constexpr size_t kDefaultPrivateCacheBytes = 1 << 20;
constexpr double kHotShare = 0.2;  // the share of a comparison's budget for the hot medians

v1::Outcome OutcomeOf(const absl::Status& status, v1::OutcomeKind kind) {
  return MakeOutcome(absl::IsResourceExhausted(status) ? v1::OUTCOME_KIND_OUT_OF_MEMORY : kind,
                     status.message());
}

size_t PrivateCacheBytes() {
  size_t bytes = 0;
  const v1::Target host = compiler::runtime::HostTarget();
  for (const v1::Cache& cache : host.caches()) {
    if (cache.sharing_cores() <= 1) bytes += static_cast<size_t>(cache.size_bytes());
  }
  return bytes > 0 ? bytes : kDefaultPrivateCacheBytes;
}

// A kernel, and what is needed to call it with a request's arguments.
class TrialKernel {
 public:
  explicit TrialKernel(const Arguments& arguments)
      : arguments_(arguments), memory_(static_cast<size_t>(arguments.size()) + 1) {}

  // Loads the artifact at `path`. Returns the errors of LoadedKernel::Load.
  absl::Status Load(const std::string& path, int threads) {
    const compiler::runtime::KernelOptions options = {
        .threads = threads, .num_arguments = arguments_.size(), .memory = &memory_};
    DIAPASON_ASSIGN_OR_RETURN(kernel_, compiler::runtime::LoadedKernel::Load(path, options));
    pointers_ = kernel_->WithPacked(arguments_.Pointers());
    return absl::OkStatus();
  }

  void Prepare() { kernel_->Prepare(pointers_); }
  void Run() { kernel_->Run(pointers_); }

  // Makes copies of the constants with `bytes` bytes in all. Every later call of RunCold uses the next
  // copy.
  void MakeColdCopies(size_t bytes) { cold_.emplace(arguments_, *kernel_, pointers_, bytes); }
  void RunCold() { kernel_->Run(cold_->Next()); }

  // Returns how many units of work each stage has.
  std::vector<int64_t> StageUnits() const {
    const diapason_kernel& kernel = kernel_->description();
    std::vector<int64_t> units;
    for (int64_t i = 0; i < kernel.num_stages; ++i) units.push_back(kernel.stages[i].range);
    return units;
  }

  // Returns the first of the kernel's own buffers whose guard bytes were overwritten, or "".
  std::string FirstDamaged() const { return memory_.FirstDamaged(); }

 private:
  const Arguments& arguments_;
  GuardedMemory memory_;                                     // must outlive the kernel
  std::unique_ptr<compiler::runtime::LoadedKernel> kernel_;  // set by Load
  std::vector<void*> pointers_;        // first to the arguments, then to the packed constants
  std::optional<ColdConstants> cold_;  // set by MakeColdCopies
};

// The kernels of one request: the candidate, followed by its rivals.
class Trial {
 public:
  Trial(const v1::RunRequest& run, const Clock& clock) : run_(run), clock_(clock) {}

  v1::RunResponse MakeReference();
  v1::RunResponse CheckAndTime();

 private:
  int threads() const { return std::max(1, run_.request().options().threads()); }

  v1::Outcome MakeArguments(v1::ReferenceOutput::Fill fill);
  v1::Outcome LoadKernel(const std::string& path);
  v1::Outcome CallOnce(TrialKernel& kernel);
  v1::Outcome Compare(const v1::ReferenceOutput& expected, double& error) const;
  v1::Outcome LoadAndCheckAll();
  v1::Outcome TimeAll();

  const v1::RunRequest& run_;
  const Clock& clock_;
  std::unique_ptr<Arguments> arguments_;
  std::vector<std::unique_ptr<TrialKernel>> kernels_;
  std::vector<v1::Measurement> measurements_;  // one for each kernel
};

v1::Outcome Trial::MakeArguments(v1::ReferenceOutput::Fill fill) {
  absl::StatusOr<Arguments> arguments = Arguments::Create(run_.request(), fill);
  if (!arguments.ok()) return OutcomeOf(arguments.status(), v1::OUTCOME_KIND_RUN_ERROR);
  arguments_ = std::make_unique<Arguments>(*std::move(arguments));
  return MakeOutcome(v1::OUTCOME_KIND_OK);
}

v1::Outcome Trial::LoadKernel(const std::string& path) {
  auto kernel = std::make_unique<TrialKernel>(*arguments_);
  const absl::Status status = kernel->Load(path, threads());
  // A kernel of another ABI version was built for another release. This is not the schedule's fault.
  const bool other_abi = absl::IsFailedPrecondition(status);
  if (!status.ok())
    return OutcomeOf(status, other_abi ? v1::OUTCOME_KIND_DEVICE_LOST : v1::OUTCOME_KIND_LOAD_ERROR);
  kernels_.push_back(std::move(kernel));
  return MakeOutcome(v1::OUTCOME_KIND_OK);
}

// Prepares the kernel and makes the call whose outputs are checked.
v1::Outcome Trial::CallOnce(TrialKernel& kernel) {
  kernel.Prepare();
  arguments_->Reset();
  kernel.Run();
  std::string damaged = kernel.FirstDamaged();
  if (!damaged.empty()) damaged = "the " + damaged;
  const int argument = arguments_->FirstDamaged();
  if (argument >= 0) damaged = absl::StrCat("argument ", argument);
  if (!damaged.empty())
    return MakeOutcome(v1::OUTCOME_KIND_WRONG_OUTPUT, "the kernel wrote outside of " + damaged);
  return MakeOutcome(v1::OUTCOME_KIND_OK);
}

v1::RunResponse Trial::MakeReference() {
  v1::RunResponse response;
  for (v1::ReferenceOutput::Fill fill :
       {v1::ReferenceOutput::FILL_SIGNED, v1::ReferenceOutput::FILL_POSITIVE}) {
    kernels_.clear();
    *response.mutable_outcome() = MakeArguments(fill);
    if (IsOk(response.outcome())) *response.mutable_outcome() = LoadKernel(run_.artifact_path());
    if (IsOk(response.outcome())) *response.mutable_outcome() = CallOnce(*kernels_[0]);
    if (!IsOk(response.outcome())) return response;
    bool is_comparable = true;
    v1::ReferenceOutput& output = *response.mutable_reference_output();
    output.Clear();
    output.set_fill(fill);
    const std::vector<absl::string_view> outputs = arguments_->Outputs();
    for (int i = 0, k = 0; i < arguments_->size(); ++i) {
      if (!IsWritten(arguments_->description(i))) continue;
      const absl::string_view bytes = outputs[static_cast<size_t>(k++)];
      is_comparable &= IsComparable(arguments_->description(i), bytes);
      output.add_outputs(bytes.data(), bytes.size());
    }
    if (is_comparable) return response;
  }
  response.clear_reference_output();
  *response.mutable_outcome() = MakeOutcome(
      v1::OUTCOME_KIND_RUN_ERROR, "the output of the reference is mostly NaN, or has no finite value");
  return response;
}

v1::Outcome Trial::Compare(const v1::ReferenceOutput& expected, double& error) const {
  const std::vector<absl::string_view> outputs = arguments_->Outputs();
  if (static_cast<int>(outputs.size()) != expected.outputs_size()) {
    return MakeOutcome(v1::OUTCOME_KIND_REFERENCE_FAILED,
                       "the stored output of the reference has another number of tensors");
  }
  const double limit = run_.request().options().max_relative_error();
  error = 0;
  for (int i = 0, k = 0; i < arguments_->size(); ++i) {
    if (!IsWritten(arguments_->description(i))) continue;
    error = std::max(error, RelativeError(arguments_->description(i), outputs[static_cast<size_t>(k)],
                                          expected.outputs(k)));
    ++k;
    if (error > limit) {
      return MakeOutcome(v1::OUTCOME_KIND_WRONG_OUTPUT,
                         absl::StrCat("argument ", i, " differs by ", error, " of the largest value; ", limit,
                                      " is allowed"));
    }
  }
  return MakeOutcome(v1::OUTCOME_KIND_OK);
}

v1::Outcome Trial::LoadAndCheckAll() {
  v1::ReferenceOutput expected;
  std::ifstream file(run_.reference_output_path(), std::ios::binary);
  if (!file || !expected.ParseFromIstream(&file)) {
    return MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, "cannot read the stored output of the reference");
  }
  v1::Outcome outcome = MakeArguments(expected.fill());
  if (!IsOk(outcome)) return outcome;
  std::vector<std::string> paths = {run_.artifact_path()};
  paths.insert(paths.end(), run_.rival_paths().begin(), run_.rival_paths().end());
  for (size_t i = 0; i < paths.size(); ++i) {
    outcome = LoadKernel(paths[i]);
    if (IsOk(outcome)) outcome = CallOnce(*kernels_.back());
    double error = 0;
    if (IsOk(outcome)) outcome = Compare(expected, error);
    if (!IsOk(outcome)) {
      return i == 0 ? outcome : WithContext(outcome, absl::StrCat("rival ", i - 1));
    }
    measurements_.emplace_back().set_max_relative_error(error);
  }
  return outcome;
}

// Writes the samples and their statistics into the measurement.
void Fold(const Samples& samples, v1::Measurement& measurement) {
  measurement.mutable_samples_us()->Assign(samples.us.begin(), samples.us.end());
  measurement.mutable_canary_us()->Assign(samples.canary_us.begin(), samples.canary_us.end());
  measurement.set_calls_per_sample(samples.calls_per_sample);
  measurement.set_ended_early(samples.ended_early);
  const std::vector<double> steady = SteadyUs(samples);
  measurement.set_median_us(Median(steady));
  measurement.set_p10_us(Quantile(steady, 0.1));
  measurement.set_p90_us(Quantile(steady, 0.9));
}

v1::Outcome Trial::TimeAll() {
  const v1::MeasureOptions& wanted = run_.request().options();
  v1::Conditions conditions;
  conditions.set_sandbox(run_.sandbox());
  conditions.set_emulated(run_.emulated());
  SpeedWatch speed(run_.cpu(), clock_, conditions);

  std::vector<Calls> cold;
  std::vector<Calls> hot;
  const size_t cold_bytes = kColdFactor * PrivateCacheBytes() / kernels_.size();
  for (const auto& kernel : kernels_) {
    kernel->MakeColdCopies(cold_bytes);
    cold.push_back([&kernel](int calls) {
      for (int i = 0; i < calls; ++i) kernel->RunCold();
    });
    hot.push_back([&kernel](int calls) {
      for (int i = 0; i < calls; ++i) kernel->Run();
    });
  }
  const Canary canary = [this] { return CanaryUs(clock_); };
  SamplerOptions options;
  if (wanted.relative_width() > 0) options.relative_width = wanted.relative_width();
  if (wanted.budget_us() > 0) options.budget = absl::Microseconds(wanted.budget_us());
  options.best_us = wanted.best_us();
  const bool is_comparison = kernels_.size() > 1;
  if (is_comparison) options.budget *= 1 - kHotShare;
  const std::vector<Samples> cold_samples = TakeSamples(cold, canary, options, clock_);
  std::vector<Samples> hot_samples;
  if (is_comparison) {
    options.budget *= kHotShare / (1 - kHotShare);
    hot_samples = TakeSamples(hot, canary, options, clock_);
  }

  const v1::Outcome steady = speed.End();
  ReadConditions(run_.cpu(), conditions);
  for (size_t k = 0; k < kernels_.size(); ++k) {
    Fold(cold_samples[k], measurements_[k]);
    if (is_comparison) measurements_[k].set_hot_median_us(Median(SteadyUs(hot_samples[k])));
    measurements_[k].set_threads(threads());
    const std::vector<int64_t> units = kernels_[k]->StageUnits();
    measurements_[k].mutable_stage_units()->Assign(units.begin(), units.end());
    *measurements_[k].mutable_conditions() = conditions;
  }
  return steady;
}

v1::RunResponse Trial::CheckAndTime() {
  v1::RunResponse response;
  *response.mutable_outcome() = LoadAndCheckAll();
  if (IsOk(response.outcome())) *response.mutable_outcome() = TimeAll();
  if (!IsOk(response.outcome())) return response;
  *response.mutable_measurement() = std::move(measurements_[0]);
  for (size_t k = 1; k < measurements_.size(); ++k) *response.add_rivals() = std::move(measurements_[k]);
  return response;
}

}  // namespace

v1::RunResponse Measure(const v1::RunRequest& run, const Clock& clock) {
  Trial trial(run, clock);
  return run.make_reference() ? trial.MakeReference() : trial.CheckAndTime();
}

}  // namespace diapason::device_agent
