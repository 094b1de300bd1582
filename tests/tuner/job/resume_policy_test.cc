#include "tuner/job/resume_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace diapason::tuner {
namespace {

TEST(ResumePolicy, TwoStartsWithoutAResultAreEnough) {
  EXPECT_TRUE(MayResume({.job_id = "job", .starts = 0}).ok());
  EXPECT_TRUE(MayResume({.job_id = "job", .starts = 1}).ok());
  for (const int starts : {2, 3}) {
    const absl::Status status = MayResume({.job_id = "job", .starts = starts});
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("submit it again"));
  }
}

}  // namespace
}  // namespace diapason::tuner
