#include "tuner/job/job_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/target_fingerprint.h"
#include "spdlog/spdlog.h"
#include "tuner/job/device_wait.h"
#include "tuner/job/trial.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(200);  // how long an injected clock's time may go unseen
constexpr absl::Duration kDrain = absl::Seconds(3);        // for trials under way when the time is up
constexpr absl::Duration kDevicesEvery = absl::Seconds(2);
constexpr absl::Duration kRetryLog = absl::Seconds(1);

}  // namespace

JobRun::JobRun(const JobContext& context, const JobOptions& options, db::StoredJob job, OnEnd on_end)
    : context_(context),
      options_(options),
      job_(std::move(job)),
      on_end_(std::move(on_end)),
      scheduler_(options.scheduler),
      starts_(job_.starts),
      carried_(absl::Microseconds(job_.status.elapsed_us())) {
  selector_ = JobSelector(job_.request);
}

std::shared_ptr<JobRun> JobRun::Create(const JobContext& context, const JobOptions& options,
                                       db::StoredJob job, OnEnd on_end) {
  return std::shared_ptr<JobRun>(new JobRun(context, options, std::move(job), std::move(on_end)));
}

absl::StatusOr<std::vector<std::unique_ptr<JobRun::Task>>> JobRun::CreateTasks() {
  const v1::SubmitJobRequest& request = job_.request;
  std::vector<std::unique_ptr<Task>> tasks;
  for (const v1::JobTask& task : request.tasks()) {
    {
      MutexLock lock(mu_);
      if (Ending()) return absl::CancelledError("the run is ending");
    }
    TaskSearchRequest search;
    search.workload = task.workload();
    search.target = request.target();
    search.sketches = {request.sketches().begin(), request.sketches().end()};
    search.only_these_sketches = request.only_these_sketches();
    search.seed = request.seed() + tasks.size();
    auto made = context_.searches(search);
    if (!made.ok()) return WithContext(made.status(), task.workload().summary());
    tasks.push_back(std::make_unique<Task>(TaskState(task, request.target(), (*made)->Default())));
    tasks.back()->search = *std::move(made);
  }
  return tasks;
}

absl::Status JobRun::ReadEarlierRecords(std::vector<std::unique_ptr<Task>>& tasks) {
  const std::string fingerprint = TargetFingerprint(job_.request.target());
  SpeedReference speed;
  for (const std::unique_ptr<Task>& task : tasks) {
    db::RecordQuery query;
    query.workload_id = task->state.workload().id();
    query.target_fingerprint = fingerprint;
    DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::Record> records, context_.store.FindRecords(query));
    std::reverse(records.begin(), records.end());  // oldest first
    absl::flat_hash_map<std::string, const v1::Record*> finals;
    for (const v1::Record& record : records) {
      const bool own = record.job_id() == job_.job_id;
      const bool ok = record.outcome().kind() == v1::OUTCOME_KIND_OK;
      if (record.phase() == v1::TRIAL_PHASE_FINAL) {
        if (own) {
          task->final_attempts = std::max(task->final_attempts, AttemptOf(record.trial_id()));
          finals[record.trial_id()] = &record;
        }
        continue;
      }
      const bool comparable = own || (record.compiler_version() == context_.compiler_version &&
                                      record.protocol_version() == kMeasureProtocolVersion);
      if (!comparable) continue;
      const double time_us =
          ok ? speed.TimeUs(record.measurement()) : std::numeric_limits<double>::infinity();
      if (own) {
        task->state.AddTrial(record.schedule(), record.outcome(), time_us);
        if (!IsAboutSchedule(record.outcome().kind())) {
          int& attempts = task->attempts[ScheduleKey(record.schedule())];
          attempts = std::max(attempts, AttemptOf(record.trial_id()));
        } else {
          ++task->state.progress().proposed;
        }
      } else if (ok) {
        task->state.AddEarlier(record.schedule(), time_us);
      }
      if (IsAboutSchedule(record.outcome().kind())) task->news.push_back({record.schedule(), time_us});
    }
    if (finals.empty()) continue;
    // What this job's comparison said, whether it replaced an earlier decision or not. Records of a comparison and its
    // decision are stored together.
    for (const auto& [trial_id, won] : finals) {
      const auto decision = context_.store.FindDecision(trial_id);
      if (absl::IsNotFound(decision.status())) continue;
      DIAPASON_RETURN_IF_ERROR(decision.status());
      const auto with = finals.find(decision->default_trial_id());
      task->state.SetFinal(decision->verdict(), won->schedule(),
                           with == finals.end() ? 0 : with->second->measurement().median_us(),
                           won->measurement().median_us());
    }
  }
  MutexLock lock(mu_);
  speed_ = speed;
  return absl::OkStatus();
}

JobRun::~JobRun() { Stop(); }

void JobRun::Start() {
  thread_ = std::thread([this] { Run(); });
}

void JobRun::FailBeforeStart(const absl::Status& why) {
  MutexLock lock(mu_);
  Fail(why);
}

// First in the store, where no later status undoes it, then here.
absl::Status JobRun::Cancel() {
  DIAPASON_RETURN_IF_ERROR(PutStatus(v1::JOB_STATE_CANCELLED));
  MutexLock lock(mu_);
  cancel_ = true;
  Changed();
  return absl::OkStatus();
}

void JobRun::RequestStop() {
  MutexLock lock(mu_);
  stop_ = true;
  Changed();
}

void JobRun::Stop() {
  RequestStop();
  if (thread_.joinable()) thread_.join();
}

// ---- the job's thread

void JobRun::Run() {
  const bool complete = Prepare() && Search() && Finals();
  Finish(complete);
  on_end_(job_.job_id);
}

bool JobRun::Prepare() {
  {
    MutexLock lock(mu_);
    if (Ending()) return false;
    ++starts_;  // stored before anything that could bring the server down: resume_policy.h
  }
  absl::Status status = TryUntilAvailable([this] { return PutStatus(v1::JOB_STATE_RUNNING); });
  context_.measurer.DropLeftovers(job_.job_id);
  std::vector<std::unique_ptr<Task>> tasks;
  if (status.ok()) {
    status = TryUntilAvailable([&] {
      DIAPASON_ASSIGN_OR_RETURN(tasks, CreateTasks());
      return ReadEarlierRecords(tasks);
    });
  }
  MutexLock lock(mu_);
  if (Ending()) return false;
  if (!status.ok()) {
    Fail(status);
    return false;
  }
  tasks_ = std::move(tasks);
  prepared_ = true;
  trials_before_ = TrialsDone();
  Changed();
  return true;
}

absl::Status JobRun::TryUntilAvailable(const std::function<absl::Status()>& step) {
  const absl::Duration begin = context_.clock.Monotonic();
  while (true) {
    const absl::Status status = step();
    MutexLock lock(mu_);
    log_trouble_ = absl::IsUnavailable(status) ? std::string(status.message()) : "";
    Changed();
    if (!absl::IsUnavailable(status) || Ending()) return status;
    if (context_.clock.Monotonic() - begin > options_.patience_with_log) return status;
    changed_.WaitFor(mu_, kRetryLog);
  }
}

bool JobRun::Search() {
  std::optional<absl::Duration> drain_until;
  while (true) {
    StoreUnsaved();
    UpdateDevices();
    SaveStatus(/*now=*/false);
    std::optional<size_t> task;
    int count = 0;
    {
      MutexLock lock(mu_);
      if (Ending()) return false;
      bool over = SearchIsOver();
      if (!over && static_cast<int>(under_way_.size()) < LookAhead()) {
        task = scheduler_.Pick(Progress());
        over = !task.has_value();
        const int64_t room =
            std::min<int64_t>(LookAhead() - static_cast<int>(under_way_.size()), TrialsLeft());
        count = static_cast<int>(std::min<int64_t>(room, options_.slice));
      }
      if (over && under_way_.empty()) return true;
      // A device that is away must not hold up the end of a job that has a time limit.
      if (over && job_.request.budget().duration_us() > 0) {
        if (!drain_until) drain_until = context_.clock.Monotonic() + kDrain;
        if (context_.clock.Monotonic() > *drain_until) break;
      }
    }
    if (task) {
      Propose(*task, count);
    } else {
      WaitForEvent();
    }
  }
  CancelOutstanding();
  return true;
}

void JobRun::Propose(size_t index, int count) {
  Task& task = *tasks_[index];
  std::vector<ScheduleTime> news;
  {
    MutexLock lock(mu_);
    news.swap(task.news);
    if (!first_trial_) first_trial_ = context_.clock.Monotonic();
  }
  if (!news.empty()) task.search->Observe(news);
  std::vector<Candidate> candidates = task.search->Next(count);
  {
    MutexLock lock(mu_);
    task.state.progress().proposed += static_cast<int64_t>(candidates.size());
    task.state.progress().exhausted = candidates.empty() || task.state.stopped();
  }
  for (Candidate& candidate : candidates) {
    auto trial = std::make_shared<Trial>();
    trial->task = static_cast<int>(index);
    const auto earlier = task.attempts.find(ScheduleKey(candidate.schedule));
    if (earlier != task.attempts.end()) trial->attempt = earlier->second + 1;
    trial->id = SearchTrialId(job_.job_id, trial->task, candidate.schedule, trial->attempt);
    trial->candidate = std::move(candidate);
    StartTrial(std::move(trial));
  }
}

bool JobRun::Finals() {
  std::vector<size_t> order;
  {
    MutexLock lock(mu_);
    search_end_ = context_.clock.Monotonic();
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (!tasks_[i]->state.has_final() && !tasks_[i]->state.stopped()) order.push_back(i);
    }
    // Where most time is spent comes first, should the time run out.
    std::sort(order.begin(), order.end(), [this](size_t a, size_t b) {
      const auto share = [this](size_t i) { return tasks_[i]->state.weight() * tasks_[i]->state.best_us(); };
      return share(a) > share(b);
    });
  }
  for (size_t task : order) StartFinal({.task = task, .places = options_.finalists});
  const absl::Duration limit = absl::Microseconds(job_.request.budget().duration_us());
  while (true) {
    UpdateDevices();
    SaveStatus(/*now=*/false);
    std::vector<FinalAgain> again;
    {
      MutexLock lock(mu_);
      again.swap(failed_finals_);
    }
    for (const FinalAgain& final : again) StartFinal(final);
    {
      MutexLock lock(mu_);
      if (finals_open_ == 0 && failed_finals_.empty()) return true;
      if (Ending()) return false;
      if (limit > absl::ZeroDuration() && Elapsed() > 1.1 * limit + kDrain) return true;
    }
    WaitForEvent();
  }
}

// A run that was stopped leaves its job RUNNING.
void JobRun::Finish(bool complete) {
  CancelOutstanding();
  for (const auto& task : tasks_) task->search.reset();  // their ranked spaces are large
  v1::JobState state = v1::JOB_STATE_RUNNING;
  {
    MutexLock lock(mu_);
    end_ = context_.clock.Monotonic();
    const bool all_stopped =
        !tasks_.empty() &&
        std::all_of(tasks_.begin(), tasks_.end(), [](const auto& task) { return task->state.stopped(); });
    if (complete && all_stopped && failure_.ok()) {
      failure_ = absl::InternalError(tasks_[0]->state.stop_reason());
    }
    if (complete && !all_stopped) {
      state = v1::JOB_STATE_FINISHED;
    } else if (cancel_) {
      state = v1::JOB_STATE_CANCELLED;
    } else if (!failure_.ok()) {
      state = v1::JOB_STATE_FAILED;
    } else {
      starts_ = 0;  // left in an orderly way
    }
  }
  state = StoreEnd(state);
  {
    MutexLock lock(mu_);
    state_ = state;
    ended_ = true;
    Changed();
  }
  const v1::JobStatus status = Status();
  spdlog::info("job={} {}: trials={} seconds={} {}", job_.job_id, v1::JobState_Name(status.state()),
               status.trials_done(), status.elapsed_us() / 1000000, status.message());
}

// Stores how the job ended, and gives that state; another one where the log knows better: it was cancelled meanwhile.
// Where the log stays locked or full, the job is left as it is there, and goes on at the next start.
v1::JobState JobRun::StoreEnd(v1::JobState state) {
  const absl::Duration begin = context_.clock.Monotonic();
  while (true) {
    const absl::Status status = PutStatus(state);
    if (status.ok()) return state;
    if (absl::IsFailedPrecondition(status)) {
      const auto job = context_.store.GetJob(job_.job_id);
      return job.ok() ? job->status.state() : v1::JOB_STATE_CANCELLED;
    }
    MutexLock lock(mu_);
    if (!absl::IsUnavailable(status) || stop_ ||
        context_.clock.Monotonic() - begin > options_.patience_with_log) {
      spdlog::error("job={}: its end is not in the log: {}", job_.job_id, status.ToString());
      return state;
    }
    changed_.WaitFor(mu_, kRetryLog);
  }
}

void JobRun::StoreUnsaved() {
  while (true) {
    std::pair<TrialRef, v1::MeasureResult> next;
    {
      MutexLock lock(mu_);
      if (unsaved_.empty()) return;
      next = unsaved_.front();
    }
    if (!Conclude(next.first, next.second).ok()) return;  // again at the next turn
    MutexLock lock(mu_);
    unsaved_.pop_front();
  }
}

void JobRun::SaveStatus(bool now) {
  const absl::Duration time = context_.clock.Monotonic();
  {
    MutexLock lock(mu_);
    now |= std::exchange(save_now_, false);
  }
  if (!now && time - saved_at_ < options_.save_every) return;
  saved_at_ = time;
  // What cannot be saved now is saved next time; records do not depend on it.
  PutStatus(v1::JOB_STATE_RUNNING).IgnoreError();
}

// The status as it is now, but for its state.
absl::Status JobRun::PutStatus(v1::JobState state) {
  db::StoredJob job;  // without the request, which is stored
  job.job_id = job_.job_id;
  {
    MutexLock lock(mu_);
    job.status = StatusLocked();
    job.starts = starts_;
  }
  job.status.set_state(state);
  if (state != v1::JOB_STATE_RUNNING) job.status.clear_remaining_us();
  return context_.store.PutJob(job);
}

// The job has something to show for this start: see resume_policy.h.
void JobRun::NoteProgress() {
  if (starts_ == 0) return;
  starts_ = 0;
  save_now_ = true;
}

void JobRun::UpdateDevices() {
  const absl::Duration time = context_.clock.Monotonic();
  if (devices_at_ != absl::ZeroDuration() && time - devices_at_ < kDevicesEvery) return;
  devices_at_ = time;
  const auto devices = context_.measurer.Devices();
  const std::string reason = devices.ok() ? WaitReason(*devices, selector_, context_.clock.Now())
                                          : absl::StrCat("the tracker: ", devices.status().message());
  MutexLock lock(mu_);
  NoteWait(reason, time);
  if (!devices.ok()) return;
  const int connected = CountConnected(*devices, selector_);
  if (devices_ != connected) Changed();
  devices_ = connected;
}

void JobRun::NoteWait(const std::string& reason, absl::Duration now) {
  if (reason.empty() != waits_for_.empty()) {
    waits_since_ = now;
    if (reason.empty()) {
      spdlog::info("job={} goes on: a device works for it", job_.job_id);
    } else {
      spdlog::warn("job={} waits: {}", job_.job_id, reason);
    }
  }
  if (reason != waits_for_) Changed();
  waits_for_ = reason;
  if (!reason.empty() && now - waits_since_ >= options_.device_wait && !Ending()) {
    Fail(absl::InternalError(absl::StrCat("no device worked for it for ",
                                          absl::FormatDuration(options_.device_wait),
                                          " (device-wait deadline): ", reason)));
  }
}

void JobRun::WaitForEvent() {
  MutexLock lock(mu_);
  if (events_ == seen_events_) changed_.WaitFor(mu_, kTick);
  seen_events_ = events_;
}

void JobRun::CancelOutstanding() {
  std::vector<std::string> ids;
  {
    MutexLock lock(mu_);
    for (const auto& [id, trial] : under_way_) ids.push_back(id);
    under_way_.clear();
    for (const auto& task : tasks_) {
      task->without_reference.clear();
      if (task->final_round != nullptr) ids.push_back(task->final_round->trial_id);
      task->final_round = nullptr;
    }
    Changed();
  }
  context_.measurer.Cancel(ids);
  MutexLock lock(mu_);
  unsaved_.clear();
}

void JobRun::Fail(const absl::Status& why) {
  if (failure_.ok()) failure_ = why;
  Changed();
}

void JobRun::Changed() {
  ++version_;
  ++events_;
  changed_.SignalAll();
}

}  // namespace diapason::tuner
