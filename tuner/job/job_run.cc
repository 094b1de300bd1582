#include "tuner/job/job_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/schedule_hash.h"
#include "spdlog/spdlog.h"
#include "tuner/job/earlier_records.h"
#include "tuner/job/job_status.h"

namespace diapason::tuner {
namespace {

// The longest time for which the injected clock is not read.
constexpr absl::Duration kTick = absl::Milliseconds(200);

TaskSchedulerOptions SchedulerOptions(const JobConfig& config, const v1::SubmitJobRequest& request) {
  TaskSchedulerOptions options = config.scheduler;
  options.whole_budget = request.whole_budget();
  return options;
}

}  // namespace

JobRun::JobRun(const JobDependencies& dependencies, const JobConfig& config, db::StoredJob job, OnEnd on_end)
    : context_(dependencies, config, std::move(job)),
      on_end_(std::move(on_end)),
      scheduler_(SchedulerOptions(config, context_.job.request)),
      references_(context_),
      pipeline_(context_, references_),
      comparison_(context_, references_) {}

JobRun::~JobRun() { Stop(); }

void JobRun::Start() {
  thread_ = std::thread([this] { Run(); });
}

// The state changes in the store first, where no later status can undo it, and then here.
absl::Status JobRun::Cancel() {
  {
    MutexLock lock(mu_);
    if (state_ != v1::JOB_STATE_RUNNING) {
      return absl::FailedPreconditionError(absl::StrCat("job ", context_.job.job_id, " has already ended"));
    }
  }
  DIAPASON_RETURN_IF_ERROR(PutStatus(v1::JOB_STATE_CANCELLED));
  context_.signal.RequestCancel();
  return absl::OkStatus();
}

void JobRun::Stop() {
  RequestStop();
  if (thread_.joinable()) thread_.join();
}

void JobRun::Run() {
  Finish(Prepare() && Search() && CompareBest());
  on_end_(context_.job.job_id);
}

bool JobRun::Prepare() {
  RunSignal& signal = context_.signal;
  if (signal.ending()) return false;
  const auto give_up = [&signal] { return signal.ending(); };
  context_.log.CountStart();  // stored before any step that can crash the server: see resume_policy.h
  absl::Status status =
      context_.log.TryUntilAvailable([this] { return PutStatus(v1::JOB_STATE_RUNNING); }, give_up);
  context_.dependencies.measurer.CancelStaleTrials(context_.job.job_id);
  Tasks tasks;
  SpeedReference speed;
  if (status.ok()) {
    status = context_.log.TryUntilAvailable(
        [&]() -> absl::Status {
          DIAPASON_ASSIGN_OR_RETURN(tasks, CreateTasks());
          DIAPASON_ASSIGN_OR_RETURN(speed, ReadEarlierRecords(context_, tasks));
          return absl::OkStatus();
        },
        give_up);
  }
  if (signal.ending()) return false;
  if (!status.ok()) {
    signal.Fail(status);
    return false;
  }
  pipeline_.SetSpeedReference(speed);
  tasks_ = std::move(tasks);
  context_.budget.SetEarlierTrials(TrialsEnded());
  MutexLock lock(mu_);
  prepared_ = true;
  signal.Changed();
  return true;
}

absl::StatusOr<JobRun::Tasks> JobRun::CreateTasks() const {
  const v1::SubmitJobRequest& request = context_.job.request;
  Tasks tasks;
  for (const v1::JobTask& task : request.tasks()) {
    if (context_.signal.ending()) return absl::CancelledError("the run is ending");
    TaskSearchRequest search;
    search.workload = task.workload();
    search.target = request.target();
    search.threads = context_.config.threads;
    search.speed = request.speed();
    search.sketches = {request.sketches().begin(), request.sketches().end()};
    search.only_these_sketches = request.only_these_sketches();
    search.rng_seed = request.seed() + tasks.size();
    auto made = context_.dependencies.searches(search);
    if (!made.ok()) return WithContext(made.status(), task.workload().summary());
    tasks.push_back(std::make_unique<JobTask>(static_cast<int>(tasks.size()), task,
                                              context_.KeyOf(task.workload()), *std::move(made)));
  }
  return tasks;
}

bool JobRun::Search() {
  const Clock& clock = context_.dependencies.clock;
  const JobBudget& budget = context_.budget;
  std::optional<absl::Duration> drain_until;
  while (!context_.signal.ending()) {
    pipeline_.StoreFailedBuilds();
    context_.devices.Update();
    Learn();
    SaveStatus();
    // Trials in flight are counted before those that have ended: see job_budget.h.
    const int in_flight = pipeline_.in_flight();
    const int64_t ended = TrialsEnded();
    bool over = budget.SearchIsOver(ended, in_flight, context_.devices.connected());
    std::optional<size_t> turn;
    if (!over && in_flight < InFlightLimit()) {
      turn = scheduler_.Pick(ProgressOf(tasks_));
      over = !turn.has_value();
    }
    if (turn) {
      const int64_t room =
          std::min<int64_t>(InFlightLimit() - in_flight, budget.TrialsLeft(ended, in_flight));
      Propose(*tasks_[*turn], static_cast<int>(std::min<int64_t>(room, context_.config.slice)));
      continue;
    }
    if (over && in_flight == 0) return true;
    // A device that does not answer must not delay the end of a job with a time limit.
    if (over && budget.has_time_limit()) {
      if (!drain_until) drain_until = clock.Monotonic() + JobBudget::kDrain;
      if (clock.Monotonic() > *drain_until) return true;
    }
    context_.signal.WaitForEvent(kTick);
  }
  return false;
}

void JobRun::Learn() {
  for (const std::unique_ptr<JobTask>& task : tasks_) {
    const std::vector<Observation> observations = pipeline_.TakeObservations(*task);
    if (observations.empty()) continue;
    task->search->Observe(observations);
    task->state.SetOutlook(task->search->LimitUs(), task->search->OptimisticUs());
  }
}

void JobRun::Propose(JobTask& task, int count) {
  context_.budget.BeginTrials();
  std::vector<Candidate> candidates = task.search->Next(count);
  task.state.AddProposed(candidates.size());
  for (Candidate& candidate : candidates) {
    const auto earlier = task.attempts.find(ScheduleHash(candidate.schedule));
    const int attempt = earlier == task.attempts.end() ? 1 : earlier->second + 1;
    pipeline_.Start(task, std::move(candidate), attempt);
  }
}

// Returns how many trials keep each device and each builder busy.
int JobRun::InFlightLimit() const {
  return std::max(context_.devices.connected(), 1) * context_.config.trials_per_device +
         2 * context_.dependencies.builder.parallelism();
}

int64_t JobRun::TrialsEnded() const {
  int64_t trials = 0;
  for (const std::unique_ptr<JobTask>& task : tasks_) trials += task->state.trials();
  return trials;
}

bool JobRun::CompareBest() {
  pipeline_.Close();
  context_.budget.EndSearch();
  std::vector<JobTask*> order;
  for (const std::unique_ptr<JobTask>& task : tasks_) {
    if (!task->state.stopped()) order.push_back(task.get());
  }
  // The task with the largest share of the time is compared first, in case the time runs out.
  const auto share = [](const JobTask* task) { return task->state.weight() * task->state.best_us(); };
  std::sort(order.begin(), order.end(),
            [&share](const JobTask* a, const JobTask* b) { return share(a) > share(b); });
  for (const int threads : context_.threads) {
    for (JobTask* task : order) {
      if (!task->state.has_final(threads)) comparison_.Start(*task, threads);
    }
  }
  while (true) {
    context_.devices.Update();
    SaveStatus();
    comparison_.RestartFailed();
    if (comparison_.IsOver()) return true;
    if (context_.signal.ending()) return false;
    if (context_.budget.ComparisonsAreOver()) return true;
    context_.signal.WaitForEvent(kTick);
  }
}

// The job of a run that was stopped stays RUNNING.
void JobRun::Finish(bool complete) {
  pipeline_.Close();
  comparison_.Close();
  references_.Close();
  for (const auto& task : tasks_) task->search.reset();  // the ranked spaces in them are large
  context_.budget.End();
  const bool all_stopped = !tasks_.empty() && std::all_of(tasks_.begin(), tasks_.end(), [](const auto& task) {
    return task->state.stopped();
  });
  if (complete && all_stopped) context_.signal.Fail(absl::InternalError(tasks_[0]->state.stop_reason()));
  v1::JobState state = v1::JOB_STATE_RUNNING;
  if (complete && !all_stopped) {
    state = v1::JOB_STATE_FINISHED;
  } else if (context_.signal.cancelled()) {
    state = v1::JOB_STATE_CANCELLED;
  } else if (!context_.signal.failure().ok()) {
    state = v1::JOB_STATE_FAILED;
  } else {
    context_.log.ResetStarts();
  }
  state = StoreEnd(state);
  {
    MutexLock lock(mu_);
    state_ = state;
  }
  context_.signal.SetEnded();
  const v1::JobStatus status = Status();
  spdlog::info("job={} {}: trials={} seconds={} {}", status.job_id(), v1::JobState_Name(status.state()),
               status.trials_done(), status.elapsed_us() / 1000000, status.message());
}

// Stores how the job ended and returns its state. If the job was cancelled meanwhile, the log has another
// state, and this one is returned. If the log stays locked or full, the job keeps its old state there and
// continues when the server starts again.
v1::JobState JobRun::StoreEnd(v1::JobState state) {
  const absl::Status status = context_.log.TryUntilAvailable([&] { return PutStatus(state); },
                                                             [this] { return context_.signal.stopping(); });
  if (absl::IsFailedPrecondition(status)) {
    const auto job = context_.dependencies.store.GetJob(context_.job.job_id);
    return job.ok() ? job->status.state() : v1::JOB_STATE_CANCELLED;
  }
  if (!status.ok())
    spdlog::error("job={} has ended, but this cannot be stored in the log: {}", context_.job.job_id,
                  status.ToString());
  return state;
}

void JobRun::SaveStatus() {
  const absl::Duration now = context_.dependencies.clock.Monotonic();
  const bool has_progress = context_.log.TakeUnsavedProgress();
  if (!has_progress && now - saved_at_ < context_.config.save_every) return;
  saved_at_ = now;
  // A status that cannot be stored now is stored next time. Records do not depend on it.
  PutStatus(v1::JOB_STATE_RUNNING).IgnoreError();
}

absl::Status JobRun::PutStatus(v1::JobState state) { return context_.log.PutStatus(StatusAs(state)); }

v1::JobStatus JobRun::Status() const {
  v1::JobState state;
  {
    MutexLock lock(mu_);
    state = state_;
  }
  return StatusAs(state);
}

v1::JobStatus JobRun::StatusAs(v1::JobState state) const {
  bool prepared;
  {
    MutexLock lock(mu_);
    prepared = prepared_;
  }
  if (!prepared) return StatusBeforeSearch(context_, state);
  return StatusOfTasks(context_, tasks_, scheduler_, state);
}

}  // namespace diapason::tuner
