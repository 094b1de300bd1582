// Several tuner-servers with one log in PostgreSQL and one tracker. Any of them may die: its jobs go on at
// the others. The programs are real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "db/record_store.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/tuner/server/programs.h"
#include "tuner/cli/server_connection.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

class SeveralServersTest : public ::testing::Test {
 protected:
  static constexpr int kServers = 3;

  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    tracker_ = StartTracker();
    ASSERT_FALSE(tracker_.address.empty()) << tracker_.program->Output();
    servers_.resize(kServers);
    for (int i = 0; i < kServers; ++i) StartServer(i);
    for (const char* name : {"box-1", "box-2"}) {
      agents_.push_back(std::make_unique<Program>(std::vector<std::string>{
          "device-agent", "--tracker", tracker_.address, "--name", name, "--cache-dir", folder_.Path(name)}));
    }
    const auto connected = [this] {
      const auto devices = Connect(0)->Devices();
      return devices.ok() ? devices->size() : 0;
    };
    for (int i = 0; i < 300 && connected() < agents_.size(); ++i) absl::SleepFor(absl::Milliseconds(50));
  }

  void StartServer(int index) {
    Server& server = servers_[index];
    server.program = std::make_unique<Program>(
        std::vector<std::string>{"tuner-server", "--listen", "127.0.0.1:0", "--db", database_, "--tracker",
                                 tracker_.address, "--builders", "1", "--ready-fd", "4"});
    const std::string port = server.program->ReadLine();
    ASSERT_FALSE(port.empty()) << server.program->Output();
    server.address = absl::StrCat("127.0.0.1:", port);
  }

  std::unique_ptr<ServerConnection> Connect(int index) {
    auto connection = ServerConnection::Connect({servers_[index].address, {}});
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }

  // The jobs that have ended, by id.
  std::map<std::string, v1::JobStatus> Ended(int server) {
    std::map<std::string, v1::JobStatus> ended;
    const auto jobs = Connect(server)->Jobs();
    if (!jobs.ok()) return ended;
    for (const v1::JobStatus& job : *jobs) {
      if (job.state() != v1::JOB_STATE_RUNNING) ended[job.job_id()] = job;
    }
    return ended;
  }

  struct Server {
    std::unique_ptr<Program> program;
    std::string address;
  };

  PostgresqlServer postgresql_;
  const std::string database_ = postgresql_.CreateDatabase();
  TestFolder folder_;
  TrackerProgram tracker_;
  std::vector<Server> servers_;
  std::vector<std::unique_ptr<Program>> agents_;
};

TEST_F(SeveralServersTest, EachServerIsKilledOnceAndAllJobsEndWithEachTrialStoredOnce) {
  constexpr int kJobs = 20, kTrials = 6;
  std::set<std::string> jobs;
  for (int i = 0; i < kJobs; ++i) {
    v1::SubmitJobRequest request = SmallConvolution(kTrials);
    request.set_seed(i + 1);
    request.set_whole_budget(true);
    request.set_request_id(absl::StrCat("request-", i));
    const auto submitted = Connect(i % kServers)->SubmitJob(request);
    ASSERT_THAT(submitted, IsOk());
    jobs.insert(submitted->job_id());
  }
  ASSERT_EQ(jobs.size(), static_cast<size_t>(kJobs));
  for (int victim = 0; victim < kServers; ++victim) {
    absl::SleepFor(absl::Seconds(3));
    servers_[victim].program->Signal(SIGKILL);
    servers_[victim].program->Wait(absl::Seconds(5));
    StartServer(victim);
  }
  // A client may ask any server.
  const absl::Time deadline = absl::Now() + absl::Minutes(4);
  while (Ended(0).size() < jobs.size() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(500));
  const std::map<std::string, v1::JobStatus> ended = Ended(1);
  EXPECT_EQ(ended.size(), jobs.size()) << servers_[0].program->Output();
  for (const auto& [id, job] : ended) {
    EXPECT_EQ(job.state(), v1::JOB_STATE_FINISHED) << job.message();
    EXPECT_EQ(job.trials_done(), kTrials) << id;
  }
  const auto store = db::OpenRecordStore(database_, db::OpenMode::kReadOnly, nullptr);
  ASSERT_THAT(store, IsOk());
  std::map<std::string, std::set<std::string>> trials;  // by job
  const auto records = (*store)->FindRecords({});
  ASSERT_THAT(records, IsOk());
  for (const v1::Record& record : *records) {
    if (record.phase() != v1::TRIAL_PHASE_SEARCH) continue;
    EXPECT_TRUE(trials[record.job_id()].insert(record.trial_id()).second) << record.trial_id();
  }
  for (const std::string& job : jobs) EXPECT_EQ(trials[job].size(), static_cast<size_t>(kTrials)) << job;
}

TEST_F(SeveralServersTest, AJobOfADeadServerGoesOnWithinHalfAMinuteAndEveryServerCancelsIt) {
  v1::SubmitJobRequest request = SmallConvolution(100'000);
  request.set_whole_budget(true);
  const auto submitted = Connect(0)->SubmitJob(request);
  ASSERT_THAT(submitted, IsOk());
  const std::string job = submitted->job_id();
  const auto trials = [&](int server) {
    const auto all = Connect(server)->Jobs();
    return all.ok() && !all->empty() ? all->front().trials_done() : -1;
  };
  const auto await = [&](int server, int64_t count, absl::Duration timeout) {
    const absl::Time deadline = absl::Now() + timeout;
    while (trials(server) < count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(200));
    return trials(server);
  };
  ASSERT_GE(await(1, 5, absl::Minutes(1)), 5);
  servers_[0].program->Signal(SIGKILL);
  servers_[0].program->Wait(absl::Seconds(5));
  const int64_t before = trials(1);
  EXPECT_GT(await(1, before + 1, absl::Seconds(30)), before) << servers_[1].program->Output();
  for (const int server : {1, 2}) {
    const ProgramResult cancel =
        RunProgram({"diapason", "cancel", job, "--server", servers_[server].address});
    EXPECT_EQ(cancel.code, server == 1 ? 0 : 2) << cancel.text;
  }
  const ProgramResult watch = RunProgram({"diapason", "watch", job, "--server", servers_[2].address});
  EXPECT_EQ(watch.code, 130) << watch.text;
}

}  // namespace
}  // namespace diapason::tuner
