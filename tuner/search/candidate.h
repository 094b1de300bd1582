// The forms of a schedule on its way through the search: proposed, ready to be built, and observed. Its
// config in the schedule space and its feature row are computed once and stay with it.
#ifndef DIAPASON_TUNER_SEARCH_CANDIDATE_H_
#define DIAPASON_TUNER_SEARCH_CANDIDATE_H_

#include <string>
#include <vector>

#include "compiler/space/search_space.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason::tuner {

// A schedule that a search policy proposes.
struct Proposal {
  compiler::space::ScheduleConfig config;
  std::vector<float> feature_row;
  double predicted_us = 0;  // by the sketch's cost alone (TaskCost::PredictedUs); 0 if nothing predicts it
};

// A proposed schedule that is ready to be built.
struct Candidate {
  compiler::space::ScheduleConfig config;  // in the space that made it
  std::vector<float> feature_row;          // described by `feature_schema`
  std::string feature_schema;
  double predicted_us = 0;  // as in Proposal
  v1::Schedule schedule;
  std::string script;  // the schedule as a transform script
};

// The time that a schedule took.
struct Observation {
  compiler::space::ScheduleConfig config;
  std::vector<float> feature_row;
  double time_us = 0;  // infinity if the schedule failed
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_CANDIDATE_H_
