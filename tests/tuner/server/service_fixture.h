// A tuner-server on a free port with a log of its own, and agents: the real programs, for tests. Its tracker
// is inside of it, or, where `has_tracker_` was set first, a program of its own.
#ifndef DIAPASON_TESTS_TUNER_SERVER_SERVICE_FIXTURE_H_
#define DIAPASON_TESTS_TUNER_SERVER_SERVICE_FIXTURE_H_

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "db/record_store.h"
#include "tests/tuner/server/programs.h"
#include "tuner/cli/server_connection.h"

namespace diapason::tuner {

class ServiceFixture : public ::testing::Test {
 protected:
  void SetUp() override { signal(SIGPIPE, SIG_IGN); }

  std::string Log() const { return absl::StrCat("sqlite:", folder_.Path("tuning.db")); }

  // On a free port, or on the one that an earlier server had; with the tracker, unless that runs.
  void StartServer() {
    std::vector<std::string> arguments = {"tuner-server",
                                          "--listen",
                                          port_.empty() ? "127.0.0.1:0" : absl::StrCat("127.0.0.1:", port_),
                                          "--db",
                                          Log(),
                                          "--ready-fd",
                                          "4"};
    if (has_tracker_) {
      if (tracker_.program == nullptr) tracker_ = StartTracker();
      ASSERT_FALSE(tracker_.address.empty()) << tracker_.program->Says();
      arguments.insert(arguments.end(), {"--tracker", tracker_.address});
    }
    server_ = std::make_unique<Program>(arguments);
    port_ = server_->ReadLine();
    ASSERT_FALSE(port_.empty()) << server_->Says();
  }

  std::unique_ptr<Program> StartAgent(const std::string& name) {
    return std::make_unique<Program>(std::vector<std::string>{
        "device-agent", "--tracker", has_tracker_ ? tracker_.address : absl::StrCat("127.0.0.1:", port_),
        "--name", name, "--cache-dir", folder_.Path(name)});
  }

  std::unique_ptr<ServerConnection> Connect() {
    auto connection = ServerConnection::Connect({absl::StrCat("127.0.0.1:", port_), {}});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }

  void AwaitDevices(size_t count) {
    const auto connection = Connect();
    for (int i = 0; i < 300; ++i) {
      const auto devices = connection->Devices();
      if (devices.ok() && devices->size() == count) return;
      absl::SleepFor(absl::Milliseconds(50));
    }
    FAIL() << count << " devices do not come; the server says:\n" << server_->Says();
  }

  v1::JobStatus AwaitTrials(const std::string& job, int64_t trials) {
    for (int i = 0; i < 1200; ++i) {
      const auto jobs = Connect()->Jobs();
      if (jobs.ok()) {
        for (const v1::JobStatus& status : *jobs) {
          if (status.job_id() != job) continue;
          if (status.trials_done() >= trials || status.state() != v1::JOB_STATE_RUNNING) return status;
        }
      }
      absl::SleepFor(absl::Milliseconds(50));
    }
    ADD_FAILURE() << "no " << trials << " trials in a minute; the server says:\n" << server_->Says();
    return {};
  }

  v1::JobStatus AwaitEnd(const std::string& job) { return AwaitTrials(job, 1'000'000); }

  std::vector<v1::Record> Records(v1::TrialPhase phase) {
    std::vector<v1::Record> found;
    const auto store = db::OpenRecordStore(Log(), db::OpenMode::kReadOnly, nullptr);
    EXPECT_TRUE(store.ok()) << store.status();
    const auto all = (*store)->FindRecords({});
    EXPECT_TRUE(all.ok()) << all.status();
    for (const v1::Record& record : *all) {
      if (record.phase() == phase) found.push_back(record);
    }
    return found;
  }

  bool has_tracker_ = false;
  TestFolder folder_;
  std::string port_;
  TrackerProgram tracker_;
  std::unique_ptr<Program> server_;
};

// Scenarios that must go the same way wherever the tracker is.
template <typename Fixture>
class WithAndWithoutTracker : public Fixture, public ::testing::WithParamInterface<bool> {
 protected:
  WithAndWithoutTracker() { this->has_tracker_ = GetParam(); }
};

inline std::string TrackerPlace(const ::testing::TestParamInfo<bool>& has_tracker) {
  return has_tracker.param ? "TrackerOfItsOwn" : "TrackerInside";
}

}  // namespace diapason::tuner

#endif  // DIAPASON_TESTS_TUNER_SERVER_SERVICE_FIXTURE_H_
