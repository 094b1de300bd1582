#include "tuner/job/job_page.h"

#include <gtest/gtest.h>

#include <vector>

#include "proto/domain/message_limits.h"

namespace diapason::tuner {
namespace {

// 100 jobs of 100 kB each are far more than one message can hold.
TEST(PageOfJobsTest, PagesHaveAllJobsInOrder) {
  std::vector<v1::JobStatus> jobs(100);
  for (size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].set_job_id("job" + std::to_string(i));
    jobs[i].set_message(std::string(100'000, 'x'));
  }
  std::vector<std::string> seen;
  v1::ListJobsResponse page;
  do {
    const std::string before = seen.empty() ? "" : seen.back();
    page.Clear();
    ASSERT_TRUE(PageOfJobs(jobs, before, page).ok());
    ASSERT_GT(page.jobs_size(), 0);
    EXPECT_LE(page.ByteSizeLong(), kMaxBatchBytes + 100);
    for (const v1::JobStatus& job : page.jobs()) seen.push_back(job.job_id());
  } while (page.more());
  ASSERT_EQ(seen.size(), jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) EXPECT_EQ(seen[i], jobs[i].job_id());
}

TEST(PageOfJobsTest, AnUnknownJobIsNotFound) {
  v1::ListJobsResponse page;
  EXPECT_TRUE(PageOfJobs({}, "", page).ok());
  EXPECT_FALSE(page.more());
  EXPECT_TRUE(absl::IsNotFound(PageOfJobs({}, "job7", page)));
}

}  // namespace
}  // namespace diapason::tuner
