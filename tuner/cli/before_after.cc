#include "tuner/cli/before_after.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/model/loaded_model.h"
#include "compiler/runtime/host_target.h"
#include "proto/base/clock.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fit.h"
#include "proto/statistics/quantile.h"
#include "tuner/cli/temporary_folder.h"

namespace diapason::tuner {
namespace {

absl::Status MeasureBoth(const std::string& before, const std::string& after, const CompileInput& input,
                         BeforeAfter& result) {
  DIAPASON_ASSIGN_OR_RETURN(const auto old_model, compiler::model::LoadedModel::Load(before, input.threads));
  DIAPASON_ASSIGN_OR_RETURN(const auto new_model, compiler::model::LoadedModel::Load(after, input.threads));
  const std::vector<compiler::model::Tensor> inputs = new_model->RandomInputs(1);
  compiler::model::LoadedModel* models[] = {old_model.get(), new_model.get()};
  compiler::model::TimeOptions options;
  options.min_duration = absl::Seconds(3);
  options.cancelled = [&input] { return input.interrupt.happened(); };
  const SystemClock clock;
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<compiler::model::Timing> timings,
                            compiler::model::TimeModels(models, inputs, options, clock));
  result.before_us = timings[0].median_us;
  result.after_us = timings[1].median_us;
  std::vector<double> ratios;
  for (size_t i = 0; i < timings[0].samples_us.size() && i < timings[1].samples_us.size(); ++i) {
    ratios.push_back(timings[0].samples_us[i] / timings[1].samples_us[i]);
  }
  if (!ratios.empty()) {
    result.speed_up = Median(ratios);
    result.speed_up_p10 = Quantile(ratios, 0.1);
    result.speed_up_p90 = Quantile(std::move(ratios), 0.9);
  }
  result.measured = true;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<compiler::model::ModelFiles> CompileProgram(const CompileInput& input, LogSource* log,
                                                           const std::string& folder) {
  LookupFunction lookup;
  if (log != nullptr) {
    DIAPASON_ASSIGN_OR_RETURN(const v1::LookupOptions options,
                              LookupOptionsFor(input.target, input.match, input.threads));
    lookup = [&input, log, options](const v1::Workload& workload) {
      return log->Lookup(workload, input.target, options);
    };
  }
  DIAPASON_ASSIGN_OR_RETURN(const auto schedules,
                            BestSchedules::Create(input.installation, input.target, std::move(lookup),
                                                  input.kernel_time, input.threads));
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(folder, ignored);
  const auto staging = std::make_shared<std::string>();  // empty until something is written
  input.interrupt.PushCleanup([folder, is_new, staging] {
    std::error_code error;
    if (staging->empty()) return;
    std::filesystem::remove_all(*staging, error);
    if (is_new && std::filesystem::is_empty(folder, error)) std::filesystem::remove(folder, error);
  });
  CompileHooks hooks;
  hooks.cancelled = [&input] { return input.interrupt.happened(); };
  hooks.on_staged = [staging](const std::string& path) { *staging = path; };
  auto files = CompileModel(input.program, *schedules, input.installation, folder, input.choices, hooks);
  input.interrupt.PopCleanup();
  return files;
}

absl::StatusOr<BeforeAfter> CompileBeforeAfter(const CompileInput& input, LogSource& log,
                                               const std::string& folder) {
  BeforeAfter result;
  DIAPASON_ASSIGN_OR_RETURN(result.files, CompileProgram(input, &log, folder));
  if (!Fits(input.target, compiler::runtime::HostTarget())) return result;
  const TemporaryFolder temporary;
  if (temporary.path().empty())
    return absl::PermissionDeniedError("cannot create a temporary folder; set TMPDIR to a writable folder");
  input.interrupt.PushCleanup([path = temporary.path()] {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  });
  const std::string before = absl::StrCat(temporary.path(), "/default");
  absl::Status status = CompileProgram(input, nullptr, before).status();
  if (status.ok()) status = MeasureBoth(before, folder, input, result);
  input.interrupt.PopCleanup();
  DIAPASON_RETURN_IF_ERROR(status);
  return result;
}

}  // namespace diapason::tuner
