#include "tuner/compile/best_schedules.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "compiler/codegen/backends.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/record_time.h"
#include "proto/domain/target_kind.h"
#include "proto/processes/sandbox.h"

namespace diapason::tuner {
namespace {

// Returns InvalidArgument or NotFound if the record's schedule is not legal for this workload.
absl::StatusOr<compiler::model::ScheduleChoice> ChoiceOf(const v1::LookupCandidate& candidate,
                                                         const v1::Workload& workload,
                                                         const v1::Target& target) {
  DIAPASON_ASSIGN_OR_RETURN(const auto space, compiler::space::ScheduleSpace::Create(
                                                  workload.text(), {candidate.sketch()}, target));
  DIAPASON_ASSIGN_OR_RETURN(const compiler::space::ScheduleConfig config,
                            space->FromSchedule(candidate.record().schedule()));
  compiler::model::ScheduleChoice choice;
  DIAPASON_ASSIGN_OR_RETURN(choice.script, space->Render(config));
  choice.schedule = candidate.record().schedule();
  choice.rung = candidate.rung();
  choice.reason = candidate.reason();
  if (candidate.rung() == v1::RUNG_EXACT)
    choice.measured_us = RecordTimeUs(candidate.record()).value_or(choice.measured_us);
  return choice;
}

absl::StatusOr<compiler::model::ScheduleChoice> DefaultOf(const compiler::space::ScheduleSpace& space,
                                                          const compiler::space::ScheduleConfig& config,
                                                          absl::string_view reason) {
  compiler::model::ScheduleChoice choice;
  DIAPASON_ASSIGN_OR_RETURN(choice.script, space.Render(config));
  choice.schedule = space.ToSchedule(config);
  choice.rung = v1::RUNG_DEFAULT;
  choice.reason = std::string(reason);
  return choice;
}

// A choice without a schedule. It is slow, but it always builds.
compiler::model::ScheduleChoice PlainLowering(absl::string_view reason) {
  compiler::model::ScheduleChoice choice;
  choice.rung = v1::RUNG_DEFAULT;
  choice.reason = std::string(reason);
  return choice;
}

// One worker for each processor, of normal priority, because a person waits for the result, with the same
// deadline for all builds.
BuilderPoolOptions Workers(const Installation& installation, absl::Duration kernel_time) {
  BuilderPoolOptions options;
  options.workers = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  options.deadline.floor = options.deadline.at_start = kernel_time;
  options.deadline.factor = 0;
  options.worker.argv = Sandbox::Probe({.command = {installation.Program("builder-worker")}}).command();
  options.worker.nice = 0;
  return options;
}

}  // namespace

absl::StatusOr<v1::LookupOptions> LookupOptionsFor(const v1::Target& target, v1::Match match, int threads) {
  DIAPASON_ASSIGN_OR_RETURN(const auto backend, compiler::codegen::MakeBackend(KindOf(target)));
  v1::LookupOptions options;
  options.set_threads(threads);
  options.set_match(match);
  options.set_backend(std::string(backend->name()));
  options.set_backend_version(compiler::codegen::VersionText(backend->version()));
  return options;
}

BestSchedules::BestSchedules(const Installation& installation, v1::Target target,
                             std::vector<v1::Sketch> sketches, LookupFunction lookup,
                             absl::Duration kernel_time, int threads)
    : target_(std::move(target)),
      sketches_(std::move(sketches)),
      threads_(threads),
      lookup_(std::move(lookup)),
      builder_(clock_, Workers(installation, kernel_time)) {}

absl::StatusOr<std::unique_ptr<BestSchedules>> BestSchedules::Create(const Installation& installation,
                                                                     const v1::Target& target,
                                                                     LookupFunction lookup,
                                                                     absl::Duration kernel_time,
                                                                     int threads) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::Sketch> sketches,
                            compiler::space::LoadSketches(installation.sketches));
  return std::unique_ptr<BestSchedules>(
      new BestSchedules(installation, target, std::move(sketches), std::move(lookup), kernel_time, threads));
}

absl::StatusOr<compiler::model::ScheduleChoice> BestSchedules::Choose(const v1::Workload& workload) {
  if (!lookup_) return ChooseDefault(workload, "the sketch's default was asked for");
  DIAPASON_ASSIGN_OR_RETURN(const v1::LookupResult known, lookup_(workload));
  for (const v1::LookupCandidate& candidate : known.candidates()) {
    absl::StatusOr<compiler::model::ScheduleChoice> choice = ChoiceOf(candidate, workload, target_);
    if (!choice.ok()) continue;
    // The schedule of an exact record was built and measured for this workload on this target.
    if (choice->rung != v1::RUNG_EXACT && !Builds(workload, choice->script)) continue;
    chosen_sketches_[candidate.sketch().hash()] = candidate.sketch();
    return choice;
  }
  return ChooseDefault(workload, known.candidates().empty()
                                     ? "the log has no schedule for a similar workload"
                                     : "the log's schedules are not legal for this workload or do not build");
}

const v1::Sketch* BestSchedules::FindSketch(const std::string& hash) const {
  for (const v1::Sketch& sketch : sketches_) {
    if (sketch.hash() == hash) return &sketch;
  }
  const auto found = chosen_sketches_.find(hash);
  return found != chosen_sketches_.end() ? &found->second : nullptr;
}

absl::StatusOr<compiler::model::ScheduleChoice> BestSchedules::ChooseDefault(const v1::Workload& workload,
                                                                             absl::string_view reason) const {
  const auto space = compiler::space::ScheduleSpace::Create(workload.text(), sketches_, target_, threads_);
  if (absl::IsNotFound(space.status()) || absl::IsFailedPrecondition(space.status()))
    return PlainLowering(space.status().message());
  DIAPASON_RETURN_IF_ERROR(space.status());
  return DefaultOf(**space, (*space)->Default(), reason);
}

absl::StatusOr<compiler::model::ScheduleChoice> BestSchedules::Alternative(const v1::Workload& workload,
                                                                           int number) const {
  const auto space = compiler::space::ScheduleSpace::Create(workload.text(), sketches_, target_, threads_);
  const std::vector<compiler::space::ScheduleConfig> defaults =
      space.ok() ? (*space)->Defaults() : std::vector<compiler::space::ScheduleConfig>();
  const int count = static_cast<int>(defaults.size());
  if (number < count) return DefaultOf(**space, defaults[static_cast<size_t>(number)], "a sketch's default");
  if (number == count) return PlainLowering("the plain lowering");
  return absl::NotFoundError("there are no more alternatives");
}

bool BestSchedules::Builds(const v1::Workload& workload, const std::string& script) {
  v1::BuildRequest request;
  request.set_workload_text(workload.text());
  request.set_script(script);
  *request.mutable_target() = target_;
  request.set_optimization(v1::OPTIMIZATION_FULL);
  return Build(request).get().outcome().kind() == v1::OUTCOME_KIND_OK;
}

std::future<v1::BuildResponse> BestSchedules::Build(const v1::BuildRequest& request) {
  const auto done = std::make_shared<std::promise<v1::BuildResponse>>();
  builder_.Build(request, [done](const v1::BuildResponse& response) { done->set_value(response); });
  return done->get_future();
}

}  // namespace diapason::tuner
