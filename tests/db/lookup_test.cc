// Tests which candidates a look-up returns, in which order, and with which reasons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "db/record_store.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/db/engines.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LookupTest : public ::testing::TestWithParam<Engine> {
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
    const auto result = store_->Lookup(workload_, box_, options_);
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *result : v1::LookupResult();
  }
  // Returns the candidates in order, each as "RUNG trial".
  std::vector<std::string> Answers() {
    std::vector<std::string> answers;
    const v1::LookupResult result = Lookup();
    for (const v1::LookupCandidate& candidate : result.candidates()) {
      answers.push_back(
          absl::StrCat(v1::Rung_Name(candidate.rung()).substr(5), " ", candidate.record().trial_id()));
    }
    return answers;
  }

  TemporaryFolder folder_;
  const std::unique_ptr<RecordStore> store_ = OpenOrDie(GetParam().url(folder_));
  v1::LookupOptions options_;
  const v1::Workload workload_ = MakeWorkload("conv", {56, 56, 64, 64});
  const v1::Target box_ = MakeTarget("box", "x86-64-v4");
  const v1::Target server_ = MakeTarget("server", "sapphirerapids");  // has the same class as box_
  const v1::Target laptop_ = MakeTarget("laptop", "x86-64-v3", 256);  // has another class
};

TEST_P(LookupTest, AnEmptyLogKnowsNothing) { EXPECT_THAT(Answers(), IsEmpty()); }

TEST_P(LookupTest, FasterRecordsComeFirst) {
  Put("slow", workload_, box_, 1, 300);
  Put("fast", workload_, box_, 2, 100);
  Put("middle", workload_, box_, 3, 200);
  EXPECT_THAT(Answers(), ElementsAre("EXACT fast", "EXACT middle", "EXACT slow"));
  const v1::LookupCandidate first = Lookup().candidates(0);
  EXPECT_EQ(first.sketch().text(), TheSketch().text());
  EXPECT_THAT(first.reason(), HasSubstr("this workload on this target: measured, 100.0 us"));
}

TEST_P(LookupTest, AScheduleIsListedOnceAndAFewAreEnough) {
  for (int tile = 0; tile < 20; ++tile) {
    Put(absl::StrCat("a", tile), workload_, box_, tile, 100 + tile);
    Put(absl::StrCat("b", tile), workload_, box_, tile, 200 + tile);
  }
  EXPECT_THAT(Answers(), ElementsAre("EXACT a0", "EXACT a1", "EXACT a2", "EXACT a3"));
}

TEST_P(LookupTest, FailuresAndEmulatedTimesAreNoCandidates) {
  Put(MakeFailure("crash", workload_, box_, 1, v1::OUTCOME_KIND_CRASHED), workload_);
  v1::Record emulated = MakeRecord("emulated", workload_, box_, 2, 1);
  emulated.mutable_measurement()->mutable_conditions()->set_emulated(true);
  Put(emulated, workload_);
  EXPECT_THAT(Answers(), IsEmpty());
}

TEST_P(LookupTest, TimesOfAnOlderProtocolComeAfter) {
  Put("old", workload_, box_, 1, 50);
  v1::Record newer = MakeRecord("new", workload_, box_, 2, 100);
  newer.set_protocol_version(2);
  Put(newer, workload_);
  EXPECT_THAT(Answers(), ElementsAre("EXACT new", "EXACT old"));
}

TEST_P(LookupTest, TheWinnerComesBeforeFasterRecords) {
  Put("default", workload_, box_, 1, 200);
  Put("winner", workload_, box_, 2, 120);
  Put("lucky", workload_, box_, 3, 100);
  Decide(workload_, box_, "winner", "default", v1::VERDICT_FASTER);
  EXPECT_THAT(Answers(), ElementsAre("EXACT winner", "EXACT lucky", "EXACT default"));
  EXPECT_THAT(Lookup().candidates(0).reason(), HasSubstr("winner, 1.25x the default"));
}

TEST_P(LookupTest, TheDefaultStaysWhereNothingWasSignificantlyFaster) {
  Put("default", workload_, box_, 1, 200);
  Put("best", workload_, box_, 2, 198);
  Decide(workload_, box_, "best", "default", v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_THAT(Answers(), ElementsAre("EXACT default", "EXACT best"));
  EXPECT_THAT(Lookup().candidates(0).reason(), HasSubstr("default"));
}

TEST_P(LookupTest, ADecisionThatDidNotMeetTheOldOneReplacesNothing) {
  Put("default", workload_, box_, 1, 200);
  Put("first", workload_, box_, 2, 120);
  Put("second", workload_, box_, 3, 100);
  Decide(workload_, box_, "first", "default", v1::VERDICT_FASTER);
  Decide(workload_, box_, "second", "default", v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_THAT(Answers(), ElementsAre("EXACT first", "EXACT second", "EXACT default"));
}

TEST_P(LookupTest, ADecisionThatBeatTheOldOneReplacesIt) {
  Put("default", workload_, box_, 1, 200);
  Put("first", workload_, box_, 2, 120);
  Put("second", workload_, box_, 3, 150);
  Decide(workload_, box_, "first", "default", v1::VERDICT_FASTER);
  Decide(workload_, box_, "second", "default", v1::VERDICT_FASTER, "first");
  EXPECT_THAT(Answers(), ElementsAre("EXACT second", "EXACT first", "EXACT default"));
}

TEST_P(LookupTest, TheSameClassFollowsTheExactTarget) {
  Put("server", workload_, server_, 1, 10);
  Put("box", workload_, box_, 2, 100);
  Put("laptop", workload_, laptop_, 3, 5);
  EXPECT_THAT(Answers(), ElementsAre("EXACT box", "SAME_CLASS server"));
  EXPECT_THAT(Lookup().candidates(1).reason(),
              HasSubstr("this workload on server, of the same class x86_64/512"));
}

TEST_P(LookupTest, ManyRecordsHereDoNotHideTheClass) {
  for (int tile = 0; tile < 20; ++tile) Put(absl::StrCat("box", tile), workload_, box_, tile, 10 + tile);
  Put("server", workload_, server_, 1, 100);
  EXPECT_THAT(Answers(), ::testing::Contains("SAME_CLASS server"));
}

TEST_P(LookupTest, TheWinnerOfAnotherTargetLeadsItsRung) {
  Put("server-default", workload_, server_, 1, 30);
  Put("server-winner", workload_, server_, 2, 20);
  Put("server-lucky", workload_, server_, 3, 10);
  Decide(workload_, server_, "server-winner", "server-default", v1::VERDICT_FASTER);
  EXPECT_THAT(Answers(), ElementsAre("SAME_CLASS server-winner", "SAME_CLASS server-lucky",
                                     "SAME_CLASS server-default"));
}

TEST_P(LookupTest, NearestShapesComeLastAndNearestFirst) {
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

TEST_P(LookupTest, ANearShapeMayBeOnTheClassButThisTargetComesFirst) {
  const v1::Workload twice = MakeWorkload("conv", {56, 56, 128, 64});
  Put("server", twice, server_, 1, 10);
  Put("box", twice, box_, 2, 100);
  Put("laptop", twice, laptop_, 3, 1);
  EXPECT_THAT(Answers(), ElementsAre("NEAREST_SHAPE box", "NEAREST_SHAPE server"));
  EXPECT_THAT(Lookup().candidates(1).reason(), HasSubstr("on server"));
}

TEST_P(LookupTest, FarShapesAndOtherRanksAreNotUsed) {
  Put("far", MakeWorkload("conv", {56, 56, 64, 64 * 16}), box_, 1, 10);
  Put("other-rank", MakeWorkload("conv", {56, 56, 64}), box_, 1, 10);
  EXPECT_THAT(Answers(), IsEmpty());
}

TEST_P(LookupTest, OnlyAFewNeighboursAreAsked) {
  for (int64_t channels = 33; channels < 63; ++channels) {
    const v1::Workload near = MakeWorkload("conv", {56, 56, 64, channels});
    for (int tile = 0; tile < 3; ++tile) Put(absl::StrCat(channels, "-", tile), near, box_, tile, 10 + tile);
  }
  EXPECT_THAT(Answers(), ElementsAre("NEAREST_SHAPE 62-0", "NEAREST_SHAPE 62-1", "NEAREST_SHAPE 61-0",
                                     "NEAREST_SHAPE 61-1", "NEAREST_SHAPE 60-0", "NEAREST_SHAPE 60-1",
                                     "NEAREST_SHAPE 59-0", "NEAREST_SHAPE 59-1"));
}

class ThreadsTest : public LookupTest {
 protected:
  void PutWith(int threads, const std::string& trial, const v1::Workload& workload, const v1::Target& target,
               int tile, double us) {
    v1::Record record = MakeRecord(trial, workload, target, tile, us);
    record.set_threads(threads);
    Put(record, workload);
  }
  std::vector<std::string> AnswersFor(int threads) {
    options_.set_threads(threads);
    return Answers();
  }
  std::string FirstReason(int threads) {
    options_.set_threads(threads);
    return Lookup().candidates(0).reason();
  }
};

TEST_P(ThreadsTest, TheWantedNumberComesFirstThenTheNearest) {
  PutWith(1, "one", workload_, box_, 1, 400);
  PutWith(2, "two", workload_, box_, 2, 200);
  PutWith(8, "eight", workload_, box_, 3, 50);
  EXPECT_THAT(AnswersFor(0), ElementsAre("EXACT one", "EXACT two", "EXACT eight"));
  EXPECT_THAT(AnswersFor(2), ElementsAre("EXACT two", "EXACT one", "EXACT eight"));
  EXPECT_THAT(AnswersFor(6), ElementsAre("EXACT eight", "EXACT two", "EXACT one"));
  EXPECT_EQ(FirstReason(1), "this workload on this target: measured, 400.0 us");
  EXPECT_EQ(FirstReason(6), "this workload on this target: measured, 50.0 us; tuned for 8 threads");
}

TEST_P(ThreadsTest, EachNumberHasItsDecision) {
  for (const int threads : {1, 4}) {
    const std::string suffix = absl::StrCat("-", threads);
    PutWith(threads, "default" + suffix, workload_, box_, 1, 200);
    PutWith(threads, "winner" + suffix, workload_, box_, 1 + threads, 120);
    v1::LogEntry entry;
    *entry.mutable_decision() = MakeDecision(
        workload_, box_,
        {.trial_id = "winner" + suffix, .default_trial_id = "default" + suffix, .threads = threads});
    ASSERT_THAT(store_->PutEntries({entry}), IsOk());
    const auto decision = store_->GetDecision({workload_.id(), TargetFingerprint(box_), threads});
    ASSERT_THAT(decision, IsOk());
    EXPECT_EQ(decision->trial_id(), "winner" + suffix);
    EXPECT_EQ(decision->threads(), threads);
  }
  EXPECT_THAT(AnswersFor(1), ElementsAre("EXACT winner-1", "EXACT default-1", "EXACT winner-4"));
  EXPECT_THAT(AnswersFor(4), ElementsAre("EXACT winner-4", "EXACT default-4", "EXACT winner-1"));
}

TEST_P(ThreadsTest, ARungIsBetterThanANumberOfThreads) {
  PutWith(1, "here", workload_, box_, 1, 400);
  PutWith(1, "class-one", workload_, server_, 2, 10);
  PutWith(4, "class-four", workload_, server_, 3, 20);
  PutWith(4, "near-four", MakeWorkload("conv", {56, 56, 128, 64}), box_, 4, 1);
  EXPECT_THAT(AnswersFor(4), ElementsAre("EXACT here", "SAME_CLASS class-four", "SAME_CLASS class-one",
                                         "NEAREST_SHAPE near-four"));
  EXPECT_THAT(FirstReason(4), HasSubstr("; tuned for 1 thread"));
}

class MatchTest : public LookupTest {
 protected:
  void SetUp() override {
    options_.set_backend("cpu");
    options_.set_backend_version("version 1");  // the version that MakeRecord sets
  }
  void PutOther(const std::string& trial, int tile, double us) {
    v1::Record record = MakeRecord(trial, workload_, box_, tile, us);
    record.set_backend_version("version 2");
    Put(record, workload_);
  }
};

TEST_P(MatchTest, LooseTakesOtherVersionsAfterTheSame) {
  PutOther("other", 1, 10);
  Put("same", workload_, box_, 2, 100);
  EXPECT_THAT(Answers(), ElementsAre("EXACT same", "EXACT other"));
  EXPECT_EQ(Lookup().candidates(0).reason(), "this workload on this target: measured, 100.0 us");
  EXPECT_EQ(Lookup().candidates(1).reason(),
            "this workload on this target: measured, 10.0 us; measured by another version (cpu, version 2)");
  options_.clear_backend();
  EXPECT_THAT(Answers(), ElementsAre("EXACT other", "EXACT same")) << "all versions are treated alike";
}

TEST_P(MatchTest, StrictTakesTheSameVersionOnly) {
  options_.set_match(v1::MATCH_STRICT);
  PutOther("other-default", 1, 20);
  PutOther("other", 2, 10);
  Decide(workload_, box_, "other", "other-default", v1::VERDICT_FASTER);
  EXPECT_THAT(Answers(), IsEmpty());
  Put("same", workload_, box_, 3, 100);
  EXPECT_THAT(Answers(), ElementsAre("EXACT same"));
  options_.set_backend("gpu");
  EXPECT_THAT(Answers(), IsEmpty());
  options_.clear_backend_version();
  EXPECT_THAT(store_->Lookup(workload_, box_, options_), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(MatchTest, ADecisionOfAnotherVersionIsWorthMoreThanATime) {
  PutOther("default", 1, 200);
  PutOther("winner", 2, 120);
  Decide(workload_, box_, "winner", "default", v1::VERDICT_FASTER);
  Put("lucky", workload_, box_, 3, 100);
  EXPECT_THAT(Answers(), ElementsAre("EXACT winner", "EXACT lucky", "EXACT default"));
  EXPECT_THAT(Lookup().candidates(0).reason(),
              HasSubstr("winner, 1.25x the default; measured by another version (cpu, version 2)"));
}

// Tests with a family of machines, as compiler/targets describes it, and with boards that report more
// features than the family asks for.
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
    const auto result = store_->Lookup(workload_, target, {});
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

TEST_P(FamilyTest, TheSameMicroarchitectureComesFirstHoweverOldOrSlow) {
  Put("pi", workload_, pi_, 1, 500);
  Put("orin", workload_, orin_, 2, 100);
  Put("old", workload_, old_, 3, 900);  // it is the newest record, and nearer than the orin
  const std::vector<std::string> reasons = Ask(family_);
  ASSERT_EQ(reasons.size(), 3u);
  EXPECT_THAT(reasons[0], HasSubstr("pi: this workload on pi-1, of the same class aarch64/128 and the same "
                                    "micro-architecture cortex-a76, distance 3.0: measured"));
  EXPECT_THAT(reasons[1], HasSubstr("old: this workload on pi-0, of the same class aarch64/128, of the "
                                    "micro-architecture cortex-a53, distance 0.0"));
  EXPECT_THAT(reasons[2], HasSubstr("orin: this workload on orin-1"));
}

TEST_P(FamilyTest, ADecisionOnAFartherBoardDoesNotPassTheNearestOnes) {
  Put("pi-default", workload_, pi_, 1, 500);
  Put("orin-default", workload_, orin_, 1, 100);
  Put("orin-winner", workload_, orin_, 2, 50);
  Decide(workload_, orin_, "orin-winner", "orin-default", v1::VERDICT_FASTER);
  EXPECT_THAT(Ask(family_)[0], HasSubstr("pi-default: "));
  EXPECT_THAT(Ask(old_)[0],
              HasSubstr("pi-default: "));  // no board has this design, so the nearest one comes first
}

TEST_P(FamilyTest, NearShapesPreferTheSameMicroarchitectureToo) {
  const v1::Workload twice = MakeWorkload("conv", {56, 56, 128, 64});
  Put("orin", twice, orin_, 1, 10);
  Put("pi", twice, pi_, 2, 100);
  const std::vector<std::string> reasons = Ask(family_);
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_THAT(reasons[0], HasSubstr("pi: near shape"));
  EXPECT_THAT(reasons[0], HasSubstr("the same micro-architecture cortex-a76"));
}

TEST_P(FamilyTest, WhatAnEmulatorDecidedCountsForItsOwnTargetOnlyAndLast) {
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
              ElementsAre(HasSubstr("winner: this workload on this target, measured in an emulator")));
  EXPECT_THAT(Ask(family_), IsEmpty());
  Put("timed", workload_, pi_, 3, 1000);
  EXPECT_THAT(Ask(pi_), ElementsAre(HasSubstr("timed: "), HasSubstr("winner: ")));
}

INSTANTIATE_TEST_SUITE_P(Engines, LookupTest, Engines(), EngineName);
INSTANTIATE_TEST_SUITE_P(Engines, FamilyTest, Engines(), EngineName);
INSTANTIATE_TEST_SUITE_P(Engines, MatchTest, Engines(), EngineName);
INSTANTIATE_TEST_SUITE_P(Engines, ThreadsTest, Engines(), EngineName);

}  // namespace
}  // namespace diapason::db
