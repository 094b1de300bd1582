#include "tuner/job/job_engine.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "proto/support/content_hash.h"
#include "proto/support/status_macros.h"
#include "proto/support/target_fingerprint.h"
#include "spdlog/spdlog.h"
#include "tuner/job/device_wait.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kWatchTick = absl::Milliseconds(500);
constexpr absl::Duration kReportEvery = absl::Milliseconds(200);

bool HasEnded(const v1::JobStatus& status) { return status.state() != v1::JOB_STATE_RUNNING; }

}  // namespace

JobEngine::JobEngine(JobContext context, JobOptions options, IdGenerator& ids)
    : context_(std::move(context)), options_(options), ids_(ids) {}

void JobEngine::Shutdown() {
  std::map<std::string, std::shared_ptr<JobRun>> runs;
  {
    MutexLock lock(mu_);
    stopping_ = true;
    runs = runs_;
  }
  for (auto& [id, run] : runs) run->Stop();
  MutexLock lock(mu_);
  while (watchers_ > 0) stopped_.Wait(mu_);
}

absl::StatusOr<std::vector<std::string>> JobEngine::Resume() {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<db::StoredJob> jobs, context_.store.ListJobs());
  std::vector<std::string> resumed;
  for (db::StoredJob& job : jobs) {
    if (HasEnded(job.status)) continue;
    auto run = JobRun::Create(context_, options_, job);
    if (!run.ok()) {
      job.status.set_state(v1::JOB_STATE_FAILED);
      job.status.set_message(std::string(run.status().message()));
      spdlog::error("job={} cannot go on: {}", job.job_id, job.status.message());
      DIAPASON_RETURN_IF_ERROR(context_.store.PutJob(job));
      continue;
    }
    spdlog::info("job={} goes on: trials={}", job.job_id, (*run)->Status().trials_done());
    MutexLock lock(mu_);
    runs_[job.job_id] = *run;
    (*run)->Start();
    resumed.push_back(job.job_id);
  }
  return resumed;
}

absl::StatusOr<std::string> JobEngine::Submit(const v1::SubmitJobRequest& request) {
  DIAPASON_RETURN_IF_ERROR(CheckRequest(request));
  DIAPASON_RETURN_IF_ERROR(CheckDevices(request));
  db::StoredJob job;
  job.job_id = ids_.NewId();
  job.request = request;
  job.status.set_created_unix_us(absl::ToUnixMicros(context_.clock.Now()));
  DIAPASON_ASSIGN_OR_RETURN(std::shared_ptr<JobRun> run, JobRun::Create(context_, options_, job));
  DIAPASON_RETURN_IF_ERROR(StoreInputs(request));
  job.status = run->Status();
  DIAPASON_RETURN_IF_ERROR(WithContext(context_.store.PutJob(job), "storing the job"));
  spdlog::info("job={} begins: name={} tasks={} trials={} seconds={}", job.job_id, request.name(),
               request.tasks_size(), request.budget().trials(), request.budget().duration_us() / 1000000);
  MutexLock lock(mu_);
  if (stopping_) return absl::UnavailableError("the server is shutting down; the job begins when it is back");
  runs_[job.job_id] = run;
  run->Start();
  return job.job_id;
}

absl::Status JobEngine::CheckRequest(const v1::SubmitJobRequest& request) {
  if (request.tasks().empty()) return absl::InvalidArgumentError("the job has no task");
  if (request.budget().trials() <= 0 && request.budget().duration_us() <= 0) {
    return absl::InvalidArgumentError("the job has no budget: give a number of trials or a duration");
  }
  if (request.target().triple().empty()) return absl::InvalidArgumentError("the job has no target");
  absl::flat_hash_set<std::string> seen;
  for (const v1::JobTask& task : request.tasks()) {
    if (ContentHash(task.workload().text()) != task.workload().id()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the workload ", task.workload().summary(), " is not what its id says"));
    }
    if (!seen.insert(task.workload().id()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the workload ", task.workload().summary(), " is listed twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status JobEngine::CheckDevices(const v1::SubmitJobRequest& request) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<v1::DeviceStatus> devices, context_.measurer.Devices());
  const std::string fingerprint = TargetFingerprint(request.target());
  const std::string& wanted = request.selector().device_id();
  bool fits = false;
  std::string connected;
  for (const v1::DeviceStatus& device : devices) {
    if (device.state() == v1::DEVICE_STATE_OFFLINE) continue;
    const std::string& id = device.device().device_id();
    absl::StrAppend(&connected, connected.empty() ? "" : ", ", id);
    if (!wanted.empty() && wanted != id) continue;
    if (device.target_fingerprint() == fingerprint) {
      fits = true;
    } else if (!wanted.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("the device ", id, " is not of the job's target ",
                                                     request.target().name(), "; use --target device:", id));
    }
  }
  if (fits) return absl::OkStatus();
  const std::string what = wanted.empty() ? absl::StrCat("device of target ", request.target().name())
                                          : absl::StrCat("device ", wanted);
  return absl::UnavailableError(
      absl::StrCat("no ", what, " is connected (connected: ", connected.empty() ? "none" : connected,
                   "); start device-agent --tracker HOST:PORT on it"));
}

std::string JobEngine::DeviceNote(const v1::SubmitJobRequest& request) {
  const auto devices = context_.measurer.Devices();
  if (!devices.ok()) return "";
  const std::string reason =
      WaitReason(*devices, JobSelector(request), context_.clock.Now());
  return reason.empty() ? "" : absl::StrCat("the job waits for a device: ", reason);
}

absl::Status JobEngine::StoreInputs(const v1::SubmitJobRequest& request) {
  for (const v1::JobTask& task : request.tasks()) {
    DIAPASON_RETURN_IF_ERROR(WithContext(context_.store.PutWorkload(task.workload()), "storing a workload"));
  }
  for (const v1::Sketch& sketch : request.sketches()) {
    DIAPASON_RETURN_IF_ERROR(WithContext(context_.store.PutSketch(sketch), "storing a sketch"));
  }
  return absl::OkStatus();
}

std::shared_ptr<JobRun> JobEngine::Find(const std::string& job_id) {
  MutexLock lock(mu_);
  const auto found = runs_.find(job_id);
  return found == runs_.end() ? nullptr : found->second;
}

absl::Status JobEngine::Watch(const std::string& job_id,
                              const std::function<bool(const v1::JobStatus&)>& report) {
  std::shared_ptr<JobRun> run;
  {
    MutexLock lock(mu_);
    if (stopping_) return absl::UnavailableError("the server is shutting down");
    const auto found = runs_.find(job_id);
    if (found != runs_.end()) run = found->second;
    ++watchers_;
  }
  absl::Status status;
  if (run == nullptr) {
    const auto job = context_.store.GetJob(job_id);
    status = job.ok() ? absl::OkStatus() : WithContext(job.status(), absl::StrCat("job ", job_id));
    if (job.ok()) report(job->status);
  } else {
    int64_t version = 0;
    while (true) {
      version = run->WaitForChange(version, kWatchTick);
      const v1::JobStatus now = run->Status();
      const bool go_on = report(now) && !HasEnded(now);
      MutexLock lock(mu_);
      if (stopping_ && !HasEnded(now)) status = absl::UnavailableError("the server is shutting down");
      if (!go_on || stopping_) break;
      stopped_.WaitFor(mu_, kReportEvery);
    }
  }
  MutexLock lock(mu_);
  --watchers_;
  stopped_.SignalAll();
  return status;
}

absl::StatusOr<std::vector<v1::JobStatus>> JobEngine::List() {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<db::StoredJob> jobs, context_.store.ListJobs());
  std::vector<v1::JobStatus> statuses;
  for (const db::StoredJob& job : jobs) {
    const std::shared_ptr<JobRun> run = Find(job.job_id);
    statuses.push_back(run != nullptr ? run->Status() : job.status);
  }
  return statuses;
}

absl::Status JobEngine::Cancel(const std::string& job_id) {
  const std::shared_ptr<JobRun> run = Find(job_id);
  if (run == nullptr) {
    DIAPASON_RETURN_IF_ERROR(
        WithContext(context_.store.GetJob(job_id).status(), absl::StrCat("job ", job_id)));
    return absl::FailedPreconditionError(absl::StrCat("job ", job_id, " has already ended"));
  }
  if (HasEnded(run->Status())) {
    return absl::FailedPreconditionError(absl::StrCat("job ", job_id, " has already ended"));
  }
  run->Cancel();
  return absl::OkStatus();
}

}  // namespace diapason::tuner
