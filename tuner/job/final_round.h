// The paired comparison that ends a task: who takes part, and what the measurement says. Not thread-safe.
#ifndef DIAPASON_TUNER_JOB_FINAL_ROUND_H_
#define DIAPASON_TUNER_JOB_FINAL_ROUND_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/log.pb.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/job/job_config.h"
#include "tuner/job/measurer.h"
#include "tuner/search/candidate.h"

namespace diapason::tuner {

struct Finalist {
  Candidate candidate;
  v1::BuildResponse build;  // without the artifact
  ArtifactRef artifact;     // null until built
};

// The decision about this task that counts before the comparison, and the schedule that it is for.
struct Incumbent {
  std::string trial_id;  // names the decision: Decision.trial_id
  v1::Schedule schedule;
};

// A default, the incumbent's schedule, and rivals. The incumbent takes part wherever its schedule can be
// built, also from a sketch that only the log still has: a decision is replaced by what is shown to be
// faster, and by nothing else.
struct FinalRound {
  int attempt = 1;
  std::string trial_id;
  bool has_default = false;         // finalists[0] is the default schedule
  std::string incumbent_trial_id;   // of the decision that counts; empty: there is none
  std::optional<size_t> incumbent;  // the finalist with its schedule; may be the default
  bool incumbent_failed = false;    // its schedule was tried, and no longer builds or works
  std::vector<Finalist> finalists;  // as measured: the first against its rivals
  size_t to_build = 0;
};

// What the measurement says.
struct RoundDecision {
  v1::Decision decision;  // complete but for the workload and the target
  size_t winner = 0;      // index of a finalist
};

// Who may take part in a comparison.
struct FinalistChoice {
  std::optional<v1::Schedule> default_schedule;  // absent: it does not work
  std::optional<Incumbent> incumbent;
  std::vector<v1::Schedule> rivals;  // the best first; more than there are places
  int places = 6;                    // for rivals
};

// Fills the places with the best rivals that `make` can make; one that it cannot make takes no place.
FinalRound ChooseFinalists(const FinalistChoice& choice,
                           const std::function<absl::StatusOr<Candidate>(const v1::Schedule&)>& make);

// Drops finalists that were not built, and rivals whose code is that of one before them. False: nothing is
// left.
bool KeepBuilt(FinalRound& round);

// `result` is OK and holds a measurement for each finalist. The fastest of the others is tested against the
// incumbent, or against the default where there is no incumbent; the threshold is divided by their number
// (Bonferroni), since the fastest of several was chosen.
RoundDecision Decide(const FinalRound& round, const v1::MeasureResult& result, const JobConfig& config);

// Of finalist number `index`.
const v1::Measurement& MeasurementOf(const v1::MeasureResult& result, size_t index);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_FINAL_ROUND_H_
