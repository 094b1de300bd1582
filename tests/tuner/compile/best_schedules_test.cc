// Choosing schedules, with the installed sketches and a real builder worker.
#include "tuner/compile/best_schedules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/runtime/host_target.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/workload/workload.h"
#include "tests/testing/workloads.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

class BestSchedulesTest : public ::testing::Test {
 protected:
  BestSchedulesTest() {
    signal(SIGPIPE, SIG_IGN);
    const std::string build = std::getenv("DIAPASON_BUILD_DIR");
    installation_.programs = build + "/bin";
    installation_.sketches = build + "/share/diapason/sketches";
    testing::Gemm gemm;
    gemm.m = gemm.n = gemm.k = 32;
    workload_ = *compiler::workload::MakeWorkload(testing::GemmWorkload(gemm));
  }

  std::unique_ptr<BestSchedules> Schedules(LookupFunction lookup,
                                           absl::Duration kernel_time = kKernelTime) const {
    auto schedules = BestSchedules::Create(installation_, target_, std::move(lookup), kernel_time);
    EXPECT_TRUE(schedules.ok()) << schedules.status();
    return *std::move(schedules);
  }

  // A candidate as a log returns it: the default schedule of the workload.
  v1::LookupCandidate Candidate(v1::Rung rung) const {
    const std::vector<v1::Sketch> sketches = *compiler::space::LoadSketches(installation_.sketches);
    const auto space = *compiler::space::ScheduleSpace::Create(workload_.text(), sketches, target_);
    v1::LookupCandidate candidate;
    candidate.set_rung(rung);
    candidate.set_reason("as measured");
    *candidate.mutable_record()->mutable_schedule() = space->ToSchedule(space->Default());
    candidate.mutable_record()->mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
    candidate.mutable_record()->mutable_measurement()->set_median_us(7);
    for (const v1::Sketch& sketch : sketches) {
      if (sketch.hash() == candidate.record().schedule().sketch_hash()) *candidate.mutable_sketch() = sketch;
    }
    return candidate;
  }

  static LookupFunction Knows(std::vector<v1::LookupCandidate> candidates) {
    return [candidates](const v1::Workload&) -> absl::StatusOr<v1::LookupResult> {
      v1::LookupResult result;
      for (const v1::LookupCandidate& candidate : candidates) *result.add_candidates() = candidate;
      return result;
    };
  }

  const v1::Target target_ = compiler::runtime::HostTarget();
  Installation installation_;
  v1::Workload workload_;
};

TEST_F(BestSchedulesTest, WithoutALookupTheDefaultIsChosen) {
  const auto choice = Schedules(nullptr)->Choose(workload_);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->rung, v1::RUNG_DEFAULT);
  EXPECT_FALSE(choice->script.empty());
}

TEST_F(BestSchedulesTest, TheFirstCandidateThatIsLegalIsChosen) {
  v1::LookupCandidate illegal = Candidate(v1::RUNG_EXACT);
  illegal.mutable_record()->mutable_schedule()->mutable_knobs(0)->set_value(1'000'003);
  illegal.set_reason("illegal");
  const auto choice = Schedules(Knows({illegal, Candidate(v1::RUNG_EXACT)}))->Choose(workload_);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->rung, v1::RUNG_EXACT);
  EXPECT_EQ(choice->reason, "as measured");
  EXPECT_EQ(choice->measured_us, 7);
  const auto none = Schedules(Knows({illegal}))->Choose(workload_);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->rung, v1::RUNG_DEFAULT);
  EXPECT_THAT(none->reason, HasSubstr("not legal for this workload"));
}

TEST_F(BestSchedulesTest, ACandidateThatWasMadeForAnotherShapeMustBuild) {
  const auto builds = Schedules(Knows({Candidate(v1::RUNG_NEAREST_SHAPE)}))->Choose(workload_);
  ASSERT_TRUE(builds.ok()) << builds.status();
  EXPECT_EQ(builds->rung, v1::RUNG_NEAREST_SHAPE);
  EXPECT_EQ(builds->measured_us, 0) << "the time was measured for another shape";
  // No kernel builds within a microsecond.
  const auto late =
      Schedules(Knows({Candidate(v1::RUNG_NEAREST_SHAPE)}), absl::Microseconds(1))->Choose(workload_);
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->rung, v1::RUNG_DEFAULT);
}

TEST_F(BestSchedulesTest, AnErrorOfTheLookupIsReturned) {
  const auto choice = Schedules([](const v1::Workload&) -> absl::StatusOr<v1::LookupResult> {
                        return absl::UnavailableError("the server does not answer");
                      })->Choose(workload_);
  EXPECT_EQ(choice.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(BestSchedulesTest, AlternativesEndWithThePlainLowering) {
  const auto schedules = Schedules(nullptr);
  int number = 0;
  absl::StatusOr<compiler::model::ScheduleChoice> last = absl::NotFoundError("none");
  for (;; ++number) {
    const auto next = schedules->Alternative(workload_, number);
    if (!next.ok()) {
      EXPECT_EQ(next.status().code(), absl::StatusCode::kNotFound);
      break;
    }
    last = next;
  }
  EXPECT_GE(number, 2);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->script, "");
}

TEST_F(BestSchedulesTest, ABuildThatNobodyWaitsForEndsWithTheWorkers) {
  auto schedules = Schedules(nullptr);
  v1::BuildRequest request;
  request.set_workload_text(workload_.text());
  *request.mutable_target() = target_;
  request.set_optimization(v1::OPTIMIZATION_REFERENCE);
  schedules->Build(request);
  request.set_symbol("another");
  const v1::BuildResponse next = schedules->Build(request).get();
  EXPECT_EQ(next.outcome().kind(), v1::OUTCOME_KIND_OK) << next.outcome().message();
  // More builds than the workers finish before they end.
  std::vector<std::future<v1::BuildResponse>> more;
  for (int i = 0; i < 200; ++i) {
    request.set_symbol(absl::StrCat("kernel_", i));
    more.push_back(schedules->Build(request));
  }
  schedules.reset();
  for (std::future<v1::BuildResponse>& build : more) {
    ASSERT_EQ(build.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    if (&build == &more.back()) EXPECT_EQ(build.get().outcome().kind(), v1::OUTCOME_KIND_CANCELLED);
  }
}

}  // namespace
}  // namespace diapason::tuner
