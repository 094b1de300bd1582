// Loads a compiled model, for `diapason run` and `diapason bench`. It uses the library as its users do,
// through the C API and the manifest next to it.
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

// An instance of a compiled model. One thread may use it at a time.
class LoadedModel {
 public:
  // Loads the model from `folder`, into which CompileModel wrote it. `threads` has the same meaning as
  // for NAME_create. Errors:
  //   NotFound: the folder contains no compiled model.
  //   InvalidArgument: the manifest or the number of threads is not valid.
  //   FailedPrecondition: the library does not load on this machine, for example because it is for
  //     another one.
  //   ResourceExhausted: there is not enough memory, or threads cannot be started.
  static absl::StatusOr<std::unique_ptr<LoadedModel>> Load(const std::string& folder, int threads);
  ~LoadedModel();

  LoadedModel(const LoadedModel&) = delete;
  LoadedModel& operator=(const LoadedModel&) = delete;

  const Manifest& manifest() const { return manifest_; }

  // Returns inputs that the model accepts, with random contents. The same seed gives the same inputs.
  std::vector<Tensor> RandomInputs(uint64_t seed) const;

  // Returns the outputs, in the model's order, with the sizes that they have in this run. Returns
  // InvalidArgument if the inputs are not what the model takes; the message says which one, and why.
  absl::StatusOr<std::vector<Tensor>> Run(absl::Span<const Tensor> inputs);

  // Returns outputs for RunInto: with the manifest's types and shapes.
  std::vector<Tensor> MakeOutputs() const;

  // Does the same as Run, and writes to `outputs`. Returns InvalidArgument also if they do not have the types
  // and shapes that MakeOutputs gives. If `call_us` is not null, it receives the time of each of the
  // manifest's calls in microseconds.
  absl::Status RunInto(absl::Span<const Tensor> inputs, std::vector<Tensor>& outputs,
                       std::vector<double>* call_us);

 private:
  struct Library;
  LoadedModel(Manifest manifest, std::unique_ptr<Library> library);

  const Manifest manifest_;
  const std::unique_ptr<Library> library_;
  diapason_model* model_ = nullptr;
};

// How long TimeModels measures.
struct TimeOptions {
  int warm_up_runs = 3;                            // runs of each model that are not timed
  int min_runs = 10;                               // runs of each model that are timed at least
  absl::Duration min_duration = absl::Seconds(1);  // the total time of all models' samples
  // Called before each run. If it returns true, measuring ends with Cancelled. May be empty.
  std::function<bool()> cancelled;
};

// The times of one model. The quantiles are those of samples_us.
struct Timing {
  double median_us = 0;
  double p10_us = 0;
  double p90_us = 0;
  std::vector<double> samples_us;  // the wall-clock time of each run, in the order of measuring
  std::vector<double> call_us;     // the median of each of the manifest's calls, from separate runs
};

// Times models on the same inputs. The runs are interleaved (A B A B ...), so that a disturbance affects
// all models equally. `clock` gives the times. Returns the errors of Run, and Cancelled.
absl::StatusOr<std::vector<Timing>> TimeModels(absl::Span<LoadedModel* const> models,
                                               absl::Span<const Tensor> inputs, const TimeOptions& options,
                                               const Clock& clock);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_LOADED_MODEL_H_
