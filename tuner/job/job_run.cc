#include "tuner/job/job_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/support/outcome.h"
#include "proto/support/status_macros.h"
#include "proto/support/target_fingerprint.h"
#include "spdlog/spdlog.h"
#include "tuner/job/device_wait.h"
#include "tuner/job/trial.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(200);  // how long an injected clock's time may go unseen
constexpr absl::Duration kDrain = absl::Seconds(3);        // for trials under way when the time is up
constexpr absl::Duration kDevicesEvery = absl::Seconds(2);

}  // namespace

JobRun::JobRun(const JobContext& context, const JobOptions& options, db::StoredJob job)
    : context_(context), options_(options), job_(std::move(job)), scheduler_(options.scheduler) {
  selector_ = JobSelector(job_.request);
}

absl::StatusOr<std::shared_ptr<JobRun>> JobRun::Create(const JobContext& context, const JobOptions& options,
                                                       db::StoredJob job) {
  std::shared_ptr<JobRun> run(new JobRun(context, options, std::move(job)));
  DIAPASON_RETURN_IF_ERROR(run->CreateTasks());
  DIAPASON_RETURN_IF_ERROR(run->ReadEarlierRecords());
  return run;
}

absl::Status JobRun::CreateTasks() {
  const v1::SubmitJobRequest& request = job_.request;
  for (const v1::JobTask& task : request.tasks()) {
    TaskSearchRequest search;
    search.workload = task.workload();
    search.target = request.target();
    search.sketches = {request.sketches().begin(), request.sketches().end()};
    search.only_these_sketches = request.only_these_sketches();
    search.seed = request.seed() + tasks_.size();
    auto made = context_.searches(search);
    if (!made.ok()) return WithContext(made.status(), task.workload().summary());
    tasks_.push_back(std::make_unique<Task>(TaskState(task, request.target(), (*made)->Default())));
    tasks_.back()->search = *std::move(made);
  }
  return absl::OkStatus();
}

absl::Status JobRun::ReadEarlierRecords() {
  MutexLock lock(mu_);
  carried_ = absl::Microseconds(job_.status.elapsed_us());
  const std::string fingerprint = TargetFingerprint(job_.request.target());
  for (const std::unique_ptr<Task>& task : tasks_) {
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
          ok ? speed_.TimeUs(record.measurement()) : std::numeric_limits<double>::infinity();
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
    const auto winner = context_.store.GetWinner(query.workload_id, fingerprint);
    if (!winner.ok() || !finals.contains(winner->trial_id))
      continue;  // the paired comparison was not completed
    const v1::Record& won = *finals.at(winner->trial_id);
    const auto with = finals.find(winner->default_trial_id);
    task->state.SetFinal(winner->verdict, won.schedule(),
                         with == finals.end() ? 0 : with->second->measurement().median_us(),
                         won.measurement().median_us());
  }
  trials_before_ = TrialsDone();
  return absl::OkStatus();
}

JobRun::~JobRun() { Stop(); }

void JobRun::Start() {
  thread_ = std::thread([this] { Run(); });
}

void JobRun::Cancel() {
  MutexLock lock(mu_);
  cancel_ = true;
  Changed();
}

void JobRun::Stop() {
  {
    MutexLock lock(mu_);
    stop_ = true;
    Changed();
  }
  if (thread_.joinable()) thread_.join();
}

// ---- the job's thread

void JobRun::Run() {
  const bool complete = Search() && Finals();
  Finish(complete);
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
  for (size_t task : order) StartFinal(task, options_.finalists);
  const absl::Duration limit = absl::Microseconds(job_.request.budget().duration_us());
  while (true) {
    UpdateDevices();
    SaveStatus(/*now=*/false);
    std::vector<std::pair<size_t, int>> again;
    {
      MutexLock lock(mu_);
      again.swap(failed_finals_);
    }
    for (const auto& [task, rivals] : again) StartFinal(task, rivals);
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
  {
    MutexLock lock(mu_);
    end_ = context_.clock.Monotonic();
    const bool all_stopped = std::all_of(tasks_.begin(), tasks_.end(),
                                         [](const auto& task) { return task->state.stopped(); });
    if (complete && all_stopped && failure_.empty()) failure_ = tasks_[0]->state.stop_reason();
    if (complete && !all_stopped) {
      state_ = v1::JOB_STATE_FINISHED;
    } else if (!failure_.empty()) {
      state_ = v1::JOB_STATE_FAILED;
    } else if (cancel_) {
      state_ = v1::JOB_STATE_CANCELLED;
    }
  }
  SaveStatus(/*now=*/true);
  const v1::JobStatus status = Status();
  spdlog::info("job={} {}: trials={} seconds={} {}", job_.job_id, v1::JobState_Name(status.state()),
               status.trials_done(), status.elapsed_us() / 1000000, status.message());
  MutexLock lock(mu_);
  ended_ = true;
  Changed();
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
  if (!now && time - saved_at_ < options_.save_every) return;
  saved_at_ = time;
  db::StoredJob job = job_;
  job.status = Status();
  // What cannot be saved now is saved next time; records do not depend on it.
  context_.store.PutJob(job).IgnoreError();
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
    Fail(absl::StrCat("no device worked for it for ", absl::FormatDuration(options_.device_wait),
                      " (device-wait deadline): ", reason));
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

void JobRun::Fail(absl::string_view message) {
  if (failure_.empty()) failure_ = std::string(message);
  Changed();
}

void JobRun::Changed() {
  ++version_;
  ++events_;
  changed_.SignalAll();
}

}  // namespace diapason::tuner
