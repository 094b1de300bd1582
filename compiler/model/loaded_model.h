// A compiled model, loaded: what `diapason run` and `diapason bench` work with. It uses the library as its
// users do, through the C API and the manifest beside it.
#ifndef DIAPASON_COMPILER_MODEL_LOADED_MODEL_H_
#define DIAPASON_COMPILER_MODEL_LOADED_MODEL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "compiler/model/manifest.h"
#include "compiler/model/tensor.h"
#include "proto/base/clock.h"

struct diapason_model;

namespace diapason::compiler::model {

// One instance of one model, used by one thread at a time.
class LoadedModel {
 public:
  // `folder` is where CompileModel wrote; `threads` as NAME_create takes them. NotFound: no compiled model
  // there. InvalidArgument: the manifest or the number of threads. FailedPrecondition: the library does not
  // load here (for another machine, for example). ResourceExhausted: memory or threads.
  static absl::StatusOr<std::unique_ptr<LoadedModel>> Load(const std::string& folder, int threads);
  ~LoadedModel();

  LoadedModel(const LoadedModel&) = delete;
  LoadedModel& operator=(const LoadedModel&) = delete;

  const Manifest& manifest() const { return manifest_; }

  // Inputs that the model takes, of random contents.
  std::vector<Tensor> RandomInputs(uint64_t seed) const;

  // The outputs, in the model's order. InvalidArgument: not the model's inputs; says which and why.
  absl::StatusOr<std::vector<Tensor>> Run(absl::Span<const Tensor> inputs);

  // The same; `outputs` must be such as Run returns, and `call_us`, where not null, receives the microseconds
  // of each of the manifest's calls.
  absl::Status RunInto(absl::Span<const Tensor> inputs, std::vector<Tensor>& outputs,
                       std::vector<double>* call_us);

 private:
  struct Library;
  LoadedModel(Manifest manifest, std::unique_ptr<Library> library);

  const Manifest manifest_;
  const std::unique_ptr<Library> library_;
  diapason_model* model_ = nullptr;
};

struct TimeOptions {
  int warm_up_runs = 3;
  int min_runs = 10;
  absl::Duration min_duration = absl::Seconds(1);  // of all models' samples together
  std::function<bool()> cancelled;  // asked before each run; true ends it: Cancelled. None: never
};

struct Timing {
  double median_us = 0;
  double p10_us = 0;
  double p90_us = 0;
  std::vector<double> samples_us;  // wall-clock of one run each, in the order of measuring
  std::vector<double> call_us;     // median of each of the manifest's calls, from runs of their own
};

// Times models on the same inputs, interleaved run by run (A B A B ...), so that what disturbs one disturbs
// all.
absl::StatusOr<std::vector<Timing>> TimeModels(absl::Span<LoadedModel* const> models,
                                               absl::Span<const Tensor> inputs, const TimeOptions& options,
                                               const Clock& clock);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_LOADED_MODEL_H_
