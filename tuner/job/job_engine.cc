#include "tuner/job/job_engine.h"

#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/base/status_macros.h"
#include "spdlog/spdlog.h"
#include "tuner/job/device_choice.h"
#include "tuner/job/device_wait.h"
#include "tuner/job/resume_policy.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kWatchTick = absl::Milliseconds(500);
constexpr absl::Duration kReportEvery = absl::Milliseconds(200);
constexpr absl::Duration kReadEvery = absl::Seconds(1);  // of the status of a job that another server runs

bool HasEnded(const v1::JobStatus& status) { return status.state() != v1::JOB_STATE_RUNNING; }

}  // namespace

JobEngine::JobEngine(JobDependencies dependencies, JobConfig config, IdGenerator& ids)
    : dependencies_(std::move(dependencies)), config_(config), ids_(ids) {
  freeing_ = std::thread([this] { FreeEnded(); });
}

JobEngine::~JobEngine() {
  Shutdown();
  freeing_.join();
  if (claiming_.joinable()) claiming_.join();
  MutexLock lock(mu_);
  while (watchers_ > 0) changed_.Wait(mu_);
}

void JobEngine::Shutdown() {
  std::map<std::string, std::shared_ptr<JobRun>> runs;
  {
    MutexLock lock(mu_);
    stopping_ = true;
    changed_.SignalAll();
    runs = runs_;
  }
  for (auto& [id, run] : runs) run->RequestStop();  // request all first, because each Stop may take a moment
  for (auto& [id, run] : runs) run->Stop();
  // Without this, other servers take the jobs when the claims have expired.
  dependencies_.store.ReleaseJobs(dependencies_.server_id).IgnoreError();
}

void JobEngine::FreeEnded() {
  while (true) {
    std::vector<std::shared_ptr<JobRun>> ended;
    {
      MutexLock lock(mu_);
      while (!stopping_ && ended_.empty()) changed_.Wait(mu_);
      if (stopping_) return;
      for (const std::string& id : ended_) {
        const auto found = runs_.find(id);
        if (found == runs_.end()) continue;
        ended.push_back(std::move(found->second));
        runs_.erase(found);
      }
      ended_.clear();
    }
    for (const std::shared_ptr<JobRun>& run : ended) run->Stop();  // its thread is about to end
  }
}

std::shared_ptr<JobRun> JobEngine::NewRun(db::StoredJob job) {
  return std::make_shared<JobRun>(dependencies_, config_, std::move(job), [this](const std::string& job_id) {
    MutexLock lock(mu_);
    ended_.push_back(job_id);
    changed_.SignalAll();
  });
}

absl::Status JobEngine::CheckServing() const {
  if (stopping_)
    return absl::UnavailableError("the server is shutting down; its jobs continue when it starts again");
  if (!resumed_) {
    return absl::UnavailableError(
        "the server is starting and reads the jobs in its log; try again in a moment");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::shared_ptr<JobRun>>> JobEngine::RunsOf(
    const std::vector<std::string>& job_ids, std::vector<std::string>& resumed) {
  std::map<std::string, std::shared_ptr<JobRun>> runs;
  for (const std::string& id : job_ids) {
    DIAPASON_ASSIGN_OR_RETURN(db::StoredJob job, dependencies_.store.GetJob(id));
    const absl::Status may = MayResume(job);
    if (!may.ok()) spdlog::error("job={} cannot be resumed: {}", id, may.ToString());
    if (may.ok()) spdlog::info("job={} continues: trials={}", id, job.status.trials_done());
    runs[id] = NewRun(std::move(job));
    // Its end is stored as that of every run: this is tried until the log can be written.
    if (!may.ok()) runs[id]->FailBeforeStart(may);
    if (may.ok()) resumed.push_back(id);
  }
  return runs;
}

absl::StatusOr<std::vector<std::string>> JobEngine::Resume() {
  DIAPASON_ASSIGN_OR_RETURN(const db::JobClaims claims,
                            dependencies_.store.ClaimJobs(dependencies_.server_id));
  std::vector<std::string> resumed;
  DIAPASON_ASSIGN_OR_RETURN(auto runs, RunsOf(claims.held, resumed));
  MutexLock lock(mu_);
  if (stopping_) return CheckServing();
  runs_ = std::move(runs);
  resumed_ = true;
  for (auto& [id, run] : runs_) run->Start();
  claiming_ = std::thread([this] { RenewClaims(); });
  return resumed;
}

void JobEngine::RenewClaims() {
  absl::Time next = absl::Now() + config_.claim_every;
  while (true) {
    {
      MutexLock lock(mu_);
      while (!stopping_ && absl::Now() < next) changed_.WaitFor(mu_, next - absl::Now());
      if (stopping_) return;
    }
    next = absl::Now() + config_.claim_every;
    const absl::Status status = TakeJobs();
    if (!status.ok()) spdlog::warn("the claims of jobs cannot be renewed: {}", status.ToString());
  }
}

absl::Status JobEngine::TakeJobs() {
  // The runs are copied before the claims are read: a job that is submitted meanwhile is claimed, but not
  // compared.
  std::map<std::string, std::shared_ptr<JobRun>> runs;
  {
    MutexLock lock(mu_);
    runs = runs_;
  }
  DIAPASON_ASSIGN_OR_RETURN(const db::JobClaims claims,
                            dependencies_.store.ClaimJobs(dependencies_.server_id));
  // A job whose earlier run lost the claim begins again when that run has been freed.
  not_begun_.insert(claims.taken.begin(), claims.taken.end());
  std::set<std::string> begin;
  for (const std::string& id : claims.held) {
    if (runs.erase(id) == 0 && not_begun_.contains(id)) begin.insert(id);
  }
  for (const auto& [id, run] : runs) {
    if (HasEnded(run->Status())) continue;
    // Another server has cancelled the job, or runs it now.
    const auto job = dependencies_.store.GetJob(id);
    const bool cancelled = job.ok() && job->status.state() == v1::JOB_STATE_CANCELLED;
    spdlog::info("job={} {}", id, cancelled ? "was cancelled" : "is run by another server now");
    cancelled ? run->WasCancelled() : run->RequestStop();
  }
  std::vector<std::string> resumed;
  DIAPASON_ASSIGN_OR_RETURN(auto taken, RunsOf({begin.begin(), begin.end()}, resumed));
  const std::set<std::string> held(claims.held.begin(), claims.held.end());
  std::erase_if(not_begun_, [&](const std::string& id) { return !held.contains(id) || begin.contains(id); });
  MutexLock lock(mu_);
  if (stopping_) return absl::OkStatus();
  for (auto& [id, run] : taken) {
    runs_[id] = run;
    run->Start();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> JobEngine::FindSubmitted(const v1::SubmitJobRequest& request) {
  if (request.request_id().empty()) return "";
  const auto job = dependencies_.store.GetJobOfRequest(request.request_id());
  if (absl::IsNotFound(job.status())) return "";
  DIAPASON_RETURN_IF_ERROR(job.status());
  v1::SubmitJobRequest repeated = request;  // the stored request also has what the server chose
  *repeated.mutable_selector() = job->request.selector();
  *repeated.mutable_threads() = job->request.threads();
  if (job->request.has_speed()) *repeated.mutable_speed() = job->request.speed();
  if (!google::protobuf::util::MessageDifferencer::Equals(job->request, repeated)) {
    return absl::InvalidArgumentError(absl::StrCat("the request id ", request.request_id(),
                                                   " belongs to job ", job->job_id,
                                                   ", whose request is different; choose a new id"));
  }
  return job->job_id;
}

absl::StatusOr<std::string> JobEngine::Submit(const v1::SubmitJobRequest& asked, const Caller& caller) {
  v1::SubmitJobRequest request = asked;
  request.set_owner(caller.name);
  {
    MutexLock lock(mu_);
    DIAPASON_RETURN_IF_ERROR(CheckServing());
  }
  DIAPASON_ASSIGN_OR_RETURN(const std::string submitted, FindSubmitted(request));
  if (!submitted.empty()) return submitted;
  DIAPASON_RETURN_IF_ERROR(CheckRequest(request));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::DeviceStatus> devices, dependencies_.measurer.Devices());
  DIAPASON_ASSIGN_OR_RETURN(const v1::DeviceSelector selector, ChooseDevices(request, devices));
  DeviceFacts facts = FactsOf(devices, selector);
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int> threads, ChooseThreads(request.threads(), facts.cores));
  db::StoredJob job;
  job.job_id = ids_.NewId();
  job.server_id = dependencies_.server_id;
  job.request = request;
  *job.request.mutable_selector() = selector;
  job.request.mutable_threads()->Assign(threads.begin(), threads.end());
  job.request.clear_speed();
  if (facts.speed) *job.request.mutable_speed() = *std::move(facts.speed);
  job.status.set_created_unix_us(absl::ToUnixMicros(dependencies_.clock.Now()));
  const std::shared_ptr<JobRun> run = NewRun(job);
  job.status = run->Status();
  const absl::Status stored = dependencies_.store.PutJob(job);
  // An equal request was stored at the same time.
  if (absl::IsAlreadyExists(stored)) return FindSubmitted(request);
  DIAPASON_RETURN_IF_ERROR(WithContext(stored, "storing the job"));
  spdlog::info("job={} begins: name={} tasks={} trials={} seconds={}", job.job_id, request.name(),
               request.tasks_size(), request.budget().trials(), request.budget().duration_us() / 1000000);
  MutexLock lock(mu_);
  DIAPASON_RETURN_IF_ERROR(CheckServing());
  runs_[job.job_id] = run;
  run->Start();
  return job.job_id;
}

absl::Status JobEngine::CheckRequest(const v1::SubmitJobRequest& request) {
  if (request.tasks().empty())
    return absl::InvalidArgumentError("the job has no tasks; give at least one workload");
  if (request.budget().trials() <= 0 && request.budget().duration_us() <= 0) {
    return absl::InvalidArgumentError("the job has no budget: give a number of trials or a duration");
  }
  if (request.target().triple().empty())
    return absl::InvalidArgumentError("the job has no target; give the triple of the machine");
  absl::flat_hash_set<std::string> seen;
  for (const v1::JobTask& task : request.tasks()) {
    if (!seen.insert(task.workload().id()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the workload ", task.workload().summary(), " is listed twice"));
    }
  }
  return absl::OkStatus();
}

std::string JobEngine::DeviceNote(const v1::SubmitJobRequest& request) {
  const auto devices = dependencies_.measurer.Devices();
  if (!devices.ok()) return "";
  const auto selector = ChooseDevices(request, *devices);
  if (!selector.ok()) return "";
  const std::string reason = WaitReason(*devices, *selector, dependencies_.clock.Now());
  return reason.empty() ? "" : absl::StrCat("the job is waiting for a device: ", reason);
}

absl::StatusOr<std::shared_ptr<JobRun>> JobEngine::Find(const std::string& job_id) {
  MutexLock lock(mu_);
  DIAPASON_RETURN_IF_ERROR(CheckServing());
  const auto found = runs_.find(job_id);
  return found == runs_.end() ? nullptr : found->second;
}

absl::Status JobEngine::Watch(const std::string& job_id,
                              const std::function<bool(const v1::JobStatus&)>& report) {
  {
    MutexLock lock(mu_);
    DIAPASON_RETURN_IF_ERROR(CheckServing());
    ++watchers_;
  }
  const absl::Status status = WatchUntilEnd(job_id, report);
  MutexLock lock(mu_);
  --watchers_;
  changed_.SignalAll();
  return status;
}

absl::Status JobEngine::WatchUntilEnd(const std::string& job_id,
                                      const std::function<bool(const v1::JobStatus&)>& report) {
  std::shared_ptr<JobRun> watched;
  int64_t version = 0;
  while (true) {
    // The job may come to this server, or go to another one, while it is watched.
    DIAPASON_ASSIGN_OR_RETURN(const std::shared_ptr<JobRun> run, Find(job_id));
    if (run != watched) version = 0;
    watched = run;
    v1::JobStatus now;
    if (run != nullptr) {
      version = run->WaitForChange(version, kWatchTick);
      now = run->Status();
    } else {
      auto job = dependencies_.store.GetJob(job_id);
      if (!job.ok()) return WithContext(job.status(), absl::StrCat("job ", job_id));
      now = std::move(job->status);
    }
    const bool go_on = report(now) && !HasEnded(now);
    MutexLock lock(mu_);
    if (stopping_ && !HasEnded(now)) return CheckServing();
    if (!go_on || stopping_) return absl::OkStatus();
    changed_.WaitFor(mu_, run != nullptr ? kReportEvery : kReadEvery);
  }
}

absl::StatusOr<std::vector<v1::JobStatus>> JobEngine::List() {
  std::map<std::string, std::shared_ptr<JobRun>> runs;
  {
    // The runs are copied before the log is read. A job that ends in between is then in the log.
    MutexLock lock(mu_);
    DIAPASON_RETURN_IF_ERROR(CheckServing());
    runs = runs_;
  }
  DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::JobStatus> statuses, dependencies_.store.ListJobs());
  for (v1::JobStatus& status : statuses) {
    const auto run = runs.find(status.job_id());
    if (run != runs.end()) status = run->second->Status();
  }
  return statuses;
}

absl::Status JobEngine::Cancel(const std::string& job_id, const Caller& caller) {
  DIAPASON_ASSIGN_OR_RETURN(const std::shared_ptr<JobRun> run, Find(job_id));
  auto job = dependencies_.store.GetJob(job_id);
  DIAPASON_RETURN_IF_ERROR(WithContext(job.status(), absl::StrCat("job ", job_id)));
  if (!caller.MayChange(job->request.owner())) {
    return absl::PermissionDeniedError(absl::StrCat("job ", job_id, " belongs to ", job->request.owner(),
                                                    "; only its owner and admins may cancel it"));
  }
  if (run != nullptr) return run->Cancel();
  if (HasEnded(job->status))
    return absl::FailedPreconditionError(absl::StrCat("job ", job_id, " has already ended"));
  // The server that runs the job sees this when it renews its claims.
  job->status.set_state(v1::JOB_STATE_CANCELLED);
  return dependencies_.store.PutJob(*job);
}

absl::Status JobEngine::Ready() const {
  MutexLock lock(mu_);
  return CheckServing();
}

size_t JobEngine::running_jobs() const {
  MutexLock lock(mu_);
  return runs_.size();
}

}  // namespace diapason::tuner
