// One job under way: search, build and measure overlap, with no barrier between trials or tasks.
//
//   job's thread       proposes candidates while fewer are under way than keep devices and builders busy
//   builder's threads  hand each artifact to the measurer
//   measurer's thread  stores each result in one transaction; only then is it acknowledged
//
// At the end each task's best schedules and its default are built at full optimisation and measured paired.
//
// Shared ownership: a builder's callback may come after the run has been stopped; it then finds the run gone.
#ifndef DIAPASON_TUNER_JOB_JOB_RUN_H_
#define DIAPASON_TUNER_JOB_JOB_RUN_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "tuner/build/builder.h"
#include "tuner/job/final_round.h"
#include "tuner/job/job_metrics.h"
#include "tuner/job/job_options.h"
#include "tuner/job/measurer.h"
#include "tuner/job/speed_reference.h"
#include "tuner/job/task_scheduler.h"
#include "tuner/job/task_search.h"
#include "tuner/job/task_state.h"

namespace diapason::tuner {

// Collaborators of every run; all outlive the runs.
struct JobContext {
  db::RecordStore& store;
  Builder& builder;
  Measurer& measurer;
  const Clock& clock;
  TaskSearchFactory searches;
  std::string compiler_version;
};

class JobRun : public std::enable_shared_from_this<JobRun> {
 public:
  // `job` is a new one, or one that a server left RUNNING: then its records count for the budget and are learnt from.
  // `on_end` is called with its id when the run has come to its end, as the last thing that its thread does.
  using OnEnd = std::function<void(const std::string& job_id)>;
  static std::shared_ptr<JobRun> Create(const JobContext& context, const JobOptions& options,
                                        db::StoredJob job, OnEnd on_end);
  ~JobRun();

  // The job is stored. Its thread opens the search spaces of its tasks first; what goes wrong then ends the job as FAILED.
  void Start();
  // Before Start: the job ends as FAILED instead.
  void FailBeforeStart(const absl::Status& why);
  // Ends the job as CANCELLED; its records stay. OK: that is stored. FailedPrecondition: the job has ended already.
  absl::Status Cancel();
  // The job stays RUNNING in the store, to go on at the next start. Returns at once.
  void RequestStop();
  // The same, and ends the thread. Blocks for a moment.
  void Stop();

  v1::JobStatus Status() const;
  // Waits until the status is newer than `version`, the run has stopped, or the time is up; gives the new version.
  int64_t WaitForChange(int64_t version, absl::Duration timeout) const;

 private:
  struct Trial {
    int task = 0;
    int attempt = 1;
    std::string id;
    Candidate candidate;
    v1::BuildResponse build;  // its artifact's bytes moved to `artifact`
    ArtifactRef artifact;
  };
  using TrialRef = std::shared_ptr<Trial>;

  struct Task {
    explicit Task(TaskState s) : state(std::move(s)) {}
    TaskState state;
    std::unique_ptr<TaskSearch> search;  // the job's thread's own, without lock
    ArtifactRef reference;               // null until built
    bool reference_asked = false;
    std::vector<TrialRef> without_reference;  // built, and waiting for it
    std::vector<ScheduleTime> news;           // not yet shown to the search
    absl::flat_hash_map<std::string, int>
        attempts;                             // by schedule key: failed ones that an earlier server recorded
    std::shared_ptr<FinalRound> final_round;  // the one under way
    int final_attempts = 0;                   // ids of paired measurements that were used
    int reference_failures = 0;               // in a row
  };

  JobRun(const JobContext& context, const JobOptions& options, db::StoredJob job, OnEnd on_end);

  // The job's thread.
  void Run();
  bool Prepare();  // true: `tasks_` is there
  absl::StatusOr<std::vector<std::unique_ptr<Task>>> CreateTasks();
  absl::Status ReadEarlierRecords(std::vector<std::unique_ptr<Task>>& tasks);
  bool Search();  // true: came to its end
  bool Finals();  // likewise
  void Finish(bool complete);
  v1::JobState StoreEnd(v1::JobState state);
  // Does `step` until it is not Unavailable: a locked log or a full disk passes. Gives up after
  // JobOptions::patience_with_log, and when the run is ending.
  absl::Status TryUntilAvailable(const std::function<absl::Status()>& step);
  void Propose(size_t task, int count);
  void StoreUnsaved();
  void SaveStatus(bool now);
  absl::Status PutStatus(v1::JobState state);
  void NoteProgress() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WaitForEvent();

  // One trial, step by step.
  void StartTrial(TrialRef trial);
  void AskForReference(size_t task);
  void OnReference(size_t task, const v1::BuildResponse& response);
  void OnBuilt(const TrialRef& trial, const v1::BuildResponse& response);
  void Measure(const TrialRef& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status OnResult(const TrialRef& trial, const v1::MeasureResult& result);
  absl::Status Conclude(const TrialRef& trial, const v1::MeasureResult& result);
  absl::Status Put(const v1::Record& record, bool& is_new);
  absl::Status NoteWrite(
      const absl::Status& status);  // fails the job where the log cannot be written for too long
  void Retry(const TrialRef& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether a trial that was not measured is worth another try.
  bool NoteFailure(Task& task, const v1::Outcome& outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // One task's end.
  struct FinalAgain {  // a comparison that failed and is tried once more
    size_t task = 0;
    int places = 0;
    bool without_incumbent = false;
    bool incumbent_failed = false;
  };
  void StartFinal(const FinalAgain& final);
  // Nullopt: nothing was decided yet.
  absl::StatusOr<std::optional<Incumbent>> FindIncumbent(const Task& task) const;
  void OnFinalBuilt(size_t task, const std::shared_ptr<FinalRound>& round, size_t candidate,
                    const v1::BuildResponse& response);
  void MeasureFinal(size_t task, const std::shared_ptr<FinalRound>& round) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status OnFinalResult(size_t task, const std::shared_ptr<FinalRound>& round,
                             const v1::MeasureResult& result);
  absl::Status StoreFinal(size_t task, const FinalRound& round, const v1::MeasureResult& result,
                          const Judgement& judgement);
  FinalAgain SmallerFinal(size_t task, const FinalRound& round, const v1::Outcome& outcome) const;
  void EndFinal(Task& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  v1::BuildRequest NewBuildRequest(const Task& task, absl::string_view script,
                                   v1::Optimization optimization) const;
  v1::Record NewRecord(const Task& task, const Candidate& candidate, const v1::BuildResponse& build) const;
  MeasureWork NewMeasureWork(const Task& task, absl::string_view trial_id) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CancelOutstanding();
  void UpdateDevices();
  void NoteWait(const std::string& reason, absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  bool Ending() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stop_ || cancel_ || !failure_.ok(); }
  bool SearchIsOver() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  int64_t TrialsLeft() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<const TaskProgress*> Progress() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  int LookAhead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Duration Elapsed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Duration FinalsReserve() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Duration TrialTimeout(const Task& task) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  int64_t TrialsDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  v1::JobStatus StatusLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Duration Remaining() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Fail(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Changed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Constant after Create.
  const JobContext context_;
  const JobOptions options_;
  const db::StoredJob job_;
  const OnEnd on_end_;
  const TaskScheduler scheduler_;
  v1::DeviceSelector selector_;

  mutable Mutex mu_;
  mutable CondVar changed_;
  // Empty until the run is prepared, then constant; the tasks themselves are guarded by mu_.
  std::vector<std::unique_ptr<Task>> tasks_;
  bool prepared_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  bool cancel_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;       // the thread has come to its end
  absl::Status failure_ ABSL_GUARDED_BY(mu_);     // OK: none
  std::string log_trouble_ ABSL_GUARDED_BY(mu_);  // what is being waited for; empty: nothing
  int starts_ ABSL_GUARDED_BY(mu_);               // db::StoredJob::starts
  bool save_now_ ABSL_GUARDED_BY(mu_) = false;
  v1::JobState state_ ABSL_GUARDED_BY(mu_) = v1::JOB_STATE_RUNNING;
  int64_t version_ ABSL_GUARDED_BY(mu_) = 1;
  int64_t events_ ABSL_GUARDED_BY(mu_) = 0;  // counts what the job's thread may wait for
  int64_t seen_events_ = 0;                  // the job's thread's own
  absl::flat_hash_map<std::string, TrialRef> under_way_ ABSL_GUARDED_BY(mu_);
  std::deque<std::pair<TrialRef, v1::MeasureResult>> unsaved_
      ABSL_GUARDED_BY(mu_);  // ended before a device saw them
  int finals_open_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<FinalAgain> failed_finals_ ABSL_GUARDED_BY(mu_);
  int failures_in_a_row_ ABSL_GUARDED_BY(mu_) = 0;
  std::optional<absl::Duration> log_fails_since_ ABSL_GUARDED_BY(mu_);  // monotonic
  int devices_ ABSL_GUARDED_BY(mu_) = 1;
  std::string waits_for_ ABSL_GUARDED_BY(mu_);       // why no device works for this job; empty: one does
  absl::Duration waits_since_ ABSL_GUARDED_BY(mu_);  // monotonic
  std::optional<absl::Duration> first_trial_ ABSL_GUARDED_BY(mu_);  // monotonic
  std::optional<absl::Duration> end_ ABSL_GUARDED_BY(mu_);          // monotonic; set with `ended_`
  std::optional<absl::Duration> search_end_ ABSL_GUARDED_BY(mu_);   // monotonic
  absl::Duration carried_ ABSL_GUARDED_BY(mu_);                     // what earlier servers spent on this job
  int64_t trials_before_ ABSL_GUARDED_BY(mu_) = 0;                  // of earlier servers
  SpeedReference speed_ ABSL_GUARDED_BY(mu_);                       // of all search trials
  JobMetrics metrics_ ABSL_GUARDED_BY(mu_);
  absl::Duration saved_at_;  // monotonic; the job's thread's own
  absl::Duration devices_at_;
  std::thread thread_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_RUN_H_
