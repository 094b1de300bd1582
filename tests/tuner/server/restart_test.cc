// Jobs of the real programs while servers are killed and restarted, a log is locked, and clients come and
// go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "db/sqlite.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/workloads.h"
#include "tests/tuner/server/programs.h"
#include "tests/tuner/server/service_fixture.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RestartTest : public ServiceFixture {
 protected:
  std::string Server() const { return absl::StrCat("127.0.0.1:", port_); }

  // Submits a job with `diapason tune --detach` and returns its id.
  std::string Detached(const std::string& trials) {
    std::ofstream(folder_.Path("conv.mlir")) << testing::ConvWorkload({});
    const ProgramResult tune =
        RunProgram({"diapason", "tune", folder_.Path("conv.mlir"), "--server", Server(), "--target",
                    "device:box-1", "--trials", trials, "--whole-budget", "--detach"});
    EXPECT_EQ(tune.code, 0) << tune.text;
    EXPECT_THAT(tune.text, HasSubstr(absl::StrCat("diapason watch ")));
    const std::vector<std::string> words =
        absl::StrSplit(tune.text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "watch") return words[i + 1];
    }
    return "";
  }

  bool AwaitWords(const Program& program, const std::string& words,
                  absl::Duration timeout = absl::Seconds(30)) {
    const absl::Time until = absl::Now() + timeout;
    while (absl::Now() < until) {
      if (absl::StrContains(program.Output(), words)) return true;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return false;
  }
};

class JobsTest : public WithAndWithoutTracker<RestartTest> {};

TEST_P(JobsTest, AJobOutlivesItsClientAndAServerThatIsKilledAgainAndAgain) {
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const std::string job = Detached("60");
  Program watch({"diapason", "watch", job, "--server", Server()});
  for (int kill = 1; kill <= 3; ++kill) {
    AwaitTrials(job, 12 * kill);
    server_->Signal(SIGKILL);
    server_->Wait(absl::Seconds(5));
    EXPECT_TRUE(AwaitWords(watch, "trying to connect again")) << watch.Output();
    StartServer();
  }
  EXPECT_EQ(watch.Wait(absl::Seconds(90)), 0) << watch.Output() << server_->Output();
  EXPECT_THAT(watch.Output(), HasSubstr(absl::StrCat("connected to ", Server(), " again")));
  EXPECT_THAT(watch.Output(), HasSubstr("60 trials in"));
  EXPECT_THAT(watch.Output(),
              HasSubstr(absl::StrCat("next:     diapason compile ", folder_.Path("conv.mlir"), " --server ",
                                     Server(), " --target device:box-1 -o out/")));
  std::set<std::string> ids;
  for (const v1::Record& record : Records(v1::TRIAL_PHASE_SEARCH)) {
    EXPECT_TRUE(ids.insert(record.trial_id()).second) << record.trial_id();
  }
  // A job that has ended is shown, too, with the same text and exit code.
  const ProgramResult again = RunProgram({"diapason", "watch", job, "--server", Server()});
  EXPECT_EQ(again.code, 0) << again.text;
  EXPECT_THAT(again.text, HasSubstr("60 trials in"));
  const ProgramResult unknown = RunProgram({"diapason", "watch", "0123", "--server", Server()});
  EXPECT_EQ(unknown.code, 2) << unknown.text;
}

TEST_F(RestartTest, AWatchGivesUpWithAMessageAndACancelledJobHasTheExitCodeOfTune) {
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const std::string job = Detached("100000");
  Program watch({"diapason", "watch", job, "--server", Server(), "--reconnect", "2s"});
  AwaitTrials(job, 3);
  server_->Signal(SIGKILL);
  EXPECT_EQ(watch.Wait(absl::Seconds(30)), 4) << watch.Output();
  EXPECT_THAT(watch.Output(), HasSubstr("gave up after 2s"));
  EXPECT_THAT(watch.Output(), HasSubstr(absl::StrCat("`diapason watch ", job)));
  StartServer();
  Program second({"diapason", "watch", job, "--server", Server()});
  AwaitTrials(job, 6);
  const ProgramResult cancel = RunProgram({"diapason", "cancel", job, "--server", Server()});
  EXPECT_EQ(cancel.code, 0) << cancel.text;
  server_->Signal(SIGKILL);  // immediately, because the cancellation must be in the log already
  server_->Wait(absl::Seconds(5));
  StartServer();
  EXPECT_EQ(second.Wait(absl::Seconds(30)), 130) << second.Output();
  EXPECT_EQ(AwaitEnd(job).state(), v1::JOB_STATE_CANCELLED);
  // Ctrl-C ends the watch but not the job.
  AwaitDevices(1);
  const std::string other = Detached("100000");
  Program third({"diapason", "watch", other, "--server", Server()});
  AwaitTrials(other, 3);
  third.Signal(SIGINT);
  EXPECT_EQ(third.Wait(absl::Seconds(10)), 130) << third.Output();
  EXPECT_THAT(third.Output(), HasSubstr("continues"));
  EXPECT_EQ(AwaitTrials(other, 5).state(), v1::JOB_STATE_RUNNING);
}

TEST_F(RestartTest, ASuspendedWatcherDoesNotDelayTheServersEnd) {
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const std::string job = Detached("100000");
  std::vector<std::unique_ptr<Program>> watchers;
  for (int i = 0; i < 3; ++i) {
    watchers.push_back(
        std::make_unique<Program>(std::vector<std::string>{"diapason", "watch", job, "--server", Server()}));
    EXPECT_TRUE(AwaitWords(*watchers.back(), "trials")) << watchers.back()->Output();
    watchers.back()->Signal(SIGSTOP);
  }
  AwaitTrials(job, 10);
  const absl::Time begin = absl::Now();
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(absl::Seconds(30)), 0) << server_->Output();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(20));
}

TEST_F(RestartTest, ALockedLogFailsNoJob) {
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const std::string job = Detached("30");
  AwaitTrials(job, 5);
  {
    auto other = db::SqliteConnection::Open(folder_.Path("tuning.db"), db::OpenMode::kReadWrite);
    ASSERT_TRUE(other.ok()) << other.status();
    ASSERT_TRUE((*other)->Execute("BEGIN IMMEDIATE").ok());
    absl::SleepFor(absl::Seconds(13));  // longer than a write waits
    ASSERT_TRUE((*other)->Execute("ROLLBACK").ok());
  }
  const v1::JobStatus status = AwaitEnd(job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message() << server_->Output();
  EXPECT_EQ(status.trials_done(), 30);
}

// The agent is not running, so there is no progress, but the job is running.
TEST_P(JobsTest, AJobWhoseServerDiesTwiceIsNotResumedAgainAndOthersAre) {
  StartServer();
  auto agent = StartAgent("box-1");
  AwaitDevices(1);
  agent->Signal(SIGSTOP);
  const std::string job = Detached("20");
  for (int death = 1; death <= 2; ++death) {
    for (int i = 0; i < 400; ++i) {
      const auto store = db::OpenRecordStore(Log(), db::OpenMode::kReadOnly, nullptr);
      if (store.ok() && (*store)->GetJob(job).ok() && (*store)->GetJob(job)->starts == death) break;
      absl::SleepFor(absl::Milliseconds(20));
    }
    server_->Signal(SIGKILL);
    server_->Wait(absl::Seconds(5));
    StartServer();
  }
  const v1::JobStatus status = AwaitEnd(job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("To retry, submit it again"));
  const ProgramResult jobs = RunProgram({"diapason", "jobs", "--server", Server()});
  EXPECT_THAT(jobs.text, HasSubstr("the tuner-server died 2 times"));
  agent->Signal(SIGCONT);
  AwaitDevices(1);
  EXPECT_EQ(AwaitEnd(Detached("5")).state(), v1::JOB_STATE_FINISHED) << server_->Output();
}

INSTANTIATE_TEST_SUITE_P(Trackers, JobsTest, ::testing::Bool(), TrackerPlace);

// Both the server and the server of its log are killed while the job runs.
TEST_F(RestartTest, AJobWithALogInPostgresqlOutlivesBothServers) {
  PostgresqlServer postgresql;
  database_ = postgresql.CreateDatabase();
  StartServer();
  const auto agent = StartAgent("box-1");
  AwaitDevices(1);
  const std::string job = Detached("60");
  AwaitTrials(job, 12);
  postgresql.Kill();
  absl::SleepFor(absl::Seconds(1));
  postgresql.Start();
  AwaitTrials(job, 24);
  server_->Signal(SIGKILL);
  server_->Wait(absl::Seconds(5));
  StartServer();
  const v1::JobStatus end = AwaitEnd(job);
  EXPECT_EQ(end.state(), v1::JOB_STATE_FINISHED) << server_->Output();
  EXPECT_EQ(end.trials_done(), 60);
  std::set<std::string> ids;
  for (const v1::Record& record : Records(v1::TRIAL_PHASE_SEARCH)) {
    EXPECT_TRUE(ids.insert(record.trial_id()).second) << record.trial_id();
  }
  EXPECT_EQ(ids.size(), 60u);
}

}  // namespace
}  // namespace diapason::tuner
