// The real programs over loopback. A trial passes through every process and becomes a record. When
// programs are killed, nothing that was acknowledged is lost, and nothing is counted twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "db/record_store.h"
#include "tests/testing/workloads.h"
#include "tests/tuner/server/programs.h"
#include "tests/tuner/server/service_fixture.h"
#include "tuner/cli/server_connection.h"

namespace diapason::tuner {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::Value;

class EndToEndTest : public ServiceFixture {
 protected:
  std::set<std::string> SearchTrials() {
    std::set<std::string> ids;
    for (const v1::Record& record : Records(v1::TRIAL_PHASE_SEARCH)) ids.insert(record.trial_id());
    return ids;
  }

  // Expects that the job ends with `count` schedules, each measured once, and that the trials `before` are
  // among its records.
  void ExpectEachScheduleOnce(const std::string& job, const std::set<std::string>& before, int64_t count) {
    const v1::JobStatus status = AwaitEnd(job);
    ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message() << server_->Output();
    EXPECT_EQ(status.trials_done(), count);
    std::set<std::string> after, schedules;
    for (const v1::Record& record : Records(v1::TRIAL_PHASE_SEARCH)) {
      EXPECT_TRUE(after.insert(record.trial_id()).second) << "recorded twice: " << record.trial_id();
      if (record.outcome().kind() >= v1::OUTCOME_KIND_DEVICE_LOST) continue;
      std::string knobs = record.schedule().sketch_hash();
      for (const v1::KnobValue& knob : record.schedule().knobs()) absl::StrAppend(&knobs, ";", knob.value());
      EXPECT_TRUE(schedules.insert(knobs).second) << "measured twice: " << record.trial_id();
    }
    for (const std::string& id : before) EXPECT_TRUE(after.contains(id)) << "lost: " << id;
    EXPECT_THAT(schedules, SizeIs(count));
  }
};
class ServiceTest : public WithAndWithoutTracker<EndToEndTest> {};

TEST_P(ServiceTest, TrialsOfAConvolutionBecomeRecords) {
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const auto job = Connect()->SubmitJob(SmallConvolution(20));
  ASSERT_TRUE(job.ok()) << job.status();
  const v1::JobStatus status = AwaitEnd(job->job_id());
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message() << server_->Output();
  EXPECT_EQ(status.trials_done(), 20);
  EXPECT_GT(status.tasks(0).default_us(), 0) << status.tasks(0).failure();
  EXPECT_NE(status.tasks(0).verdict(), v1::VERDICT_UNSPECIFIED);
  EXPECT_LE(status.tasks(0).best_us(), status.tasks(0).default_us());

  const std::vector<v1::Record> records = Records(v1::TRIAL_PHASE_SEARCH);
  EXPECT_THAT(records, SizeIs(20));
  int ok = 0;
  for (const v1::Record& record : records) {
    EXPECT_EQ(record.device_id().empty(), record.artifact_hash().empty());
    if (record.outcome().kind() != v1::OUTCOME_KIND_OK) continue;
    ++ok;
    EXPECT_GT(record.measurement().samples_us_size(), 0);
    EXPECT_GT(record.measurement().median_us(), 0);
    EXPECT_GT(record.feature_row_size(), 0);
    EXPECT_NE(record.measurement().conditions().sandbox(), v1::SANDBOX_UNSPECIFIED);
  }
  EXPECT_GE(ok, 18);

  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(absl::Seconds(15)), 0) << server_->Output();
}

TEST_P(ServiceTest, DevicesAreShownAndReleased) {
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const std::string server = "127.0.0.1:" + port_;
  const ProgramResult list = RunProgram({"diapason", "devices", "--server", server});
  EXPECT_EQ(list.code, 0) << list.text;
  EXPECT_THAT(list.text, HasSubstr("good"));
  const ProgramResult release = RunProgram({"diapason", "devices", "--server", server, "--release", "box-1"});
  EXPECT_EQ(release.code, 0) << release.text;
  EXPECT_THAT(release.text, HasSubstr("box-1 is healthy"));
  const ProgramResult unknown = RunProgram({"diapason", "devices", "--server", server, "--release", "box-2"});
  EXPECT_EQ(unknown.code, 2) << unknown.text;
  EXPECT_THAT(unknown.text, HasSubstr("no device \"box-2\""));
}

TEST_P(ServiceTest, KillsOfAnAgentAndOfTheServerLoseNothingAndCountNothingTwice) {
  StartServer();
  auto first = StartAgent("box-1");
  const auto second = StartAgent("box-2");
  AwaitDevices(2);
  const auto job = Connect()->SubmitJob(SmallConvolution(60));
  ASSERT_TRUE(job.ok()) << job.status();

  AwaitTrials(job->job_id(), 10);
  first->Signal(SIGKILL);
  AwaitTrials(job->job_id(), 25);
  server_->Signal(SIGKILL);
  EXPECT_EQ(server_->Wait(absl::Seconds(5)), 128 + SIGKILL);
  const std::set<std::string> before = SearchTrials();
  EXPECT_GE(before.size(), 25u);

  StartServer();
  ExpectEachScheduleOnce(job->job_id(), before, 60);
}

TEST_F(EndToEndTest, AKilledTrackerLosesNothingAndCountsNothingTwice) {
  has_tracker_ = true;
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const auto job = Connect()->SubmitJob(SmallConvolution(60));
  ASSERT_TRUE(job.ok()) << job.status();
  std::set<std::string> before;
  for (int64_t trials : {10, 30}) {
    AwaitTrials(job->job_id(), trials);
    tracker_.program->Signal(SIGKILL);
    EXPECT_EQ(tracker_.program->Wait(absl::Seconds(5)), 128 + SIGKILL);
    before = SearchTrials();
    tracker_ = StartTracker(tracker_.address);
    ASSERT_FALSE(tracker_.address.empty()) << tracker_.program->Output();
  }
  ExpectEachScheduleOnce(job->job_id(), before, 60);
}

TEST_F(EndToEndTest, InterruptingTuneLeavesNoProcessAndNoFile) {
  std::ofstream(folder_.Path("conv.mlir")) << testing::ConvWorkload({});
  {
    Program tune(
        {"diapason", "tune", folder_.Path("conv.mlir"), "--db", Log(), "--time", "5m", "--whole-budget"});
    const auto works = ContainsRegex("[1-9][0-9]* trials");
    for (int i = 0; i < 300 && !Value(tune.Output(), works); ++i) absl::SleepFor(absl::Milliseconds(100));
    EXPECT_THAT(tune.Output(), works);
    EXPECT_THAT(ProcessesWith(Log()), ::testing::Not(IsEmpty()));
    tune.Signal(SIGINT);
    EXPECT_EQ(tune.Wait(absl::Seconds(20)), 130) << tune.Output();
    EXPECT_THAT(tune.Output(), HasSubstr("its measurements are in the log"));
  }
  EXPECT_THAT(ProcessesWith(Log()), IsEmpty());
  EXPECT_THAT(folder_.TemporaryNames(), IsEmpty());
  for (const std::string& name : folder_.Names()) {
    EXPECT_TRUE(name == "conv.mlir" || name == "tuning.db") << name << " was left behind";
  }
  const auto store = db::OpenRecordStore(Log(), db::OpenMode::kReadOnly, nullptr);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto jobs = (*store)->ListJobs();
  ASSERT_TRUE(jobs.ok()) << jobs.status();
  ASSERT_THAT(*jobs, SizeIs(1));
  EXPECT_EQ(jobs->front().state(), v1::JOB_STATE_CANCELLED);
}

TEST_F(EndToEndTest, AServerThatCannotStartSaysWhyInOneLine) {
  StartServer();
  const std::string taken = absl::StrCat("127.0.0.1:", port_);
  const ProgramResult port = RunProgram({"tuner-server", "--listen", taken, "--db", "sqlite::memory:"});
  EXPECT_EQ(port.code, 2) << port.text;
  EXPECT_THAT(port.text, HasSubstr(port_));
  const ProgramResult in_use = RunProgram({"tuner-server", "--listen", "127.0.0.1:0", "--db", Log()});
  EXPECT_EQ(in_use.code, 3) << in_use.text;
  EXPECT_THAT(in_use.text, HasSubstr("in use by another tuner-server"));
  std::ofstream(folder_.Path("broken.db")) << std::string(8192, 'x');
  const ProgramResult broken = RunProgram({"tuner-server", "--listen", "127.0.0.1:0", "--db",
                                           absl::StrCat("sqlite:", folder_.Path("broken.db"))});
  EXPECT_EQ(broken.code, 3) << broken.text;
  const ProgramResult outside =
      RunProgram({"tuner-server", "--listen", "0.0.0.0:0", "--db", "sqlite::memory:"});
  EXPECT_EQ(outside.code, 2) << outside.text;
}

INSTANTIATE_TEST_SUITE_P(Trackers, ServiceTest, ::testing::Bool(), TrackerPlace);

}  // namespace
}  // namespace diapason::tuner
