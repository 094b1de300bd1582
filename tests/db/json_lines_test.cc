#include "db/json_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/mutations.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class JsonLinesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(store_->PutWorkload(conv_), IsOk());
    ASSERT_THAT(store_->PutWorkload(gemm_), IsOk());
    ASSERT_THAT(store_->PutSketch(TheSketch()), IsOk());
    v1::Record full = MakeRecord("default", conv_, box_, 1, 0.1);  // no exact binary fraction
    full.add_feature_row(std::numeric_limits<float>::quiet_NaN());
    full.add_feature_row(0.3f);
    full.set_created_unix_us(int64_t{1} << 60);
    ASSERT_THAT(store_->PutRecord(full), IsOk());
    ASSERT_THAT(store_->PutRecord(MakeRecord("winner", conv_, box_, 2, 0.05)), IsOk());
    ASSERT_THAT(store_->PutRecord(MakeFailure("crash", gemm_, box_, 3, v1::OUTCOME_KIND_CRASHED)), IsOk());
    v1::LogEntry decision;
    *decision.mutable_decision() =
        MakeDecision(conv_, box_, {.trial_id = "winner", .default_trial_id = "default", .speed_up = 2});
    ASSERT_THAT(store_->PutEntries({decision}), IsOk());
  }
  std::string Export(const RecordStore& store, const RecordQuery& query = {}) {
    std::ostringstream out;
    const auto records = ExportJsonLines(store, query, out);
    EXPECT_THAT(records, IsOk());
    return out.str();
  }
  static absl::StatusOr<ImportResult> Import(const std::string& text, RecordStore& store) {
    std::istringstream in(text);
    return ImportJsonLines(in, store, TodaysIdentity);
  }

  const std::unique_ptr<RecordStore> store_ = OpenOrDie("sqlite::memory:");
  const std::unique_ptr<RecordStore> copy_ = OpenOrDie("sqlite::memory:");
  const v1::Workload conv_ = MakeWorkload("conv", {56, 56, 64});
  const v1::Workload gemm_ = MakeWorkload("gemm", {512, 512, 512});
  const v1::Target box_ = MakeTarget("box", "x86-64-v4");
};

TEST_F(JsonLinesTest, AnImportedLogIsTheExportedOne) {
  const auto imported = Import(Export(*store_), *copy_);
  ASSERT_THAT(imported, IsOk());
  EXPECT_EQ(imported->records, 3);
  EXPECT_EQ(imported->known, 0);
  EXPECT_EQ(Export(*copy_), Export(*store_));
  const std::vector<v1::Record> before = *store_->FindRecords({});
  const std::vector<v1::Record> after = *copy_->FindRecords({});
  ASSERT_EQ(before.size(), after.size());
  google::protobuf::util::MessageDifferencer same;
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  same.set_field_comparator(&comparator);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(same.Compare(before[i], after[i]));
  EXPECT_EQ(copy_->GetDecision(TaskOf(conv_, box_))->trial_id(), "winner");
}

TEST_F(JsonLinesTest, ImportingAgainChangesNothing) {
  const std::string text = Export(*store_);
  ASSERT_THAT(Import(text, *copy_), IsOk());
  const auto again = Import(text, *copy_);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->records, 0);
  EXPECT_EQ(again->known, 3);
  EXPECT_EQ(Export(*copy_), text);
}

TEST_F(JsonLinesTest, APartOfALogIsComplete) {
  const auto imported = Import(Export(*store_, {.workload_id = gemm_.id()}), *copy_);
  ASSERT_THAT(imported, IsOk());
  EXPECT_THAT(TrialIds(*copy_->FindRecords({})), ElementsAre("crash"));
  EXPECT_EQ(copy_->FindWorkloads("")->size(), 1u);
}

TEST_F(JsonLinesTest, ADecisionWithoutItsRecordsStaysBehind) {
  const std::string text =
      Export(*store_, {.only_ok = true, .limit = 1});  // it exports the winner but not its default
  EXPECT_EQ(text.find("decision"), std::string::npos);
  EXPECT_THAT(Import(text, *copy_), IsOk());
}

TEST_F(JsonLinesTest, ABadLineIsNamedAndWhatCameBeforeStays) {
  const std::string text = Export(*store_);
  const auto imported = Import(text + "{\"record\": {\"trialId\": 7", *copy_);
  EXPECT_THAT(imported, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(imported.status().message()), HasSubstr("line 8"));
  EXPECT_EQ(copy_->FindRecords({})->size(), 3u);
}

// A sketch under the hash of another one would change what the records of that one mean.
TEST_F(JsonLinesTest, ASketchHasTheHashOfItsText) {
  const std::string text = Export(*store_);
  const size_t place = text.find("\"text\":\"", text.find("{\"sketch\":"));
  ASSERT_NE(place, std::string::npos);
  std::string forged = text;
  forged.insert(place + 8, "// changed ");
  const auto imported = Import(forged, *copy_);
  EXPECT_THAT(imported, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not that of its text")));
}

TEST_F(JsonLinesTest, AMessageIsOneLineWhateverItQuotes) {
  for (const char* line : {R"({"decision": {"workloadId": "a\nb", "trialId": "c\nd"}})", R"({"record": )"})
    EXPECT_EQ(Import(line, *copy_).status().message().find('\n'), absl::string_view::npos) << line;
}

TEST_F(JsonLinesTest, ARecordWithoutItsWorkloadIsRefused) {
  const std::string text = Export(*store_);
  const auto imported = Import(text.substr(text.find('\n') + 1), *copy_);
  EXPECT_THAT(imported, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(imported.status().message()), HasSubstr("line 2"));
}

TEST_F(JsonLinesTest, DamagedLogsAreRefusedOrRead) {
  testing::ExpectMutationsAreRefusedOrRead(
      {Export(*store_)}, 500,
      [](const std::string& text) { return Import(text, *OpenOrDie("sqlite::memory:")).status(); },
      {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound});
}

// A decision of another log replaces the decision here only if its comparison tested it, or if it shows a
// larger gain over the default.
TEST_F(JsonLinesTest, AnImportedDecisionIsComparedBeforeItReplaces) {
  ASSERT_THAT(Import(Export(*store_), *copy_), IsOk());
  ASSERT_THAT(store_->PutRecord(MakeRecord("other", conv_, box_, 4, 0.04)), IsOk());
  const auto line = [&](double speed_up, v1::Verdict verdict, const std::string& incumbent) {
    v1::LogEntry entry;
    *entry.mutable_decision() = MakeDecision(
        conv_, box_,
        {.trial_id = "other", .default_trial_id = "default", .verdict = verdict, .speed_up = speed_up});
    entry.mutable_decision()->set_incumbent_trial_id(incumbent);
    const auto log = OpenOrDie("sqlite::memory:");
    EXPECT_THAT(Import(Export(*store_), *log), IsOk());
    EXPECT_THAT(log->PutEntries({entry}), IsOk());
    return log->GetDecision(TaskOf(conv_, box_))->trial_id();
  };
  EXPECT_EQ(line(1.5, v1::VERDICT_FASTER, ""), "winner");
  EXPECT_EQ(line(1, v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE, ""), "winner");
  EXPECT_EQ(line(2.5, v1::VERDICT_FASTER, ""), "other");
  EXPECT_EQ(line(1.5, v1::VERDICT_FASTER, "winner"), "other");
}

// Imports a file that an earlier release exported. Its ids and fingerprints differ from today's, and it
// has no number of threads.
TEST_F(JsonLinesTest, AnOldExportGetsTheIdentitiesOfToday) {
  const v1::Workload old = MakeOldWorkload("conv", {56, 56, 64});
  std::string text;
  const auto add = [&text](const v1::LogEntry& entry) {
    std::string line;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(entry, &line).ok());
    absl::StrAppend(&text, line, "\n");
  };
  v1::LogEntry workload, sketch, record, decision;
  *workload.mutable_workload() = old;
  *sketch.mutable_sketch() = TheSketch();
  *record.mutable_record() = MakeRecord("t1", old, box_, 1, 100);
  record.mutable_record()->clear_threads();
  record.mutable_record()->clear_backend();
  record.mutable_record()->set_target_fingerprint("old");
  *decision.mutable_decision() = MakeDecision(old, box_, {.trial_id = "t1", .threads = 0});
  decision.mutable_decision()->set_target_fingerprint("old");
  for (const v1::LogEntry& entry : {workload, sketch, record, decision}) add(entry);
  EXPECT_THAT(text, HasSubstr("\"compilerVersion\":\"version 1\""));  // as earlier releases wrote it
  ASSERT_THAT(Import(text, *copy_), IsOk());
  const auto found = copy_->Lookup(conv_, box_, {});
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->candidates_size(), 1);
  EXPECT_THAT(found->candidates(0).reason(), HasSubstr("winner"));
  EXPECT_EQ(found->candidates(0).record().backend(), "cpu");
  EXPECT_EQ(copy_->GetDecision(TaskOf(conv_, box_))->trial_id(), "t1");
}

// Exports and imports many records. They must not all be in memory at once, and not each of them may cause
// a write to disk.
TEST_F(JsonLinesTest, ALargeLogPassesInBoundedPieces) {
  for (int i = 0; i < 2500; ++i) {
    ASSERT_THAT(store_->PutRecord(MakeRecord(absl::StrCat("t", i), conv_, box_, i, 100 + i)), IsOk());
  }
  const std::string text = Export(*store_);
  const auto imported = Import(text + "{\"record\": {}}\n", *copy_);
  EXPECT_THAT(imported, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(imported.status().message()), HasSubstr("line 2508"));
  EXPECT_EQ(copy_->FindRecords({})->size(), 2503u);
  EXPECT_EQ(Export(*copy_), text);
}

TEST_F(JsonLinesTest, EmptyLinesAreSkippedAndEmptyEntriesRefused) {
  EXPECT_THAT(Import("\n\n", *copy_), IsOk());
  EXPECT_THAT(Import("{}", *copy_), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(JsonLinesTest, AnOutputThatTakesNoMoreIsUnavailable) {
  std::ofstream full("/dev/full");
  EXPECT_THAT(ExportJsonLines(*store_, {}, full), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace diapason::db
