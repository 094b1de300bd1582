// Ids of trials. Ids of tasks are in proto/domain/task_key.h.
//
// A trial's id is made of its job, its task's number in the job, its schedule and its attempt. So a
// schedule can be stored only once, even if a server that was killed proposes it again after its restart.
// And if an agent still has an earlier result of this id, that result belongs to exactly this artifact. No
// code reads anything back out of an id, because a record has a field for each part.
#ifndef DIAPASON_TUNER_JOB_TRIAL_H_
#define DIAPASON_TUNER_JOB_TRIAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason::tuner {

// Returns the id of a search trial. Equal arguments give equal ids. `task` is the index of the task in the
// job; `attempt` counts the attempts at this schedule.
std::string SearchTrialId(absl::string_view job_id, int task, const v1::Schedule& schedule, int attempt);

// The id of the paired measurement that ends a task, and the ids of the records that are made from it.
std::string FinalTrialId(absl::string_view job_id, int task, int threads, int attempt);
std::string FinalRecordId(absl::string_view final_trial_id, int candidate);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRIAL_H_
