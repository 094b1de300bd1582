// A JobEngine with a fake builder, measurer, clock and id generator, for tests of whole jobs.
#ifndef DIAPASON_TESTS_TUNER_JOB_JOB_LAB_H_
#define DIAPASON_TESTS_TUNER_JOB_JOB_LAB_H_

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "tests/testing/sequential_ids.h"
#include "tests/tuner/job/fakes.h"
#include "tuner/job/job_engine.h"

namespace diapason::tuner {

// The name of a Lab's server, where several Labs use one store at the same time.
struct Server {
  std::string id = "server";
};

// How often a Lab's server renews its claims of jobs.
inline constexpr absl::Duration kClaimEvery = absl::Milliseconds(50);

// An engine and its fakes. The store outlives it, as a log outlives a server.
class Lab {
 public:
  explicit Lab(db::RecordStore& store, ScriptedMeasurer::Script script,
               ScriptedBuilder::Outcomes builds = nullptr, int64_t space = 1000,
               int64_t makes_below = std::numeric_limits<int64_t>::max(), Server server = {})
      : ids(server.id == "server" ? "job" : "job-of-" + server.id),
        builder(std::move(builds)),
        measurer(clock, std::move(script), TestTarget()) {
    JobConfig config;
    config.save_every = absl::ZeroDuration();
    config.claim_every = kClaimEvery;
    const TaskSearchFactory searches =
        [space, makes_below,
         &store](const TaskSearchRequest& request) -> absl::StatusOr<std::unique_ptr<TaskSearch>> {
      if (request.workload.summary() == "unfit") return absl::NotFoundError("no sketch fits");
      if (request.workload.summary() == "slow") absl::SleepFor(absl::Milliseconds(300));
      const absl::Status stored = store.PutWorkload(request.workload);
      if (!stored.ok()) return stored;
      return std::make_unique<NumberSearch>(space, makes_below);
    };
    engine = std::make_unique<JobEngine>(
        JobDependencies{store, builder, measurer, clock, searches, "cpu", "version-1", server.id}, config,
        ids);
    const auto jobs = engine->Resume();
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    if (jobs.ok()) resumed = *jobs;
  }

  Lab(db::RecordStore& store, ScriptedMeasurer::Script script, Server server)
      : Lab(store, std::move(script), nullptr, 1000, std::numeric_limits<int64_t>::max(), std::move(server)) {
  }

  v1::JobStatus Await(const std::string& job_id) {
    v1::JobStatus last;
    EXPECT_TRUE(engine
                    ->Watch(job_id,
                            [&](const v1::JobStatus& status) {
                              last = status;
                              return true;
                            })
                    .ok());
    return last;
  }

  void AwaitTrials(const std::string& job_id, int64_t trials) {
    EXPECT_TRUE(engine->Watch(job_id, [&](const v1::JobStatus& s) { return s.trials_done() < trials; }).ok());
  }

  FakeClock clock;
  SequentialIds ids;
  ScriptedBuilder builder;
  ScriptedMeasurer measurer;
  std::vector<std::string> resumed;
  std::unique_ptr<JobEngine> engine;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TESTS_TUNER_JOB_JOB_LAB_H_
