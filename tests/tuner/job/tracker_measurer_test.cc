// The measurer with a tracker in this process: a trial that cannot be submitted does not delay the others.
#include "tuner/job/tracker_measurer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/base/content_hash.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/rpc/grpc_endpoint.h"
#include "tests/testing/fake_clock.h"
#include "tracker/services.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

ArtifactRef NewArtifact(std::string bytes) {
  return std::make_shared<const Artifact>(Artifact{ContentHash(bytes), std::move(bytes)});
}

class TrackerMeasurerTest : public ::testing::Test {
 protected:
  explicit TrackerMeasurerTest(int64_t cache_bytes = int64_t{512} << 20) {
    tracker::TrackerOptions options;
    options.artifact_bytes = cache_bytes;
    services_ = std::make_unique<tracker::TrackerServices>(clock_, options);
    grpc::ServerBuilder builder;
    services_->Register(builder);
    server_ = *StartServer({"127.0.0.1:0", {}}, builder, port_);
    measurer_ = std::make_unique<TrackerMeasurer>(server_->InProcessChannel(LimitedChannelArguments()),
                                                  "tuner", clock_);
  }
  ~TrackerMeasurerTest() override {
    measurer_->Shutdown();
    services_->Shutdown();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  void Measure(const std::string& id, const ArtifactRef& kernel, const ArtifactRef& reference,
               int protocol = kMeasureProtocolVersion) {
    MeasureWork work;
    v1::MeasureRequest& task = *work.submission.mutable_request();
    task.set_trial_id(id);
    task.set_artifact_hash(kernel->hash);
    task.set_reference_hash(reference->hash);
    task.mutable_options()->set_protocol_version(protocol);
    work.artifacts = {kernel, reference};
    measurer_->Measure(std::move(work), [this](const v1::MeasureResult& result) {
      MutexLock lock(mu_);
      outcomes_[result.trial_id()] = result.outcome();
      return absl::OkStatus();
    });
  }

  v1::Outcome Await(const std::string& id) {
    for (int i = 0; i < 6000; ++i) {
      {
        MutexLock lock(mu_);
        if (outcomes_.count(id) > 0) return outcomes_[id];
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    return {};
  }

  // Acts as a device: takes the tracker's trials and reports them as OK, until the trial `id` has come.
  void ServeUntil(const std::string& id) {
    v1::SynchronizeRequest request;
    request.set_protocol_version(kAgentProtocolVersion);
    request.set_session_id("s1");
    request.mutable_device()->set_device_id("box-1");
    request.mutable_device()->set_kernel_abi_version(kKernelAbiVersion);
    request.mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion);
    for (int i = 0; i < 6000; ++i) {
      request.set_free_slots(4);
      const auto response = services_->tracker().Synchronize(request, [] { return false; });
      ASSERT_TRUE(response.ok()) << response.status();
      request.clear_results();
      bool came = false;
      for (const v1::Assignment& assignment : response->assignments()) {
        v1::LeasedResult& leased = *request.add_results();
        leased.mutable_result()->set_trial_id(assignment.request().trial_id());
        leased.mutable_result()->mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
        *leased.mutable_lease() = assignment.lease();
        came |= assignment.request().trial_id() == id;
      }
      if (came) {
        ASSERT_TRUE(services_->tracker().Synchronize(request, [] { return false; }).ok());
        return;
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    FAIL() << id << " did not come";
  }

  FakeClock clock_;
  std::unique_ptr<tracker::TrackerServices> services_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<TrackerMeasurer> measurer_;
  Mutex mu_;
  std::map<std::string, v1::Outcome> outcomes_ ABSL_GUARDED_BY(mu_);
};

TEST_F(TrackerMeasurerTest, AnArtifactThatIsTooLargeIsItsTrialsOutcome) {
  const ArtifactRef good = NewArtifact("kernel");
  const ArtifactRef large = NewArtifact(std::string(kMaxArtifactBytes + 1, 'x'));
  Measure("large", large, good);
  Measure("next", good, good);
  const v1::Outcome outcome = Await("large");
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_LOAD_ERROR);
  EXPECT_THAT(outcome.message(), HasSubstr("devices accept at most"));
  ServeUntil("next");
  EXPECT_EQ(Await("next").kind(), v1::OUTCOME_KIND_OK);
  Measure("reference", good, large);
  EXPECT_EQ(Await("reference").kind(), v1::OUTCOME_KIND_REFERENCE_FAILED);
}

TEST_F(TrackerMeasurerTest, ATrialThatTheTrackerRefusesHasAnOutcome) {
  const ArtifactRef good = NewArtifact("kernel");
  Measure("foreign", good, good, kMeasureProtocolVersion + 1);
  Measure("next", good, good);
  const v1::Outcome outcome = Await("foreign");
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(outcome.message(), HasSubstr("install"));
  ServeUntil("next");
  EXPECT_EQ(Await("next").kind(), v1::OUTCOME_KIND_OK);
}

// The tracker has dropped the trials of a server that was suspended. The server submits them again when it
// continues.
TEST_F(TrackerMeasurerTest, TrialsThatTheTrackerDroppedAreSubmittedAgain) {
  const ArtifactRef good = NewArtifact("kernel");
  Measure("job1.0.a.1", good, good);
  ServeUntil("job1.0.a.1");
  EXPECT_EQ(Await("job1.0.a.1").kind(), v1::OUTCOME_KIND_OK);
  Measure("job1.0.b.1", good, good);
  absl::SleepFor(absl::Milliseconds(300));
  clock_.Advance(absl::Seconds(40));
  services_->tracker().ListDevices();  // expires what is due
  ServeUntil("job1.0.b.1");
  EXPECT_EQ(Await("job1.0.b.1").kind(), v1::OUTCOME_KIND_OK);
}

TEST_F(TrackerMeasurerTest, StaleTrialsOfAJobAreCancelled) {
  const ArtifactRef good = NewArtifact("kernel");
  ASSERT_TRUE(services_->tracker().artifacts().Put(good->hash, good->bytes).ok());
  v1::SubmitTrialsRequest request;
  request.set_client_id("dead");
  for (const char* job : {"job1", "job2"}) {
    v1::TrialSubmission& submission = *request.add_trials();
    submission.set_job_id(job);
    v1::MeasureRequest& task = *submission.mutable_request();
    task.set_trial_id(absl::StrCat("trial-of-", job));
    task.set_artifact_hash(good->hash);
    task.set_reference_hash(good->hash);
    task.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
  }
  ASSERT_TRUE(services_->tracker().Submit(request).ok());
  measurer_->CancelStaleTrials("job1");
  ServeUntil("trial-of-job2");
  // If the stale trial still existed, the device would have measured it above.
  Measure("trial-of-job1", good, good);
  ServeUntil("trial-of-job1");
  EXPECT_EQ(Await("trial-of-job1").kind(), v1::OUTCOME_KIND_OK);
}

class SmallTrackerTest : public TrackerMeasurerTest {
 protected:
  SmallTrackerTest() : TrackerMeasurerTest(1'000) {}
};

// The trial's artifacts do not fit into the tracker's cache together, so every attempt fails with an error
// that may pass.
TEST_F(SmallTrackerTest, ATrialThatNeverFitsEndsAtTheSubmitDeadline) {
  const ArtifactRef good = NewArtifact("kernel");
  Measure("never", NewArtifact(std::string(600, 'a')), NewArtifact(std::string(700, 'b')));
  Measure("next", good, good);
  ServeUntil("next");
  EXPECT_EQ(Await("next").kind(), v1::OUTCOME_KIND_OK);
  {
    MutexLock lock(mu_);
    EXPECT_EQ(outcomes_.count("never"), 0u);
  }
  clock_.Advance(kSubmitDeadline);
  const v1::Outcome outcome = Await("never");
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(outcome.message(), HasSubstr("submit deadline"));
}

}  // namespace
}  // namespace diapason::tuner
