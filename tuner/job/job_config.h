// How all jobs of a server are run.
#ifndef DIAPASON_TUNER_JOB_JOB_CONFIG_H_
#define DIAPASON_TUNER_JOB_JOB_CONFIG_H_

#include "absl/time/time.h"
#include "db/record_store.h"
#include "diapason/v1/trial.pb.h"
#include "proto/domain/protocol_version.h"
#include "tuner/job/task_scheduler.h"

namespace diapason::tuner {

struct JobConfig {
  int threads = 1;  // threads that search trials are measured with

  TaskSchedulerOptions scheduler;

  // Trials in flight for each device, besides those that are being built. Some are in the device's short
  // queue, and as many wait at the tracker, so that the device always has its next work. With more of
  // them, trials would be proposed from older knowledge.
  int trials_per_device = 6;
  int slice = 4;  // candidates that a task gets at a time

  int attempts = 3;  // of a trial whose outcome is about the infrastructure and not about its schedule
  int failures_in_a_row = 30;  // failed trials in a row, because of devices, after which a job fails
  int reference_failures = 3;  // failures in a row of a task's reference after which the task is stopped

  // The device-wait deadline: how long a job waits while no matching device gets work or while the tracker
  // does not answer. It is shorter than the tracker's no-device deadline, so that the job can say what it
  // waited for. It is longer than a board needs to restart or to cool down.
  absl::Duration device_wait = absl::Minutes(15);

  int finalists = 6;  // rivals in a paired comparison
  // Further rivals in a comparison on several threads, which the sketches' costs expect to be fast there. The
  // search measures on one thread, so it may not have tried them.
  int expected_finalists = 6;
  double significance = 0.01;  // chance that the winner is called faster when it is not, over all finalists
  double min_gain = 0.005;     // share of the time; a smaller gain counts as no difference

  // How often the status of a running job is stored.
  absl::Duration save_every = absl::Seconds(5);
  // How often a server renews its claims of jobs, and takes those of servers that have died.
  absl::Duration claim_every = db::kClaimTime / 3;
  // A job fails if its log stays locked or full for this long.
  absl::Duration patience_with_log = absl::Minutes(5);

  // A device stops sampling when the budget is spent or when the median is known to the relative width
  // (MeasureOptions.relative_width). The first two values are for a search trial. The last two are for a
  // comparison; its budget is for each schedule that is compared.
  absl::Duration search_budget = absl::Milliseconds(60);
  double search_width = 0.01;
  absl::Duration final_budget = absl::Milliseconds(250);
  double final_width = 0.002;

  double max_relative_error = 1e-3;  // of an output against the reference (MeasureOptions)
  int64_t memory_bytes = 2ll << 30;  // limit of a trial's process on the device

  // Timeouts of a trial on the device (JobBudget::TrialTimeout). The first one holds as long as no trial of
  // the task has ended, because the first trials also run the reference.
  absl::Duration first_timeout = absl::Seconds(30);
  absl::Duration min_timeout = absl::Seconds(3);
  double timeout_factor = 20;  // times the median duration of the job's trials
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_CONFIG_H_
