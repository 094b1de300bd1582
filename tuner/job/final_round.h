// One paired comparison of a task's schedules: which schedules take part, and what the measurement
// decides. Not thread-safe.
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

// One schedule that takes part.
struct Finalist {
  Candidate candidate;
  v1::BuildResponse build;  // without the artifact
  ArtifactRef artifact;     // null until it is built
};

// The earlier decision about a task, which the comparison may replace, and the schedule that it chose.
struct Incumbent {
  std::string trial_id;  // identifies the decision: Decision.trial_id
  v1::Schedule schedule;
};

// One comparison: the default schedule, the incumbent's schedule and the rivals. The incumbent takes part
// whenever its schedule can be built, even if only the log still has its sketch, because only a schedule
// that is shown to be faster replaces a decision.
struct FinalRound {
  int threads = 1;  // on which the schedules are measured
  int attempt = 1;  // 1 for the first comparison on these threads; one more each time it is started again
  std::string trial_id;
  bool has_default = false;         // finalists[0] is the default schedule
  std::string incumbent_trial_id;   // of the earlier decision; empty if there is none
  std::optional<size_t> incumbent;  // index of the finalist with its schedule; may be the default's
  bool incumbent_failed = false;    // true if its schedule was tried and does not build or work any more
  // In the order in which they are measured; the others are rivals of the first.
  std::vector<Finalist> finalists;
  size_t to_build = 0;  // finalists whose build has not ended
};

// What the measurement decides.
struct RoundDecision {
  v1::Decision decision;  // complete except for the workload and the target
  size_t winner = 0;      // index in FinalRound::finalists
};

// The schedules that may take part in a comparison.
struct FinalistChoice {
  std::optional<v1::Schedule> default_schedule;  // nullopt if it does not work
  std::optional<Incumbent> incumbent;
  std::vector<v1::Schedule> rivals;  // best first; may be more than rival_count
  // The number of rivals that take part.
  int rival_count = 6;
};

// Returns a round with the default, the incumbent and the best rivals. A schedule that `make` cannot make
// is left out, and the next rival takes its place.
FinalRound ChooseFinalists(const FinalistChoice& choice,
                           const std::function<absl::StatusOr<Candidate>(const v1::Schedule&)>& make);

// Removes the finalists that were not built and the rivals whose code equals that of an earlier finalist.
// Returns false if none is left.
bool KeepBuilt(FinalRound& round);

// Decides from `result`, which must be OK and have a measurement for each finalist. The fastest of the
// others is tested against the incumbent or, if there is none, against the default. Because the fastest of
// several was chosen, the threshold is divided by their number (Bonferroni).
RoundDecision Decide(const FinalRound& round, const v1::MeasureResult& result, const JobConfig& config);

// Returns the measurement of finalist number `index`.
const v1::Measurement& MeasurementOf(const v1::MeasureResult& result, size_t index);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_FINAL_ROUND_H_
