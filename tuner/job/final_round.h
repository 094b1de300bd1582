// The paired comparison that ends a task: who takes part, and what the measurement says. Not thread-safe.
#ifndef DIAPASON_TUNER_JOB_FINAL_ROUND_H_
#define DIAPASON_TUNER_JOB_FINAL_ROUND_H_

#include <cstddef>
#include <string>
#include <vector>

#include "diapason/v1/builder.pb.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/job/job_options.h"
#include "tuner/job/measurer.h"
#include "tuner/job/task_search.h"

namespace diapason::tuner {

struct Finalist {
  Candidate candidate;
  v1::BuildResponse build;
  ArtifactRef artifact;  // null until built
};

struct FinalRound {
  int attempt = 1;
  std::string trial_id;
  bool has_default = false;         // finalists[0] is the default schedule
  std::vector<Finalist> finalists;  // as measured: the first against its rivals
  size_t to_build = 0;
};

struct Judgement {
  v1::Verdict verdict = v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE;
  size_t winner = 0;    // index of a finalist
  double speed_up = 1;  // default / winner, median over pairs; 0: the default does not work
};

// Drops finalists that were not built, and rivals whose code is that of one before them. False: nothing is left.
bool KeepBuilt(FinalRound& round);

// `result` is OK and holds a measurement for each finalist. The fastest rival is tested against the default; the
// threshold is divided by their number (Bonferroni), since the fastest of several was chosen.
Judgement Judge(const FinalRound& round, const v1::MeasureResult& result, const JobOptions& options);

// Of finalist number `index`.
const v1::Measurement& MeasurementOf(const v1::MeasureResult& result, size_t index);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_FINAL_ROUND_H_
