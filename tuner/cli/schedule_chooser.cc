#include "tuner/cli/schedule_chooser.h"

#include <future>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "compiler/space/schedule_space.h"
#include "proto/support/status_macros.h"

namespace diapason::tuner {
namespace {

bool Builds(const v1::Workload& workload, const std::string& script, const v1::Target& target,
            Builder& builder) {
  v1::BuildRequest request;
  request.set_workload_text(workload.text());
  request.set_script(script);
  *request.mutable_target() = target;
  request.set_optimization(v1::OPTIMIZATION_FULL);
  std::promise<bool> built;
  builder.Build(std::move(request), [&built](const v1::BuildResponse& response) {
    built.set_value(response.outcome().kind() == v1::OUTCOME_KIND_OK);
  });
  return built.get_future().get();
}

// InvalidArgument, NotFound: the record's schedule is not legal here.
absl::StatusOr<compiler::ScheduleChoice> Choose(const v1::LookupCandidate& candidate,
                                                const v1::Workload& workload, const v1::Target& target) {
  DIAPASON_ASSIGN_OR_RETURN(const auto space,
                            compiler::ScheduleSpace::Create(workload.text(), {candidate.sketch()}, target));
  DIAPASON_ASSIGN_OR_RETURN(const compiler::Point point, space->FromSchedule(candidate.record().schedule()));
  compiler::ScheduleChoice choice;
  DIAPASON_ASSIGN_OR_RETURN(choice.script, space->Render(point));
  choice.schedule = candidate.record().schedule();
  choice.rung = candidate.rung();
  choice.reason = candidate.reason();
  if (candidate.rung() == v1::RUNG_EXACT) choice.measured_us = candidate.record().measurement().median_us();
  return choice;
}

absl::StatusOr<compiler::ScheduleChoice> ChooseDefault(const v1::Workload& workload,
                                                       const ChooserOptions& options,
                                                       absl::string_view reason) {
  DIAPASON_ASSIGN_OR_RETURN(
      const auto space, compiler::ScheduleSpace::Create(workload.text(), options.sketches, options.target));
  const compiler::Point point = space->Default();
  compiler::ScheduleChoice choice;
  DIAPASON_ASSIGN_OR_RETURN(choice.script, space->Render(point));
  choice.schedule = space->ToSchedule(point);
  choice.rung = v1::RUNG_DEFAULT;
  choice.reason = std::string(reason);
  return choice;
}

}  // namespace

compiler::ScheduleSource NewScheduleSource(ChooserOptions options, Builder& builder) {
  auto shared = std::make_shared<const ChooserOptions>(std::move(options));  // std::function must be copyable
  return [shared, &builder](const v1::Workload& workload) -> absl::StatusOr<compiler::ScheduleChoice> {
    if (!shared->lookup) return ChooseDefault(workload, *shared, "the sketch's default was asked for");
    DIAPASON_ASSIGN_OR_RETURN(const v1::LookupResult known, shared->lookup(workload));
    for (const v1::LookupCandidate& candidate : known.candidates()) {
      auto choice = Choose(candidate, workload, shared->target);
      if (!choice.ok()) continue;
      // An exact record was built and measured here.
      if (choice->rung == v1::RUNG_EXACT || Builds(workload, choice->script, shared->target, builder))
        return choice;
    }
    return ChooseDefault(workload, *shared,
                         known.candidates().empty()
                             ? "the log knows nothing like it"
                             : "what the log knows is not legal here, or does not build");
  };
}

std::string RungName(v1::Rung rung) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::Rung_Name(rung), "RUNG_"));
}

}  // namespace diapason::tuner
