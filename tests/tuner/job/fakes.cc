#include "tests/tuner/job/fakes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/base/content_hash.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::tuner {

v1::Target TestTarget() {
  v1::Target target;
  target.set_name("host");
  target.set_triple("x86_64-unknown-linux-gnu");
  return target;
}

TaskKey TestTask(int number) {
  return {ContentHash(absl::StrCat("workload-", number)), TargetFingerprint(TestTarget()), 1};
}

int64_t Number(const std::string& artifact) {
  int64_t number = 0;
  return absl::SimpleAtoi(std::vector<std::string>(absl::StrSplit(artifact, ':')).back(), &number) ? number
                                                                                                   : -1;
}

double Improving(const std::string& artifact) { return 1000.0 / static_cast<double>(1 + Number(artifact)); }

v1::SubmitJobRequest Request(int tasks, int64_t trials, absl::Duration duration) {
  v1::SubmitJobRequest request;
  request.set_name("test");
  for (int i = 0; i < tasks; ++i) {
    v1::JobTask* task = request.add_tasks();
    task->set_weight(1);
    v1::Workload& workload = *task->mutable_workload();
    workload.set_text(absl::StrCat("workload-", i));
    workload.set_id(ContentHash(workload.text()));
    workload.set_summary(workload.text());
    workload.set_structure_id(workload.text());
  }
  *request.mutable_target() = TestTarget();
  request.mutable_budget()->set_trials(trials);
  request.mutable_budget()->set_duration_us(absl::ToInt64Microseconds(duration));
  return request;
}

std::unique_ptr<db::RecordStore> NewStore() {
  auto store = db::OpenRecordStore("sqlite::memory:", db::OpenMode::kReadWrite, nullptr);
  EXPECT_TRUE(store.ok()) << store.status();
  v1::Sketch sketch;
  sketch.set_text("numbers");
  sketch.set_hash(NumberSchedule(0).sketch_hash());
  EXPECT_TRUE((*store)->PutSketch(sketch).ok());
  return *std::move(store);
}

std::vector<v1::Record> Records(const db::RecordStore& store, v1::TrialPhase phase) {
  std::vector<v1::Record> found;
  const auto all = store.FindRecords({});
  for (const v1::Record& record : *all) {
    if (record.phase() == phase) found.push_back(record);
  }
  return found;
}

v1::Schedule NumberSchedule(int64_t number) {
  v1::Schedule schedule;
  schedule.set_sketch_hash(ContentHash("numbers"));
  v1::KnobValue* knob = schedule.add_knobs();
  knob->set_name("number");
  knob->set_value(number);
  return schedule;
}

std::vector<Candidate> NumberSearch::Next(int count) {
  std::vector<Candidate> candidates;
  while (static_cast<int>(candidates.size()) < count && next_ < size_) {
    if (!observed_.contains(next_)) candidates.push_back(*Make(NumberSchedule(next_)));
    ++next_;
  }
  return candidates;
}

void NumberSearch::Observe(absl::Span<const Observation> observations) {
  for (const Observation& observation : observations) observed_.insert(observation.config.values[0]);
}

void NumberSearch::ObserveRecord(const v1::Record& record, double) {
  observed_.insert(record.schedule().knobs(0).value());
}

std::vector<v1::Schedule> NumberSearch::ExpectedBest(int, int count) const {
  std::vector<v1::Schedule> best;
  for (int64_t i = 0; i < std::min<int64_t>(count, size_); ++i) best.push_back(NumberSchedule(size_ - 1 - i));
  return best;
}

absl::StatusOr<Candidate> NumberSearch::Make(const v1::Schedule& schedule) {
  if (schedule.knobs(0).value() >= makes_below_) return absl::NotFoundError("an unknown sketch");
  Candidate candidate;
  candidate.schedule = schedule;
  candidate.config.values = {schedule.knobs(0).value()};
  candidate.script = absl::StrCat(schedule.knobs(0).value());
  return candidate;
}

void ScriptedBuilder::Build(v1::BuildRequest request, Done done) {
  ++builds_;
  v1::BuildResponse response;
  response.mutable_outcome()->set_kind(outcomes_ ? outcomes_(request) : v1::OUTCOME_KIND_OK);
  const bool reference = request.optimization() == v1::OPTIMIZATION_REFERENCE;
  // Each task has its own artifacts.
  response.set_artifact(
      absl::StrCat(request.workload_text(), ":", reference ? "reference" : request.script()));
  v1::StageTime* stage = response.add_stages();
  stage->set_stage("llvm");
  stage->set_us(20'000);
  done(response);
}

ScriptedMeasurer::ScriptedMeasurer(FakeClock& clock, Script script, v1::Target target)
    : clock_(clock), script_(std::move(script)), target_(std::move(target)), thread_([this] { Work(); }) {}

ScriptedMeasurer::~ScriptedMeasurer() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    changed_.SignalAll();
  }
  thread_.join();
}

void ScriptedMeasurer::Measure(MeasureWork work, OnResult on_result) {
  MutexLock lock(mu_);
  const std::string id = work.submission.request().trial_id();
  pending_[id] = {std::move(work), std::move(on_result)};
  queue_.push_back(id);
  changed_.SignalAll();
}

void ScriptedMeasurer::Cancel(absl::Span<const std::string> trial_ids) {
  MutexLock lock(mu_);
  for (const std::string& id : trial_ids) pending_.erase(id);
}

void ScriptedMeasurer::Pause(bool paused) {
  MutexLock lock(mu_);
  paused_ = paused;
  changed_.SignalAll();
}

std::vector<std::string> ScriptedMeasurer::measured() const {
  MutexLock lock(mu_);
  return measured_;
}

absl::StatusOr<std::vector<v1::DeviceStatus>> ScriptedMeasurer::Devices() {
  std::vector<v1::DeviceStatus> devices;
  if (!connected_) return devices;
  v1::DeviceStatus& device = devices.emplace_back();
  device.mutable_device()->set_device_id("box-1");
  *device.mutable_device()->mutable_target() = target_;
  device.set_target_fingerprint(TargetFingerprint(target_));
  device.set_state(v1::DEVICE_STATE_IDLE);
  return devices;
}

void ScriptedMeasurer::Work() {
  while (true) {
    Pending next;
    std::string id;
    {
      MutexLock lock(mu_);
      while (!stopping_ && (queue_.empty() || paused_)) changed_.Wait(mu_);
      if (stopping_) return;
      id = queue_.front();
      queue_.pop_front();
      if (!pending_.contains(id)) continue;
      next = pending_[id];
    }
    const v1::MeasureResult result = Run(next.work);
    {
      MutexLock lock(mu_);
      if (!pending_.contains(id)) continue;  // cancelled while it ran
      measured_.push_back(id);
      if (static_cast<int>(measured_.size()) == script_.hold_after) paused_ = true;
    }
    const bool stored = next.on_result(result).ok();
    MutexLock lock(mu_);
    if (stored) {
      pending_.erase(id);
    } else {
      queue_.push_back(id);
    }
  }
}

v1::MeasureResult ScriptedMeasurer::Run(const MeasureWork& work) {
  clock_.Advance(script_.busy);
  const v1::MeasureRequest& task = work.submission.request();
  std::map<std::string, std::string> bytes;
  for (const ArtifactRef& artifact : work.artifacts) bytes[artifact->hash] = artifact->bytes;
  v1::MeasureResult result;
  result.set_trial_id(task.trial_id());
  result.set_device_id("box-1");
  result.set_busy_us(absl::ToDoubleMicroseconds(script_.busy));
  const std::string& artifact = bytes[task.artifact_hash()];
  const v1::OutcomeKind kind = script_.outcome ? script_.outcome(task, artifact) : v1::OUTCOME_KIND_OK;
  result.mutable_outcome()->set_kind(bytes.contains(task.reference_hash()) ? kind
                                                                           : v1::OUTCOME_KIND_LOAD_ERROR);
  if (result.outcome().kind() != v1::OUTCOME_KIND_OK) {
    result.mutable_outcome()->set_message("as scripted");
    return result;
  }
  const auto fill = [this](v1::Measurement& measurement, double time_us) {
    // A spread of 1 % that all schedules share, so paired differences are exact.
    for (int i = 0; i < script_.samples; ++i) measurement.add_samples_us(time_us * (1 + 0.001 * (i % 10)));
    measurement.set_median_us(time_us);
    measurement.add_canary_us(1);  // the core always runs at one speed
  };
  fill(*result.mutable_measurement(), script_.time_us(artifact));
  for (const std::string& rival : task.rival_hashes())
    fill(*result.add_rivals(), script_.time_us(bytes[rival]));
  return result;
}

}  // namespace diapason::tuner
