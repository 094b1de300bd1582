// The real programs for tests: a tuner-server on a free port with its own log, and agents. The tracker is
// built in or, if `has_tracker_` was set before StartServer, a separate program.
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

  std::string Log() const {
    return database_.empty() ? absl::StrCat("sqlite:", folder_.Path("tuning.db")) : database_;
  }

  // Starts the server on a free port, or on the port of an earlier server, and the tracker if it is not
  // running.
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
      ASSERT_FALSE(tracker_.address.empty()) << tracker_.program->Output();
      arguments.insert(arguments.end(), {"--tracker", tracker_.address});
    }
    server_ = std::make_unique<Program>(arguments);
    port_ = server_->ReadLine();
    ASSERT_FALSE(port_.empty()) << server_->Output();
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
    FAIL() << count << " devices did not connect; output of the server:\n" << server_->Output();
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
    ADD_FAILURE() << "no " << trials << " trials in a minute; output of the server:\n" << server_->Output();
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
  std::string database_;  // the URL of a log in PostgreSQL; empty: the log is a file in the folder
  TestFolder folder_;
  std::string port_;
  TrackerProgram tracker_;
  std::unique_ptr<Program> server_;
};

// Scenarios that must work in the same way with a built-in tracker and with a separate one.
template <typename Fixture>
class WithAndWithoutTracker : public Fixture, public ::testing::WithParamInterface<bool> {
 protected:
  WithAndWithoutTracker() { this->has_tracker_ = GetParam(); }
};

inline std::string TrackerPlace(const ::testing::TestParamInfo<bool>& has_tracker) {
  return has_tracker.param ? "SeparateTracker" : "BuiltInTracker";
}

}  // namespace diapason::tuner

#endif  // DIAPASON_TESTS_TUNER_SERVER_SERVICE_FIXTURE_H_
