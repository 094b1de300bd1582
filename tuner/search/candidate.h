// A schedule on its way through the search: proposed, made ready to be built, and observed. Its point and its
// feature row are computed once and go along with it.
#ifndef DIAPASON_TUNER_SEARCH_CANDIDATE_H_
#define DIAPASON_TUNER_SEARCH_CANDIDATE_H_

#include <string>
#include <vector>

#include "compiler/space/search_space.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason::tuner {

// What a search policy proposes.
struct Proposal {
  compiler::space::ScheduleConfig point;
  std::vector<float> feature_row;
};

// A proposed schedule that is ready to be built.
struct Candidate {
  compiler::space::ScheduleConfig point;  // in the space that made it
  std::vector<float> feature_row;         // of `feature_schema`
  std::string feature_schema;
  v1::Schedule schedule;
  std::string script;  // the schedule rendered
};

// How long a schedule took.
struct Observation {
  compiler::space::ScheduleConfig point;
  std::vector<float> feature_row;
  double time_us = 0;  // infinity: the schedule failed
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_CANDIDATE_H_
