#include "tuner/build/builder_pool.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/base/sanitized.h"
#include "proto/processes/sandbox.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

std::string TestProgram(const std::string& name) {
  return absl::StrCat(std::getenv("DIAPASON_BUILD_DIR"), "/tests/", name);
}

BuilderPoolOptions Options() {
  BuilderPoolOptions options;
  options.worker.argv = {TestProgram("misbehaving_worker")};
  options.worker.memory_bytes = 1ll << 30;
  options.deadline.at_start = absl::Milliseconds(500);
  return options;
}

v1::BuildRequest Request(const std::string& script, v1::Optimization kind = v1::OPTIMIZATION_SEARCH) {
  v1::BuildRequest request;
  request.set_script(script);
  request.set_optimization(kind);
  return request;
}

class BuilderPoolTest : public ::testing::Test {
 protected:
  void SetUp() override { signal(SIGPIPE, SIG_IGN); }

  v1::BuildResponse Build(BuilderPool& pool, v1::BuildRequest request) {
    std::promise<v1::BuildResponse> done;
    pool.Build(std::move(request), [&done](const v1::BuildResponse& response) { done.set_value(response); });
    return done.get_future().get();
  }

  SystemClock clock_;
};

TEST_F(BuilderPoolTest, UsesItsWorkerAgain) {
  BuilderPool pool(clock_, Options());
  const v1::BuildResponse first = Build(pool, Request("a"));
  const v1::BuildResponse second = Build(pool, Request("b"));
  EXPECT_EQ(first.outcome().kind(), v1::OUTCOME_KIND_OK) << first.outcome().message();
  EXPECT_EQ(first.artifact(), second.artifact());
}

TEST_F(BuilderPoolTest, AnIdleWorkerBuildsOnlyCandidatesOfSearches) {
  BuilderPoolOptions options = Options();
  options.workers = 0;
  options.idle_cpus = {sched_getcpu()};
  std::promise<v1::BuildResponse> full;
  {
    BuilderPool pool(clock_, options);
    EXPECT_EQ(pool.parallelism(), 1);
    pool.Build(Request("full", v1::OPTIMIZATION_FULL),
               [&full](const v1::BuildResponse& response) { full.set_value(response); });
    const v1::BuildResponse searched = Build(pool, Request("searched"));
    EXPECT_EQ(searched.outcome().kind(), v1::OUTCOME_KIND_OK) << searched.outcome().message();
    int worker = 0;
    ASSERT_TRUE(absl::SimpleAtoi(searched.artifact(), &worker)) << "the artifact is the worker's process";
    EXPECT_EQ(sched_getscheduler(worker), SCHED_IDLE);
  }
  EXPECT_EQ(full.get_future().get().outcome().kind(), v1::OUTCOME_KIND_CANCELLED);
}

struct Misbehaviour {
  std::string script;
  v1::OutcomeKind kind;
  std::string message;
  bool differs_when_sanitized = false;
};

class MisbehaviourTest : public BuilderPoolTest, public ::testing::WithParamInterface<Misbehaviour> {};

TEST_P(MisbehaviourTest, BecomesAnOutcomeAndTheNextBuildWorks) {
  if (kSanitized && GetParam().differs_when_sanitized) GTEST_SKIP() << "a sanitizer changes this behaviour";
  BuilderPool pool(clock_, Options());
  const v1::BuildResponse before = Build(pool, Request("before"));
  const v1::BuildResponse bad = Build(pool, Request(GetParam().script));
  EXPECT_EQ(bad.outcome().kind(), GetParam().kind) << bad.outcome().message();
  EXPECT_THAT(bad.outcome().message(), HasSubstr(GetParam().message));
  EXPECT_TRUE(bad.artifact().empty());
  const v1::BuildResponse after = Build(pool, Request("after"));
  EXPECT_EQ(after.outcome().kind(), v1::OUTCOME_KIND_OK);
  EXPECT_NE(after.artifact(), before.artifact()) << "a new worker must have built it";
}

INSTANTIATE_TEST_SUITE_P(
    All, MisbehaviourTest,
    ::testing::Values(Misbehaviour{"crash", v1::OUTCOME_KIND_COMPILE_ERROR, "signal 11", true},
                      Misbehaviour{"abort", v1::OUTCOME_KIND_COMPILE_ERROR, "LLVM ERROR: out of registers"},
                      Misbehaviour{"exit", v1::OUTCOME_KIND_COMPILE_ERROR, "code 7"},
                      Misbehaviour{"hang", v1::OUTCOME_KIND_COMPILE_TIMEOUT, "longer than 500ms"},
                      Misbehaviour{"memory", v1::OUTCOME_KIND_OUT_OF_MEMORY, "the limit of 1024 MiB", true},
                      Misbehaviour{"wrong id", v1::OUTCOME_KIND_COMPILE_ERROR, "the builder"}),
    [](const auto& info) {
      std::string name = info.param.script;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

// Whatever a text does to MLIR, it does not reach the files, the network or the processes of the machine.
TEST_F(BuilderPoolTest, AWorkerInASandboxReachesNothing) {
  BuilderPoolOptions options = Options();
  const Sandbox sandbox = Sandbox::Probe({.command = options.worker.argv});
  if (sandbox.form() != v1::SANDBOX_FULL) GTEST_SKIP() << sandbox.reason();
  const std::string path = absl::StrCat(::testing::TempDir(), "/secret-", getpid());
  std::ofstream(path) << "secret";
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(server, 1), 0);
  ASSERT_EQ(getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string script = absl::StrCat("reach ", path, " ", ntohs(address.sin_port), " ", getpid());
  {
    BuilderPool pool(clock_, options);
    EXPECT_EQ(Build(pool, Request(script)).artifact(), "read write connect see ") << "without a sandbox";
  }
  options.worker.argv = sandbox.command();
  BuilderPool pool(clock_, options);
  const v1::BuildResponse response = Build(pool, Request(script));
  EXPECT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_OK) << response.outcome().message();
  EXPECT_EQ(response.artifact(), "");
  EXPECT_THAT(Build(pool, Request("crash")).outcome().message(), HasSubstr("crashed with signal 11"));
  EXPECT_THAT(Build(pool, Request("exit")).outcome().message(), HasSubstr("exited with code 7"));
  EXPECT_EQ(Build(pool, Request("hang")).outcome().kind(), v1::OUTCOME_KIND_COMPILE_TIMEOUT);
  close(server);
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".new");
}

TEST_F(BuilderPoolTest, WorkersAreRecycled) {
  BuilderPoolOptions options = Options();
  options.worker.builds_before_restart = 3;
  BuilderPool pool(clock_, options);
  std::set<std::string> processes;
  for (int i = 0; i < 9; ++i) processes.insert(Build(pool, Request(absl::StrCat(i))).artifact());
  EXPECT_EQ(processes.size(), 3u);
}

TEST_F(BuilderPoolTest, EqualReferencesAreBuiltOnce) {
  BuilderPoolOptions options = Options();
  options.worker.builds_before_restart = 1;  // otherwise one worker would build all of them
  BuilderPool pool(clock_, options);
  const v1::BuildResponse first = Build(pool, Request("", v1::OPTIMIZATION_REFERENCE));
  EXPECT_EQ(Build(pool, Request("", v1::OPTIMIZATION_REFERENCE)).artifact(), first.artifact());
  EXPECT_NE(Build(pool, Request("other", v1::OPTIMIZATION_REFERENCE)).artifact(), first.artifact());
}

TEST_F(BuilderPoolTest, ShutdownDoesNotWaitForASlowBuild) {
  BuilderPoolOptions options = Options();
  options.deadline.at_start = absl::Hours(1);
  std::promise<v1::BuildResponse> running, queued;
  const absl::Duration start = clock_.Monotonic();
  {
    BuilderPool pool(clock_, options);
    pool.Build(Request("hang"), [&](const v1::BuildResponse& response) { running.set_value(response); });
    pool.Build(Request("later"), [&](const v1::BuildResponse& response) { queued.set_value(response); });
  }
  EXPECT_EQ(running.get_future().get().outcome().kind(), v1::OUTCOME_KIND_CANCELLED);
  EXPECT_EQ(queued.get_future().get().outcome().kind(), v1::OUTCOME_KIND_CANCELLED);
  EXPECT_LT(clock_.Monotonic() - start, absl::Seconds(5));
}

TEST_F(BuilderPoolTest, AWorkerThatCannotBeStartedIsAFailureOfTheInfrastructure) {
  BuilderPoolOptions options = Options();
  options.worker.argv = {"/nonexistent/worker"};
  BuilderPool pool(clock_, options);
  const v1::BuildResponse response = Build(pool, Request("a"));
  EXPECT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(response.outcome().message(), HasSubstr("/nonexistent/worker"));
}

TEST(BuildDeadlineTest, FollowsTheMedianOfTheKind) {
  BuildDeadlineOptions options;
  options.floor = absl::Milliseconds(10);
  BuildDeadline deadline(options);
  EXPECT_EQ(deadline.Get(v1::OPTIMIZATION_SEARCH), options.at_start);
  for (int i = 0; i < 8; ++i) deadline.Add(v1::OPTIMIZATION_SEARCH, absl::Milliseconds(i == 7 ? 9000 : 20));
  EXPECT_EQ(deadline.Get(v1::OPTIMIZATION_SEARCH), absl::Milliseconds(200));
  EXPECT_EQ(deadline.Get(v1::OPTIMIZATION_FULL), options.at_start);
}

}  // namespace
}  // namespace diapason::tuner
