#include "compiler/model/loaded_model.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "compiler/model/dlpack_type.h"
#include "compiler/runtime/model_api.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"
#include "proto/statistics/quantile.h"

namespace diapason::compiler::model {

// The functions of the model's header, looked up in the library.
struct LoadedModel::Library {
  void* handle = nullptr;
  int32_t (*create)(int32_t, diapason_model**) = nullptr;
  int32_t (*run)(diapason_model*, const DLTensor*, int32_t, DLTensor*, int32_t) = nullptr;
  int32_t (*run_timed)(diapason_model*, const DLTensor*, int32_t, DLTensor*, int32_t, double*) = nullptr;
  int64_t (*output_size)(const diapason_model*, int32_t, int32_t) = nullptr;
  void (*destroy)(diapason_model*) = nullptr;
  const char* (*last_error)() = nullptr;

  ~Library() {
    if (handle != nullptr) dlclose(handle);
  }

  absl::Status Open(const std::string& path, const std::string& name) {
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
      return absl::FailedPreconditionError(absl::StrCat("the model's library does not load: ", dlerror()));
    const bool complete = Find(name, "create", create) && Find(name, "run", run) &&
                          Find(name, "run_timed", run_timed) && Find(name, "output_size", output_size) &&
                          Find(name, "destroy", destroy) && Find(name, "last_error", last_error);
    if (complete) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(path, " is not the library of the model ", name));
  }

  // Converts the status of a call into the library.
  absl::Status ToStatus(int32_t status) const {
    switch (status) {
      case DIAPASON_OK:
        return absl::OkStatus();
      case DIAPASON_INVALID_ARGUMENT:
        return absl::InvalidArgumentError(last_error());
      case DIAPASON_OUT_OF_MEMORY:
      case DIAPASON_NO_THREADS:
        return absl::ResourceExhaustedError(last_error());
      default:
        return absl::InternalError(last_error());
    }
  }

 private:
  template <typename Function>
  bool Find(const std::string& name, const char* suffix, Function& function) {
    function = reinterpret_cast<Function>(dlsym(handle, absl::StrCat(name, "_", suffix).c_str()));
    return function != nullptr;
  }
};

namespace {

// Returns views of the tensors as DLPack's. The tensors must outlive them. The library does not write to
// inputs.
std::vector<DLTensor> ToDlpack(absl::Span<const Tensor> tensors) {
  std::vector<DLTensor> views;
  for (const Tensor& tensor : tensors) {
    DLTensor view{};
    view.data = const_cast<char*>(tensor.bytes.data());
    view.device = {kDLCPU, 0};
    view.ndim = static_cast<int>(tensor.shape.size());
    view.dtype = DlpackType(tensor.element_type);
    view.shape = const_cast<int64_t*>(tensor.shape.data());
    views.push_back(view);
  }
  return views;
}

// Keeps the first `size` entries of a dimension.
void Shrink(int64_t dim, int64_t size, Tensor& tensor) {
  const std::vector<int64_t> inner(tensor.shape.begin() + dim + 1, tensor.shape.end());
  const int64_t entry = NumElements(inner) * ElementBytes(tensor.element_type);
  const int64_t old_row = tensor.shape[dim] * entry, row = size * entry;
  std::string kept;
  for (int64_t at = 0; old_row > 0 && at < static_cast<int64_t>(tensor.bytes.size()); at += old_row)
    kept.append(tensor.bytes, at, row);
  tensor.bytes = std::move(kept);
  tensor.shape[dim] = size;
}

absl::StatusOr<Manifest> ReadManifest(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/", kManifestFile);
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return absl::NotFoundError(
        absl::StrCat("there is no compiled model in ", folder, "; `diapason compile` writes one"));
  std::stringstream text;
  text << file.rdbuf();
  absl::StatusOr<Manifest> manifest = ParseManifest(text.str());
  if (!manifest.ok()) return WithContext(manifest.status(), path);
  return manifest;
}

}  // namespace

LoadedModel::LoadedModel(Manifest manifest, std::unique_ptr<Library> library)
    : manifest_(std::move(manifest)), library_(std::move(library)) {}

LoadedModel::~LoadedModel() { library_->destroy(model_); }

absl::StatusOr<std::unique_ptr<LoadedModel>> LoadedModel::Load(const std::string& folder, int threads) {
  DIAPASON_ASSIGN_OR_RETURN(Manifest manifest, ReadManifest(folder));
  auto library = std::make_unique<Library>();
  // The path must be absolute, because dlopen searches for a bare name in other folders.
  const std::string path = std::filesystem::absolute(absl::StrCat(folder, "/", manifest.library)).string();
  DIAPASON_RETURN_IF_ERROR(library->Open(path, manifest.name));
  auto loaded = absl::WrapUnique(new LoadedModel(std::move(manifest), std::move(library)));
  DIAPASON_RETURN_IF_ERROR(loaded->library_->ToStatus(loaded->library_->create(threads, &loaded->model_)));
  return loaded;
}

std::vector<Tensor> LoadedModel::RandomInputs(uint64_t seed) const {
  std::vector<Tensor> tensors;
  for (const ManifestTensor& input : manifest_.inputs) {
    tensors.push_back(RandomTensor(input.name, input.element_type, input.shape, seed + tensors.size()));
  }
  return tensors;
}

std::vector<Tensor> LoadedModel::MakeOutputs() const {
  std::vector<Tensor> outputs;
  for (const ManifestTensor& output : manifest_.outputs) {
    const int64_t bytes = NumElements(output.shape) * ElementBytes(output.element_type);
    outputs.push_back({output.name, output.element_type, output.shape, std::string(bytes, '\0')});
  }
  return outputs;
}

absl::StatusOr<std::vector<Tensor>> LoadedModel::Run(absl::Span<const Tensor> inputs) {
  std::vector<Tensor> outputs = MakeOutputs();
  DIAPASON_RETURN_IF_ERROR(RunInto(inputs, outputs, nullptr));
  for (size_t i = 0; i < outputs.size(); ++i) {
    const int64_t dim = manifest_.outputs[i].run_time_dim;
    if (dim < 0) continue;
    const int64_t size = library_->output_size(model_, static_cast<int32_t>(i), static_cast<int32_t>(dim));
    Shrink(dim, size, outputs[i]);
  }
  return outputs;
}

absl::Status LoadedModel::RunInto(absl::Span<const Tensor> inputs, std::vector<Tensor>& outputs,
                                  std::vector<double>* call_us) {
  const std::vector<DLTensor> in = ToDlpack(inputs);
  std::vector<DLTensor> out = ToDlpack(outputs);
  const auto num_inputs = static_cast<int32_t>(in.size());
  const auto num_outputs = static_cast<int32_t>(out.size());
  if (call_us == nullptr) {
    return library_->ToStatus(library_->run(model_, in.data(), num_inputs, out.data(), num_outputs));
  }
  call_us->resize(manifest_.calls.size());
  return library_->ToStatus(
      library_->run_timed(model_, in.data(), num_inputs, out.data(), num_outputs, call_us->data()));
}

namespace {

// Runs one model for TimeModels, and collects its samples.
class Stopwatch {
 public:
  static absl::StatusOr<Stopwatch> Create(LoadedModel& model, absl::Span<const Tensor> inputs) {
    std::vector<Tensor> outputs = model.MakeOutputs();
    DIAPASON_RETURN_IF_ERROR(model.RunInto(inputs, outputs, nullptr));
    return Stopwatch(model, inputs, std::move(outputs));
  }

  absl::Status RunOnce(const Clock* clock) {
    const absl::Duration begin = clock != nullptr ? clock->Monotonic() : absl::ZeroDuration();
    DIAPASON_RETURN_IF_ERROR(model_->RunInto(inputs_, outputs_, nullptr));
    if (clock != nullptr) samples_us_.push_back(absl::ToDoubleMicroseconds(clock->Monotonic() - begin));
    return absl::OkStatus();
  }

  absl::Status RunCalls() {
    std::vector<double> call_us;
    DIAPASON_RETURN_IF_ERROR(model_->RunInto(inputs_, outputs_, &call_us));
    call_samples_us_.resize(call_us.size());
    for (size_t i = 0; i < call_us.size(); ++i) call_samples_us_[i].push_back(call_us[i]);
    return absl::OkStatus();
  }

  size_t samples() const { return samples_us_.size(); }

  Timing Finish() && {
    Timing timing;
    timing.median_us = Median(samples_us_);
    timing.p10_us = Quantile(samples_us_, 0.1);
    timing.p90_us = Quantile(samples_us_, 0.9);
    for (std::vector<double>& samples : call_samples_us_)
      timing.call_us.push_back(Median(std::move(samples)));
    timing.samples_us = std::move(samples_us_);
    return timing;
  }

 private:
  Stopwatch(LoadedModel& model, absl::Span<const Tensor> inputs, std::vector<Tensor> outputs)
      : model_(&model), inputs_(inputs), outputs_(std::move(outputs)) {}

  LoadedModel* model_;
  absl::Span<const Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<double> samples_us_;
  std::vector<std::vector<double>> call_samples_us_;
};

}  // namespace

absl::StatusOr<std::vector<Timing>> TimeModels(absl::Span<LoadedModel* const> models,
                                               absl::Span<const Tensor> inputs, const TimeOptions& options,
                                               const Clock& clock) {
  std::vector<Stopwatch> watches;
  for (LoadedModel* model : models) {
    DIAPASON_ASSIGN_OR_RETURN(Stopwatch watch, Stopwatch::Create(*model, inputs));
    watches.push_back(std::move(watch));
  }
  for (int i = 0; i < options.warm_up_runs; ++i) {
    for (Stopwatch& watch : watches) DIAPASON_RETURN_IF_ERROR(watch.RunOnce(nullptr));
  }
  const absl::Duration begin = clock.Monotonic();
  for (int run = 0; run < std::max(1, options.min_runs) || clock.Monotonic() - begin < options.min_duration;
       ++run) {
    if (options.cancelled && options.cancelled()) return absl::CancelledError("interrupted");
    for (Stopwatch& watch : watches) DIAPASON_RETURN_IF_ERROR(watch.RunOnce(&clock));
  }
  std::vector<Timing> timings;
  for (Stopwatch& watch : watches) {
    // Calls are timed in separate runs, because reading the clock between calls would lengthen the
    // samples.
    for (int run = 0; run < std::max(1, options.min_runs); ++run) DIAPASON_RETURN_IF_ERROR(watch.RunCalls());
    timings.push_back(std::move(watch).Finish());
  }
  return timings;
}

}  // namespace diapason::compiler::model
