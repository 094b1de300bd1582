#include "tuner/search/learned_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "proto/domain/target_fingerprint.h"
#include "tuner/search/training_groups.h"

namespace diapason::tuner {
namespace {

class LearnedModelTest : public ::testing::Test {
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
    record.add_feature_row(0);  // the sketch's cost
    record.add_feature_row(feature);
    record.set_predicted_us(10);
    record.set_feature_schema("schema");
    record.mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
    record.mutable_measurement()->set_median_us(time_us);
    return record;
  }

  void Put(const v1::Workload& workload, const v1::Record& record) {
    ASSERT_TRUE(store_->PutWorkload(workload).ok());
    ASSERT_TRUE(store_->PutRecord(record).ok());
  }

  // Stores `count` records of a workload, whose times grow with their features.
  void PutMany(const std::string& id, int count) {
    const v1::Workload workload = Workload(id, "conv");
    for (int i = 0; i < count; ++i) {
      const float feature = static_cast<float>(i % 16) / 16;
      Put(workload, NewRecord(workload, feature, 10 * std::exp(feature)));
    }
  }

  std::vector<costmodel::Group> Groups() {
    return TrainingGroups(*store_, TargetFingerprint(target_), "schema").value();
  }
  // Returns the residual that the model of the log predicts, or NaN if there is no model.
  float Predict(LearnedModel& learned, float feature) {
    const auto model = learned.Get(TargetFingerprint(target_));
    return model == nullptr ? NAN : model->Predict({{0, feature}}).value()[0];
  }

  std::unique_ptr<db::RecordStore> store_;
  v1::Target target_;
  int trials_ = 0;
};

TEST_F(LearnedModelTest, EachTaskIsAGroupOfItsSuccessfulSearchTrials) {
  const v1::Workload a = Workload("a", "conv"), b = Workload("b", "gemm");
  v1::Record failed = NewRecord(a, 1, 0);
  failed.mutable_outcome()->set_kind(v1::OUTCOME_KIND_CRASHED);
  v1::Record final = NewRecord(a, 2, 10);
  final.set_phase(v1::TRIAL_PHASE_FINAL);
  v1::Record old = NewRecord(a, 3, 10);
  old.set_feature_schema("an older one");
  v1::Record not_predicted = NewRecord(a, 4, 10);
  not_predicted.clear_predicted_us();
  v1::Record with_more_threads = NewRecord(a, 5, 10);
  with_more_threads.set_threads(4);
  for (const v1::Record& record : {failed, final, old, not_predicted, with_more_threads}) Put(a, record);
  EXPECT_TRUE(Groups().empty());

  Put(a, NewRecord(a, 6, 10 * std::exp(0.5)));
  Put(b, NewRecord(b, 7, 10));
  v1::Record elsewhere = NewRecord(b, 8, 10);
  elsewhere.set_target_fingerprint("another machine");
  Put(b, elsewhere);
  const std::vector<costmodel::Group> groups = Groups();
  ASSERT_EQ(groups.size(), 3u);
  int light = 0;
  for (const costmodel::Group& group : groups) {
    ASSERT_EQ(group.rows.size(), 1u);
    const float feature = group.rows[0][1];
    EXPECT_NEAR(group.residuals[0], feature == 6 ? 0.5 : 0, 1e-5);
    light += group.weight < 1 ? 1 : 0;
    EXPECT_EQ(group.weight < 1, feature == 8) << "another machine teaches less";
  }
  EXPECT_EQ(light, 1);
}

TEST_F(LearnedModelTest, AFewRecordsMakeNoModel) {
  PutMany("a", 20);
  LearnedModel learned(*store_, "schema");
  EXPECT_EQ(learned.Get(TargetFingerprint(target_)), nullptr);
}

TEST_F(LearnedModelTest, TheModelIsStoredInTheLogAndUsedAgain) {
  for (const char* id : {"a", "b", "c", "d", "e"}) PutMany(id, 64);
  LearnedModel first(*store_, "schema");
  EXPECT_NEAR(Predict(first, 0.75F), 0.75, 0.1);
  const v1::CostModel stored = store_->GetCostModel(TargetFingerprint(target_)).value();
  EXPECT_EQ(stored.records(), 320);
  EXPECT_GT(stored.rank_correlation(), 0.95);

  PutMany("f", 8);  // too few to train again
  LearnedModel second(*store_, "schema");
  EXPECT_EQ(Predict(second, 0.75F), Predict(first, 0.75F));
  EXPECT_EQ(store_->GetCostModel(TargetFingerprint(target_))->records(), 320);

  LearnedModel of_other_features(*store_, "another schema");
  EXPECT_EQ(of_other_features.Get(TargetFingerprint(target_)), nullptr);
}

TEST_F(LearnedModelTest, ItLearnsFromMoreTrials) {
  PutMany("a", 64);
  LearnedModel learned(*store_, "schema");
  ASSERT_TRUE(std::isfinite(Predict(learned, 0.5F)));
  PutMany("b", 64);
  learned.CountTrials(20);
  Predict(learned, 0.5F);
  EXPECT_EQ(store_->GetCostModel(TargetFingerprint(target_))->records(), 64) << "it does not look every time";
  learned.CountTrials(44);
  Predict(learned, 0.5F);
  EXPECT_EQ(store_->GetCostModel(TargetFingerprint(target_))->records(), 128);
}

TEST(RankCorrelationTest, ComparesOrders) {
  EXPECT_NEAR(RankCorrelation({1, 2, 3, 9}, {10, 20, 30, 31}), 1, 1e-9);
  EXPECT_NEAR(RankCorrelation({1, 2, 3}, {3, 2, 1}), -1, 1e-9);
  EXPECT_NEAR(RankCorrelation({1, 2, 3, 4}, {1, 1, 2, 2}), 0.894, 0.001);
  EXPECT_EQ(RankCorrelation({1, 2, 3}, {5, 5, 5}), 0);
}

}  // namespace
}  // namespace diapason::tuner
