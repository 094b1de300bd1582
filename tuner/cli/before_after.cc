#include "tuner/cli/before_after.h"

#include <chrono>
#include <filesystem>
#include <future>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/model/loaded_model.h"
#include "compiler/runtime/host_target.h"
#include "proto/base/clock.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/target_fit.h"
#include "proto/statistics/quantile.h"
#include "tuner/cli/schedule_chooser.h"

namespace diapason::tuner {
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "diapason-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }  // empty: it could not be made

 private:
  std::string path_;
};

// CANCELLED once the user has interrupted; the worker is killed with its pool.
v1::BuildResponse BuildUnlessInterrupted(Builder& builder, const v1::BuildRequest& request,
                                         const Interrupt& interrupt) {
  const auto done = std::make_shared<std::promise<v1::BuildResponse>>();  // may outlive this call
  std::future<v1::BuildResponse> built = done->get_future();
  builder.Build(request, [done](const v1::BuildResponse& response) { done->set_value(response); });
  while (built.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
    if (!interrupt.happened()) continue;
    v1::BuildResponse response;
    *response.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_CANCELLED);
    return response;
  }
  return built.get();
}

absl::Status MeasureBoth(const std::string& before, const std::string& after, const Interrupt& interrupt,
                         BeforeAfter& result) {
  DIAPASON_ASSIGN_OR_RETURN(const auto old_model, compiler::LoadedModel::Load(before, 1));
  DIAPASON_ASSIGN_OR_RETURN(const auto new_model, compiler::LoadedModel::Load(after, 1));
  const std::vector<compiler::Tensor> inputs = new_model->RandomInputs(1);
  compiler::LoadedModel* models[] = {old_model.get(), new_model.get()};
  compiler::TimeOptions options;
  options.min_duration = absl::Seconds(3);
  options.cancelled = [&interrupt] { return interrupt.happened(); };
  const SystemClock clock;
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<compiler::Timing> timings,
                            compiler::TimeModels(models, inputs, options, clock));
  result.before_us = timings[0].median_us;
  result.after_us = timings[1].median_us;
  std::vector<double> ratios;
  for (size_t i = 0; i < timings[0].samples_us.size() && i < timings[1].samples_us.size(); ++i) {
    ratios.push_back(timings[0].samples_us[i] / timings[1].samples_us[i]);
  }
  result.speed_up = ratios.empty() ? 0 : Median(std::move(ratios));
  result.measured = true;
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<BuilderPool> NewTryBuilder(const Clock& clock, const Installation& installation,
                                           absl::Duration kernel_time) {
  BuilderPoolOptions options;
  options.deadline.floor = options.deadline.at_start = kernel_time;
  options.deadline.factor = 0;  // the same for all
  options.worker.argv = {installation.Program("builder-worker")};
  options.worker.nice = 0;
  return std::make_unique<BuilderPool>(clock, std::move(options));
}

absl::StatusOr<compiler::ModelFiles> CompileProgram(const CompileInput& input, LogSource* log,
                                                    const std::string& folder) {
  const SystemClock clock;
  const std::unique_ptr<BuilderPool> builder = NewTryBuilder(clock, input.installation, input.kernel_time);
  LookupFunction lookup;
  if (log != nullptr) {
    lookup = [&](const v1::Workload& workload) { return log->Lookup(workload, input.target); };
  }
  DIAPASON_ASSIGN_OR_RETURN(
      const compiler::ScheduleSource schedules,
      NewScheduleSource(input.target, input.installation.sketches, std::move(lookup), *builder));
  compiler::ModelOptions options;
  options.target = input.target;
  options.directory = folder;
  options.runtime_archive = input.installation.RuntimeArchive(input.target.triple());
  options.cancelled = [&input] { return input.interrupt.happened(); };
  options.build = [&](const v1::BuildRequest& request) {
    return BuildUnlessInterrupted(*builder, request, input.interrupt);
  };
  DIAPASON_ASSIGN_OR_RETURN(options.other_schedules,
                            NewOtherSchedules(input.target, input.installation.sketches));
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(folder, ignored);
  const auto staging = std::make_shared<std::string>();  // empty: nothing is written yet
  options.staged = [staging](const std::string& path) { *staging = path; };
  input.interrupt.PushCleanup([folder, is_new, staging] {
    std::error_code error;
    if (staging->empty()) return;
    std::filesystem::remove_all(*staging, error);
    if (is_new && std::filesystem::is_empty(folder, error)) std::filesystem::remove(folder, error);
  });
  auto files = compiler::CompileModel(input.program, schedules, options);
  input.interrupt.PopCleanup();
  return files;
}

absl::StatusOr<BeforeAfter> CompileBeforeAfter(const CompileInput& input, LogSource& log,
                                               const std::string& folder) {
  BeforeAfter result;
  DIAPASON_ASSIGN_OR_RETURN(result.files, CompileProgram(input, &log, folder));
  if (!Fits(input.target, runtime::HostTarget())) return result;
  const TemporaryFolder temporary;
  if (temporary.path().empty())
    return absl::PermissionDeniedError("no temporary folder can be made; set TMPDIR");
  input.interrupt.PushCleanup([path = temporary.path()] {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  });
  const std::string before = absl::StrCat(temporary.path(), "/default");
  absl::Status status = CompileProgram(input, nullptr, before).status();
  if (status.ok()) status = MeasureBoth(before, folder, input.interrupt, result);
  input.interrupt.PopCleanup();
  DIAPASON_RETURN_IF_ERROR(status);
  return result;
}

}  // namespace diapason::tuner
