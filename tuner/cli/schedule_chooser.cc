#include "tuner/cli/schedule_chooser.h"

#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "proto/base/status_macros.h"

namespace diapason::tuner {
namespace {

struct Chooser {
  v1::Target target;
  std::vector<v1::Sketch> sketches;
  LookupFunction lookup;
};

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
  const v1::Measurement& measurement = candidate.record().measurement();
  if (candidate.rung() == v1::RUNG_EXACT && !measurement.conditions().emulated())
    choice.measured_us = measurement.median_us();
  return choice;
}

absl::StatusOr<compiler::ScheduleChoice> MakeDefault(const compiler::ScheduleSpace& space,
                                                     const compiler::Point& point, absl::string_view reason) {
  compiler::ScheduleChoice choice;
  DIAPASON_ASSIGN_OR_RETURN(choice.script, space.Render(point));
  choice.schedule = space.ToSchedule(point);
  choice.rung = v1::RUNG_DEFAULT;
  choice.reason = std::string(reason);
  return choice;
}

// No schedule: slow, and it always builds.
compiler::ScheduleChoice PlainLowering(absl::string_view reason) {
  compiler::ScheduleChoice choice;
  choice.rung = v1::RUNG_DEFAULT;
  choice.reason = std::string(reason);
  return choice;
}

absl::StatusOr<compiler::ScheduleChoice> ChooseDefault(const v1::Workload& workload, const Chooser& chooser,
                                                       absl::string_view reason) {
  const auto space = compiler::ScheduleSpace::Create(workload.text(), chooser.sketches, chooser.target);
  if (absl::IsNotFound(space.status()) || absl::IsFailedPrecondition(space.status()))
    return PlainLowering(space.status().message());
  DIAPASON_RETURN_IF_ERROR(space.status());
  return MakeDefault(**space, (*space)->Default(), reason);
}

}  // namespace

absl::StatusOr<compiler::ScheduleSource> NewScheduleSource(const v1::Target& target,
                                                           const std::string& sketch_folder,
                                                           LookupFunction lookup, Builder& builder) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::Sketch> sketches, compiler::LoadSketches(sketch_folder));
  const auto shared =  // std::function must be copyable
      std::make_shared<const Chooser>(Chooser{target, std::move(sketches), std::move(lookup)});
  return compiler::ScheduleSource(
      [shared, &builder](const v1::Workload& workload) -> absl::StatusOr<compiler::ScheduleChoice> {
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
      });
}

absl::StatusOr<compiler::OtherSchedules> NewOtherSchedules(const v1::Target& target,
                                                           const std::string& sketch_folder) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::Sketch> loaded, compiler::LoadSketches(sketch_folder));
  return compiler::OtherSchedules(
      [target, sketches = std::move(loaded)](const v1::Workload& workload,
                                             int number) -> absl::StatusOr<compiler::ScheduleChoice> {
        const auto space = compiler::ScheduleSpace::Create(workload.text(), sketches, target);
        const std::vector<compiler::Point> defaults =
            space.ok() ? (*space)->Defaults() : std::vector<compiler::Point>();
        const int count = static_cast<int>(defaults.size());
        if (number < count)
          return MakeDefault(**space, defaults[static_cast<size_t>(number)], "a sketch's default");
        if (number == count) return PlainLowering("the plain lowering");
        return absl::NotFoundError("all of them were tried");
      });
}

std::string RungName(v1::Rung rung) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::Rung_Name(rung), "RUNG_"));
}

}  // namespace diapason::tuner
