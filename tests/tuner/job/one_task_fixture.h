// One task of a job and the objects that the parts of the job engine use, for tests of a single part.
#ifndef DIAPASON_TESTS_TUNER_JOB_ONE_TASK_FIXTURE_H_
#define DIAPASON_TESTS_TUNER_JOB_ONE_TASK_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/tuner/job/fakes.h"
#include "tuner/job/references.h"
#include "tuner/job/run_context.h"

namespace diapason::tuner {

class OneTaskTest : public ::testing::Test {
 protected:
  // Makes everything for the job "job1" with `builder`, which the caller owns.
  void MakeTask(Builder& builder, ScriptedMeasurer::Script script) {
    measurer_ = std::make_unique<ScriptedMeasurer>(clock_, std::move(script), TestTarget());
    JobDependencies dependencies{*store_, builder, *measurer_, clock_, nullptr, "cpu", "version-1", "server"};
    db::StoredJob job;
    job.job_id = "job1";
    job.request = request_;
    context_ = std::make_unique<RunContext>(dependencies, JobConfig(), job);
    task_ = std::make_unique<JobTask>(0, request_.tasks(0), TestTask(0), std::make_unique<NumberSearch>(100));
    references_ = std::make_unique<References>(*context_);
  }

  void StoreWorkload() { ASSERT_TRUE(store_->PutWorkload(request_.tasks(0).workload()).ok()); }

  const v1::SubmitJobRequest request_ = Request(1, 100);
  FakeClock clock_;
  const std::unique_ptr<db::RecordStore> store_ = NewStore();
  std::unique_ptr<ScriptedMeasurer> measurer_;
  std::unique_ptr<RunContext> context_;
  std::unique_ptr<JobTask> task_;
  std::unique_ptr<References> references_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TESTS_TUNER_JOB_ONE_TASK_FIXTURE_H_
