#include "tuner/search/related_tasks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::tuner {
namespace {

class RelatedTasksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = db::OpenRecordStore("sqlite::memory:", db::OpenMode::kReadWrite, nullptr).value();
    v1::Sketch sketch;
    sketch.set_hash("sketch");
    ASSERT_TRUE(store_->PutSketch(sketch).ok());
    target_.set_triple("x86_64-unknown-linux-gnu");
  }

  static v1::Workload Workload(const std::string& id, const std::string& structure) {
    v1::Workload workload;
    workload.set_id(id);
    workload.set_structure_id(structure);
    return workload;
  }

  v1::Record NewRecord(const v1::Workload& workload, float feature, double time_us) {
    v1::Record record;
    record.set_trial_id(absl::StrCat("trial-", ++trials_));
    record.set_workload_id(workload.id());
    record.set_target_fingerprint(TargetFingerprint(target_));
    record.set_threads(1);
    *record.mutable_target() = target_;
    record.mutable_schedule()->set_sketch_hash("sketch");
    record.set_phase(v1::TRIAL_PHASE_SEARCH);
    record.add_feature_row(feature);
    record.set_feature_schema("schema");
    record.mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
    record.mutable_measurement()->set_median_us(time_us);
    return record;
  }

  void Put(const v1::Workload& workload, const v1::Record& record) {
    ASSERT_TRUE(store_->PutWorkload(workload).ok());
    ASSERT_TRUE(store_->PutRecord(record).ok());
  }

  // Returns the first feature of the first row of each group.
  std::vector<float> Found(const v1::Workload& of) {
    std::vector<float> found;
    const std::vector<costmodel::Group> groups =
        RelatedTasks(*store_, {of.id(), TargetFingerprint(target_), 1}, of.structure_id(), "schema").value();
    for (const costmodel::Group& group : groups) {
      found.push_back(group.rows.front().front());
    }
    return found;
  }

  std::unique_ptr<db::RecordStore> store_;
  v1::Target target_;
  int trials_ = 0;
};

TEST_F(RelatedTasksTest, TasksOfTheSameStructureComeFirst) {
  const v1::Workload own = Workload("own", "conv");
  Put(own, NewRecord(own, 1, 10));
  const v1::Workload kin = Workload("kin", "conv"), other = Workload("other", "gemm"),
                     newest = Workload("newest", "gemm");
  Put(kin, NewRecord(kin, 2, 10));
  Put(other, NewRecord(other, 3, 10));
  Put(newest, NewRecord(newest, 4, 10));
  EXPECT_EQ(Found(own), (std::vector<float>{2, 4, 3}));
}

TEST_F(RelatedTasksTest, OnlyOutcomesThatDependOnTheScheduleCount) {
  const v1::Workload own = Workload("own", "conv"), kin = Workload("kin", "conv");
  v1::Record lost = NewRecord(kin, 1, 0);
  lost.mutable_outcome()->set_kind(v1::OUTCOME_KIND_DEVICE_LOST);
  v1::Record final = NewRecord(kin, 2, 10);
  final.set_phase(v1::TRIAL_PHASE_FINAL);
  v1::Record old = NewRecord(kin, 3, 10);
  old.set_feature_schema("an older one");
  v1::Record elsewhere = NewRecord(kin, 4, 10);
  elsewhere.set_target_fingerprint("another machine");
  v1::Record with_more_threads = NewRecord(kin, 5, 10);
  with_more_threads.set_threads(4);
  for (const v1::Record& record : {lost, final, old, elsewhere, with_more_threads}) Put(kin, record);
  EXPECT_TRUE(Found(own).empty());
  v1::Record failed = NewRecord(kin, 5, 0);
  failed.mutable_outcome()->set_kind(v1::OUTCOME_KIND_CRASHED);
  Put(kin, failed);
  Put(kin, NewRecord(kin, 6, 20));
  const std::vector<costmodel::Group> groups =
      RelatedTasks(*store_, {own.id(), TargetFingerprint(target_), 1}, own.structure_id(), "schema").value();
  ASSERT_EQ(groups.size(), 1u);
  ASSERT_EQ(groups[0].times_us.size(), 2u);
  EXPECT_EQ(groups[0].times_us[0], 20);
  EXPECT_TRUE(std::isinf(groups[0].times_us[1])) << "a failure counts as infinitely slow";
}

}  // namespace
}  // namespace diapason::tuner
