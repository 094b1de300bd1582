// Names of trials. Those of tasks: proto/domain/task_key.h.
//
// A trial's id is made of its job, its task's number in the job, its schedule and its attempt. So the same
// schedule can be stored only once, also when a server that was killed proposes it again after its restart,
// and a result that an agent still held from before is the result of exactly that artifact. Nothing is read
// back out of an id: a record has a field for each of these.
#ifndef DIAPASON_TUNER_JOB_TRIAL_H_
#define DIAPASON_TUNER_JOB_TRIAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason::tuner {

std::string SearchTrialId(absl::string_view job_id, int task, const v1::Schedule& schedule, int attempt);

// The id of the paired measurement that ends a task, and those of the records that come of it.
std::string FinalTrialId(absl::string_view job_id, int task, int attempt);
std::string FinalRecordId(absl::string_view final_trial_id, int candidate);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRIAL_H_
