// Fakes of the objects that a job engine uses: a search over numbers, and a builder and a device that
// follow a script. The device moves the clock.
#ifndef DIAPASON_TESTS_TUNER_JOB_FAKES_H_
#define DIAPASON_TESTS_TUNER_JOB_FAKES_H_

#include <atomic>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "db/record_store.h"
#include "diapason/v1/tuner.pb.h"
#include "proto/base/mutex.h"
#include "tests/testing/fake_clock.h"
#include "tuner/build/builder.h"
#include "tuner/job/measurer.h"
#include "tuner/search/task_search.h"

namespace diapason::tuner {

// ---- jobs over numbers

v1::Target TestTarget();

// The key of the workload "workload-N" on the test target, with one thread.
TaskKey TestTask(int number);

// A request for the workloads "workload-0", "workload-1", ... with weight 1.
v1::SubmitJobRequest Request(int tasks, int64_t trials, absl::Duration duration = absl::ZeroDuration());

// A store that has the sketch of the numbers and no workload.
std::unique_ptr<db::RecordStore> NewStore();

// All records of one phase, newest first.
std::vector<v1::Record> Records(const db::RecordStore& store, v1::TrialPhase phase);

v1::Schedule NumberSchedule(int64_t number);

// The schedule's number, 17 for the artifact "workload-0:17", or -1 for the reference.
int64_t Number(const std::string& artifact);

// A time that falls with the number.
double Improving(const std::string& artifact);

// ---- what a job works with

// Proposes the schedules 0, 1, ... `size` - 1 in this order; 0 is the default. Remembers what was
// observed. Make succeeds for schedules below `makes_below`; the others stand for schedules whose sketch
// does not exist any more. The expected best on several threads are the last ones.
class NumberSearch : public TaskSearch {
 public:
  explicit NumberSearch(int64_t size, int64_t makes_below = std::numeric_limits<int64_t>::max())
      : size_(size), makes_below_(makes_below) {}

  std::vector<Candidate> Next(int count) override;
  void Observe(absl::Span<const Observation> observations) override;
  void ObserveRecord(const v1::Record& record, double time_us) override;
  double LimitUs() const override { return 0; }
  double OptimisticUs() override { return 0; }
  v1::Schedule Default() const override { return NumberSchedule(0); }
  std::vector<v1::Schedule> ExpectedBest(int threads, int count) const override;
  absl::StatusOr<Candidate> Make(const v1::Schedule& schedule) override;

 private:
  const int64_t size_;
  const int64_t makes_below_;
  int64_t next_ = 0;
  std::set<int64_t> observed_;
};

// Calls `done` before Build returns. The artifact's bytes are the script, or "reference".
class ScriptedBuilder : public Builder {
 public:
  using Outcomes = std::function<v1::OutcomeKind(const v1::BuildRequest&)>;
  explicit ScriptedBuilder(Outcomes outcomes = nullptr) : outcomes_(std::move(outcomes)) {}

  void Build(v1::BuildRequest request, Done done) override;
  int parallelism() const override { return 1; }
  int builds() const { return builds_; }

 private:
  const Outcomes outcomes_;
  std::atomic<int> builds_ = 0;
};

// One device that takes `busy` for every trial. `times` and `outcomes` give its results, by the artifact's
// bytes.
class ScriptedMeasurer : public Measurer {
 public:
  struct Script {
    std::function<double(const std::string& artifact)> time_us;
    std::function<v1::OutcomeKind(const v1::MeasureRequest&, const std::string& artifact)> outcome =
        nullptr;  // nullptr means that all are OK
    absl::Duration busy = absl::Milliseconds(100);
    int samples = 30;
    int hold_after = 1'000'000;  // stops after this many trials, as Pause(true) does
  };
  ScriptedMeasurer(FakeClock& clock, Script script, v1::Target target);
  ~ScriptedMeasurer() override;

  void Measure(MeasureWork work, OnResult on_result) override;
  void Cancel(absl::Span<const std::string> trial_ids) override;
  void CancelStaleTrials(const std::string&) override {}
  absl::StatusOr<std::vector<v1::DeviceStatus>> Devices() override;

  // While it is paused, the device measures nothing.
  void Pause(bool paused);
  void SetConnected(bool connected) { connected_ = connected; }

  std::vector<std::string> measured() const;  // trial ids in order, with repetitions

 private:
  struct Pending {
    MeasureWork work;
    OnResult on_result;
  };
  void Work();
  v1::MeasureResult Run(const MeasureWork& work);

  FakeClock& clock_;
  const Script script_;
  const v1::Target target_;
  std::atomic<bool> connected_ = true;
  mutable Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool paused_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<std::string> queue_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, Pending> pending_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> measured_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TESTS_TUNER_JOB_FAKES_H_
