// The ladder: which candidates, in which order, and why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "db/record_store.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LookupTest : public ::testing::Test {
 protected:
  void Put(const v1::Record& record, const v1::Workload& workload) {
    ASSERT_THAT(store_->PutWorkload(workload), IsOk());
    ASSERT_THAT(store_->PutSketch(TheSketch()), IsOk());
    const absl::Status status = store_->PutRecord(record);
    ASSERT_THAT(status, IsOk());
  }
  void Put(const std::string& trial, const v1::Workload& workload, const v1::Target& target, int tile,
           double us) {
    Put(MakeRecord(trial, workload, target, tile, us), workload);
  }
  void Decide(const v1::Workload& workload, const v1::Target& target, const std::string& trial,
              const std::string& default_trial, v1::Verdict verdict, const std::string& incumbent = "") {
    v1::LogEntry entry;
    *entry.mutable_decision() = MakeDecision(
        workload, target, {.trial_id = trial, .default_trial_id = default_trial, .verdict = verdict});
    entry.mutable_decision()->set_incumbent_trial_id(incumbent);
    const auto stored = store_->PutEntries({entry});
    ASSERT_THAT(stored, IsOk());
  }
  v1::LookupResult Lookup() {
    const auto result = store_->Lookup(workload_, box_);
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *result : v1::LookupResult();
  }
  // "rung trial", in order.
  std::vector<std::string> Answers() {
    std::vector<std::string> answers;
    const v1::LookupResult result = Lookup();
    for (const v1::LookupCandidate& candidate : result.candidates()) {
      answers.push_back(
          absl::StrCat(v1::Rung_Name(candidate.rung()).substr(5), " ", candidate.record().trial_id()));
    }
    return answers;
  }

  const std::unique_ptr<RecordStore> store_ = OpenOrDie("sqlite::memory:");
  const v1::Workload workload_ = MakeWorkload("conv", {56, 56, 64, 64});
  const v1::Target box_ = MakeTarget("box", "x86-64-v4");
  const v1::Target server_ = MakeTarget("server", "sapphirerapids");  // of box_'s class
  const v1::Target laptop_ = MakeTarget("laptop", "x86-64-v3", 256);  // of another
};

TEST_F(LookupTest, AnEmptyLogKnowsNothing) { EXPECT_THAT(Answers(), IsEmpty()); }

TEST_F(LookupTest, FasterRecordsComeFirst) {
  Put("slow", workload_, box_, 1, 300);
  Put("fast", workload_, box_, 2, 100);
  Put("middle", workload_, box_, 3, 200);
  EXPECT_THAT(Answers(), ElementsAre("EXACT fast", "EXACT middle", "EXACT slow"));
  const v1::LookupCandidate first = Lookup().candidates(0);
  EXPECT_EQ(first.sketch().text(), TheSketch().text());
  EXPECT_THAT(first.reason(), HasSubstr("this workload on this target: measured, 100.0 us"));
}

TEST_F(LookupTest, AScheduleIsListedOnceAndAFewAreEnough) {
  for (int tile = 0; tile < 20; ++tile) {
    Put(absl::StrCat("a", tile), workload_, box_, tile, 100 + tile);
    Put(absl::StrCat("b", tile), workload_, box_, tile, 200 + tile);
  }
  EXPECT_THAT(Answers(), ElementsAre("EXACT a0", "EXACT a1", "EXACT a2", "EXACT a3"));
}

TEST_F(LookupTest, FailuresAndEmulatedTimesAreNoCandidates) {
  Put(MakeFailure("crash", workload_, box_, 1, v1::OUTCOME_KIND_CRASHED), workload_);
  v1::Record emulated = MakeRecord("emulated", workload_, box_, 2, 1);
  emulated.mutable_measurement()->mutable_conditions()->set_emulated(true);
  Put(emulated, workload_);
  EXPECT_THAT(Answers(), IsEmpty());
}

TEST_F(LookupTest, TimesOfAnOlderProtocolComeAfter) {
  Put("old", workload_, box_, 1, 50);
  v1::Record newer = MakeRecord("new", workload_, box_, 2, 100);
  newer.set_protocol_version(2);
  Put(newer, workload_);
  EXPECT_THAT(Answers(), ElementsAre("EXACT new", "EXACT old"));
}

TEST_F(LookupTest, TheWinnerComesBeforeFasterRecords) {
  Put("default", workload_, box_, 1, 200);
  Put("winner", workload_, box_, 2, 120);
  Put("lucky", workload_, box_, 3, 100);
  Decide(workload_, box_, "winner", "default", v1::VERDICT_FASTER);
  EXPECT_THAT(Answers(), ElementsAre("EXACT winner", "EXACT lucky", "EXACT default"));
  EXPECT_THAT(Lookup().candidates(0).reason(), HasSubstr("winner, 1.25x the default"));
}

TEST_F(LookupTest, TheDefaultStaysWhereNothingWasSignificantlyFaster) {
  Put("default", workload_, box_, 1, 200);
  Put("best", workload_, box_, 2, 198);
  Decide(workload_, box_, "best", "default", v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_THAT(Answers(), ElementsAre("EXACT default", "EXACT best"));
  EXPECT_THAT(Lookup().candidates(0).reason(), HasSubstr("default"));
}

TEST_F(LookupTest, ADecisionThatDidNotMeetTheOldOneReplacesNothing) {
  Put("default", workload_, box_, 1, 200);
  Put("first", workload_, box_, 2, 120);
  Put("second", workload_, box_, 3, 100);
  Decide(workload_, box_, "first", "default", v1::VERDICT_FASTER);
  Decide(workload_, box_, "second", "default", v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_THAT(Answers(), ElementsAre("EXACT first", "EXACT second", "EXACT default"));
}

TEST_F(LookupTest, ADecisionThatBeatTheOldOneReplacesIt) {
  Put("default", workload_, box_, 1, 200);
  Put("first", workload_, box_, 2, 120);
  Put("second", workload_, box_, 3, 150);
  Decide(workload_, box_, "first", "default", v1::VERDICT_FASTER);
  Decide(workload_, box_, "second", "default", v1::VERDICT_FASTER, "first");
  EXPECT_THAT(Answers(), ElementsAre("EXACT second", "EXACT first", "EXACT default"));
}

TEST_F(LookupTest, TheSameClassFollowsTheExactTarget) {
  Put("server", workload_, server_, 1, 10);
  Put("box", workload_, box_, 2, 100);
  Put("laptop", workload_, laptop_, 3, 5);
  EXPECT_THAT(Answers(), ElementsAre("EXACT box", "SAME_CLASS server"));
  EXPECT_THAT(Lookup().candidates(1).reason(),
              HasSubstr("this workload on server, of the same class x86_64/512"));
}

TEST_F(LookupTest, ManyRecordsHereDoNotHideTheClass) {
  for (int tile = 0; tile < 20; ++tile) Put(absl::StrCat("box", tile), workload_, box_, tile, 10 + tile);
  Put("server", workload_, server_, 1, 100);
  EXPECT_THAT(Answers(), ::testing::Contains("SAME_CLASS server"));
}

TEST_F(LookupTest, TheWinnerOfAnotherTargetLeadsItsRung) {
  Put("server-default", workload_, server_, 1, 30);
  Put("server-winner", workload_, server_, 2, 20);
  Put("server-lucky", workload_, server_, 3, 10);
  Decide(workload_, server_, "server-winner", "server-default", v1::VERDICT_FASTER);
  EXPECT_THAT(Answers(), ElementsAre("SAME_CLASS server-winner", "SAME_CLASS server-lucky",
                                     "SAME_CLASS server-default"));
}

TEST_F(LookupTest, NearestShapesComeLastAndNearestFirst) {
  const v1::Workload twice = MakeWorkload("conv", {56, 56, 128, 64});
  const v1::Workload four_times = MakeWorkload("conv", {56, 56, 128, 128});
  const v1::Workload same_but_gemm = MakeWorkload("gemm", {56, 56, 64, 64});
  Put("four-times", four_times, box_, 1, 10);
  Put("twice", twice, box_, 2, 100);
  Put("gemm", same_but_gemm, box_, 3, 1);
  Put("class", workload_, server_, 4, 1000);
  EXPECT_THAT(Answers(), ElementsAre("SAME_CLASS class", "NEAREST_SHAPE twice", "NEAREST_SHAPE four-times"));
  EXPECT_THAT(Lookup().candidates(1).reason(),
              HasSubstr("near shape conv 56x56x128x64 (distance 1.00) on this target"));
}

TEST_F(LookupTest, ANearShapeMayBeOnTheClassButThisTargetComesFirst) {
  const v1::Workload twice = MakeWorkload("conv", {56, 56, 128, 64});
  Put("server", twice, server_, 1, 10);
  Put("box", twice, box_, 2, 100);
  Put("laptop", twice, laptop_, 3, 1);
  EXPECT_THAT(Answers(), ElementsAre("NEAREST_SHAPE box", "NEAREST_SHAPE server"));
  EXPECT_THAT(Lookup().candidates(1).reason(), HasSubstr("on server"));
}

TEST_F(LookupTest, FarShapesAndOtherRanksAreNoHelp) {
  Put("far", MakeWorkload("conv", {56, 56, 64, 64 * 16}), box_, 1, 10);
  Put("other-rank", MakeWorkload("conv", {56, 56, 64}), box_, 1, 10);
  EXPECT_THAT(Answers(), IsEmpty());
}

TEST_F(LookupTest, OnlyAFewNeighboursAreAsked) {
  for (int64_t channels = 33; channels < 63; ++channels) {
    const v1::Workload near = MakeWorkload("conv", {56, 56, 64, channels});
    for (int tile = 0; tile < 3; ++tile) Put(absl::StrCat(channels, "-", tile), near, box_, tile, 10 + tile);
  }
  EXPECT_THAT(Answers(), ElementsAre("NEAREST_SHAPE 62-0", "NEAREST_SHAPE 62-1", "NEAREST_SHAPE 61-0",
                                     "NEAREST_SHAPE 61-1", "NEAREST_SHAPE 60-0", "NEAREST_SHAPE 60-1",
                                     "NEAREST_SHAPE 59-0", "NEAREST_SHAPE 59-1"));
}

// A family, as compiler/targets has it, and boards of it and of others, which report more than it asks for.
class FamilyTest : public LookupTest {
 protected:
  static v1::Target Arm(const std::string& name, const std::string& cpu, int features, int cores = 4) {
    v1::Target target = MakeTarget(name, cpu, 128);
    target.set_triple("aarch64-unknown-linux-gnu");
    target.set_cores(cores);
    for (int i = 0; i < features; ++i) target.add_features(absl::StrCat("feature", i));
    return target;
  }
  std::vector<std::string> Ask(const v1::Target& target) {
    std::vector<std::string> reasons;
    const auto result = store_->Lookup(workload_, target);
    EXPECT_THAT(result, IsOk());
    for (const v1::LookupCandidate& candidate : result->candidates())
      reasons.push_back(absl::StrCat(candidate.record().trial_id(), ": ", candidate.reason()));
    return reasons;
  }

  const v1::Target family_ = Arm("rpi5", "cortex-a76", 0);
  const v1::Target pi_ = Arm("pi-1", "cortex-a76", 3);
  const v1::Target orin_ = Arm("orin-1", "cortex-a78ae", 3, 8);
  const v1::Target old_ = Arm("pi-0", "cortex-a53", 0);
};

TEST_F(FamilyTest, TheSameMicroarchitectureComesFirstHoweverOldOrSlow) {
  Put("pi", workload_, pi_, 1, 500);
  Put("orin", workload_, orin_, 2, 100);
  Put("old", workload_, old_, 3, 900);  // the newest, and nearer than the orin
  const std::vector<std::string> reasons = Ask(family_);
  ASSERT_EQ(reasons.size(), 3u);
  EXPECT_THAT(reasons[0], HasSubstr("pi: this workload on pi-1, of the same class aarch64/128 and the same "
                                    "micro-architecture cortex-a76, distance 3.0: measured"));
  EXPECT_THAT(reasons[1], HasSubstr("old: this workload on pi-0, of the same class aarch64/128, of the "
                                    "micro-architecture cortex-a53, distance 0.0"));
  EXPECT_THAT(reasons[2], HasSubstr("orin: this workload on orin-1"));
}

TEST_F(FamilyTest, ADecisionOnAFartherBoardDoesNotPassTheNearestOnes) {
  Put("pi-default", workload_, pi_, 1, 500);
  Put("orin-default", workload_, orin_, 1, 100);
  Put("orin-winner", workload_, orin_, 2, 50);
  Decide(workload_, orin_, "orin-winner", "orin-default", v1::VERDICT_FASTER);
  EXPECT_THAT(Ask(family_)[0], HasSubstr("pi-default: "));
  EXPECT_THAT(Ask(old_)[0], HasSubstr("pi-default: "));  // of no design of its own: the nearest
}

TEST_F(FamilyTest, NearShapesPreferTheSameMicroarchitectureToo) {
  const v1::Workload twice = MakeWorkload("conv", {56, 56, 128, 64});
  Put("orin", twice, orin_, 1, 10);
  Put("pi", twice, pi_, 2, 100);
  const std::vector<std::string> reasons = Ask(family_);
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_THAT(reasons[0], HasSubstr("pi: near shape"));
  EXPECT_THAT(reasons[0], HasSubstr("the same micro-architecture cortex-a76"));
}

TEST_F(FamilyTest, WhatAnEmulatorDecidedCountsForItsOwnTargetOnlyAndLast) {
  const auto emulated = [&](const std::string& trial, int tile) {
    v1::Record record = MakeRecord(trial, workload_, pi_, tile, 1);
    record.mutable_measurement()->mutable_conditions()->set_emulated(true);
    return record;
  };
  Put(emulated("default", 1), workload_);
  Put(emulated("winner", 2), workload_);
  EXPECT_THAT(Ask(pi_), IsEmpty());
  Decide(workload_, pi_, "winner", "default", v1::VERDICT_FASTER);
  EXPECT_THAT(Ask(pi_),
              ElementsAre(HasSubstr("winner: this workload on this target, by an emulator's times: winner")));
  EXPECT_THAT(Ask(family_), IsEmpty());
  Put("timed", workload_, pi_, 3, 1000);
  EXPECT_THAT(Ask(pi_), ElementsAre(HasSubstr("timed: "), HasSubstr("winner: ")));
}

TEST_F(LookupTest, ADevicesTargetIsThatOfItsNewestTrial) {
  EXPECT_THAT(store_->FindTargetOfDevice("box-1"), StatusIs(absl::StatusCode::kNotFound));
  const auto put = [&](const std::string& trial, const std::string& device, const v1::Target& target) {
    v1::Record record = MakeRecord(trial, workload_, target, 1, 100);
    record.set_device_id(device);
    Put(record, workload_);
  };
  put("t1", "box-1", box_);
  put("t2", "box-10", laptop_);
  put("t3", "box-2", server_);
  EXPECT_EQ(TargetFingerprint(store_->FindTargetOfDevice("box-1").value()), TargetFingerprint(box_));
  EXPECT_EQ(TargetFingerprint(store_->FindTargetOfDevice("box-10").value()), TargetFingerprint(laptop_));
  put("t4", "box-1", server_);
  EXPECT_EQ(TargetFingerprint(store_->FindTargetOfDevice("box-1").value()), TargetFingerprint(server_));
  for (const char* unknown : {"box", "box-3", "", "%"}) {
    const auto none = store_->FindTargetOfDevice(unknown);
    EXPECT_THAT(none, StatusIs(absl::StatusCode::kNotFound)) << unknown;
    EXPECT_THAT(std::string(none.status().message()), HasSubstr("box-10"));
  }
}

}  // namespace
}  // namespace diapason::db
