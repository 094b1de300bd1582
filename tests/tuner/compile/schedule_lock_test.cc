// Pinning schedules in a file, and choosing them from it.
#include "tuner/compile/schedule_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "compiler/runtime/host_target.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/workload/workload.h"
#include "tests/testing/mutations.h"
#include "tests/testing/workloads.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

v1::Workload Product(int64_t size) {
  testing::Gemm gemm;
  gemm.m = gemm.n = gemm.k = size;
  return *compiler::workload::MakeWorkload(testing::GemmWorkload(gemm));
}

std::string Text(const absl::Status& status) { return status.ToString(); }

class ScheduleLockTest : public ::testing::Test {
 protected:
  ScheduleLockTest() {
    const auto sketches = *compiler::space::LoadSketches(std::string(std::getenv("DIAPASON_BUILD_DIR")) +
                                                         "/share/diapason/sketches");
    const auto space = *compiler::space::ScheduleSpace::Create(workload_.text(), sketches, target_);
    schedule_ = space->ToSchedule(space->Default());
    script_ = *space->Render(space->Default());
    for (const v1::Sketch& sketch : sketches) {
      if (sketch.hash() == schedule_.sketch_hash()) sketch_ = sketch;
    }
    lock_.Pin(workload_, schedule_, &sketch_);
    lock_.Pin(Product(8), {}, nullptr);
  }

  static compiler::graph::Program ProgramOf(const std::vector<v1::Workload>& workloads) {
    compiler::graph::Program program;
    program.workloads = workloads;
    return program;
  }

  const v1::Target target_ = compiler::runtime::HostTarget();
  const v1::Workload workload_ = Product(32);
  v1::Schedule schedule_;
  v1::Sketch sketch_;
  std::string script_;
  ScheduleLock lock_{target_, "cpu 1"};
};

TEST_F(ScheduleLockTest, KeepsEverything) {
  const auto read = ScheduleLock::Parse(lock_.Text());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->Text(), lock_.Text());
  EXPECT_EQ(read->compiler_version(), "cpu 1");
  const auto choice = read->Choose(workload_, target_);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->script, script_);
  EXPECT_EQ(choice->schedule.sketch_name(), sketch_.name());
  const auto plain = read->Choose(Product(8), target_);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->script, "");
}

TEST_F(ScheduleLockTest, SaysWhatDoesNotFit) {
  EXPECT_TRUE(lock_.CheckFits(ProgramOf({workload_, Product(8)}), target_).ok());
  EXPECT_THAT(
      Text(lock_.CheckFits(ProgramOf({Product(64), workload_}), target_)),
      HasSubstr("FAILED_PRECONDITION: it has no schedule for 1 of 2 tasks (" + Product(64).summary() + ")"));
  v1::Target other = target_;
  other.set_cpu("another");
  EXPECT_THAT(Text(lock_.CheckFits(ProgramOf({workload_}), other)), HasSubstr("for another machine"));
  EXPECT_THAT(Text(lock_.Choose(Product(64), target_).status()),
              HasSubstr("NOT_FOUND: the lock has no schedule"));
}

TEST_F(ScheduleLockTest, AnIllegalScheduleIsRefused) {
  schedule_.mutable_knobs(0)->set_value(1'000'003);
  lock_.Pin(workload_, schedule_, &sketch_);
  EXPECT_THAT(Text(lock_.Choose(workload_, target_).status()),
              HasSubstr("FAILED_PRECONDITION: the pinned schedule is not legal"));
}

TEST_F(ScheduleLockTest, DamagedTextsAreRefusedOrRead) {
  testing::ExpectMutationsAreRefusedOrRead(
      {lock_.Text()}, 1000, [](const std::string& text) { return ScheduleLock::Parse(text).status(); },
      {absl::StatusCode::kInvalidArgument, absl::StatusCode::kFailedPrecondition});
}

}  // namespace
}  // namespace diapason::tuner
