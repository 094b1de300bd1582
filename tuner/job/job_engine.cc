#include "tuner/job/job_engine.h"

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

bool HasEnded(const v1::JobStatus& status) { return status.state() != v1::JOB_STATE_RUNNING; }

}  // namespace

JobEngine::JobEngine(JobDependencies dependencies, JobConfig config, IdGenerator& ids)
    : dependencies_(std::move(dependencies)), config_(config), ids_(ids) {
  freeing_ = std::thread([this] { FreeEnded(); });
}

JobEngine::~JobEngine() {
  Shutdown();
  freeing_.join();
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

absl::StatusOr<std::vector<std::string>> JobEngine::Resume() {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::JobStatus> jobs, dependencies_.store.ListJobs());
  std::vector<std::string> resumed;
  std::map<std::string, std::shared_ptr<JobRun>> runs;
  for (const v1::JobStatus& status : jobs) {
    if (HasEnded(status)) continue;
    DIAPASON_ASSIGN_OR_RETURN(db::StoredJob job, dependencies_.store.GetJob(status.job_id()));
    const absl::Status may = MayResume(job);
    if (!may.ok()) spdlog::error("job={} cannot be resumed: {}", job.job_id, may.ToString());
    if (may.ok()) spdlog::info("job={} continues: trials={}", job.job_id, job.status.trials_done());
    const std::string id = job.job_id;
    const std::shared_ptr<JobRun> run = NewRun(std::move(job));
    // A job that is not resumed only stores that it has failed, which is tried until the log can be
    // written.
    if (may.ok()) {
      resumed.push_back(id);
    } else {
      run->FailBeforeStart(may);
    }
    runs[id] = run;
  }
  MutexLock lock(mu_);
  if (stopping_) return CheckServing();
  runs_ = std::move(runs);
  resumed_ = true;
  for (auto& [id, run] : runs_) run->Start();
  return resumed;
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

absl::StatusOr<std::string> JobEngine::Submit(const v1::SubmitJobRequest& request) {
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
  std::shared_ptr<JobRun> run;
  {
    MutexLock lock(mu_);
    DIAPASON_RETURN_IF_ERROR(CheckServing());
    const auto found = runs_.find(job_id);
    if (found != runs_.end()) run = found->second;
    ++watchers_;
  }
  absl::Status status;
  if (run == nullptr) {
    const auto job = dependencies_.store.GetJob(job_id);
    status = job.ok() ? absl::OkStatus() : WithContext(job.status(), absl::StrCat("job ", job_id));
    if (job.ok()) report(job->status);
  } else {
    int64_t version = 0;
    while (true) {
      version = run->WaitForChange(version, kWatchTick);
      const v1::JobStatus now = run->Status();
      const bool go_on = report(now) && !HasEnded(now);
      MutexLock lock(mu_);
      if (stopping_ && !HasEnded(now)) status = CheckServing();
      if (!go_on || stopping_) break;
      changed_.WaitFor(mu_, kReportEvery);
    }
  }
  MutexLock lock(mu_);
  --watchers_;
  changed_.SignalAll();
  return status;
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

absl::Status JobEngine::Cancel(const std::string& job_id) {
  DIAPASON_ASSIGN_OR_RETURN(const std::shared_ptr<JobRun> run, Find(job_id));
  if (run != nullptr) return run->Cancel();
  const auto job = dependencies_.store.GetJob(job_id);
  DIAPASON_RETURN_IF_ERROR(WithContext(job.status(), absl::StrCat("job ", job_id)));
  return absl::FailedPreconditionError(absl::StrCat("job ", job_id, " has already ended"));
}

size_t JobEngine::running_jobs() const {
  MutexLock lock(mu_);
  return runs_.size();
}

}  // namespace diapason::tuner
