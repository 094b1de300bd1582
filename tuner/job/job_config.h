// How jobs are run; one set for a server.
#ifndef DIAPASON_TUNER_JOB_JOB_CONFIG_H_
#define DIAPASON_TUNER_JOB_JOB_CONFIG_H_

#include "absl/time/time.h"
#include "diapason/v1/trial.pb.h"
#include "proto/domain/protocol_version.h"
#include "tuner/job/task_scheduler.h"

namespace diapason::tuner {

struct JobConfig {
  int threads = 1;  // that schedules are meant for and measured with; part of each task

  TaskSchedulerOptions scheduler;

  // Trials under way for each device, besides those that the builders are at: the device's own short queue,
  // and as many that wait at the tracker, so that it always has its next work. More would be proposed from
  // staler knowledge.
  int trials_per_device = 6;
  int slice = 4;  // candidates that a task gets at a time

  int attempts = 3;            // of a trial whose outcome concerns the infrastructure only
  int failures_in_a_row = 30;  // failures of devices after which a job gives up
  int reference_failures = 3;  // of a task's reference, in a row, after which the task ends

  // The device-wait deadline: how long a job waits while no device that fits gets work, or the tracker does
  // not answer. Below the tracker's no-device deadline, so that the job says what it waited for; above a
  // board's restart or cooling.
  absl::Duration device_wait = absl::Minutes(15);

  int finalists = 6;           // schedules that meet the default in the paired comparison
  double significance = 0.01;  // chance of calling the winner faster when it is not, over all finalists
  double least_gain = 0.005;   // share of the time; a smaller gain is none

  absl::Duration save_every = absl::Seconds(5);
  absl::Duration patience_with_log =
      absl::Minutes(5);  // a log that stays locked or full this long ends a job

  // What a search trial may cost on the device; timeouts are derived (JobBudget::TrialTimeout).
  absl::Duration search_budget = absl::Milliseconds(60);
  double search_width = 0.01;
  absl::Duration final_budget = absl::Milliseconds(250);  // for each schedule that is compared
  double final_width = 0.002;
  double max_relative_error = 1e-3;
  int64_t memory_bytes = 2ll << 30;
  absl::Duration first_timeout =
      absl::Seconds(30);  // while no trial of the task has ended: the reference runs, too
  absl::Duration least_timeout = absl::Seconds(3);
  double timeout_factor = 20;  // times the median trial of the job
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_CONFIG_H_
