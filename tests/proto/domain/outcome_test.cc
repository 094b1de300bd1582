#include "proto/domain/outcome.h"

#include <gtest/gtest.h>

namespace diapason {
namespace {

TEST(OutcomeTest, EveryKindHasASubject) {
  for (int kind = v1::OUTCOME_KIND_OK; kind <= v1::OUTCOME_KIND_OUT_OF_MEMORY; ++kind) {
    EXPECT_TRUE(IsAboutSchedule(static_cast<v1::OutcomeKind>(kind))) << kind;
  }
  EXPECT_EQ(SubjectOf(v1::OUTCOME_KIND_DEVICE_LOST), OutcomeSubject::kDevice);
  EXPECT_EQ(SubjectOf(v1::OUTCOME_KIND_THROTTLED), OutcomeSubject::kDevice);
  EXPECT_EQ(SubjectOf(v1::OUTCOME_KIND_REFERENCE_FAILED), OutcomeSubject::kReference);
  EXPECT_EQ(SubjectOf(v1::OUTCOME_KIND_CANCELLED), OutcomeSubject::kNothing);
}

// A newer agent may send kinds that this release does not know. They must not teach the cost model.
TEST(OutcomeTest, AnUnknownKindIsAboutTheDevice) {
  EXPECT_EQ(SubjectOf(v1::OUTCOME_KIND_UNSPECIFIED), OutcomeSubject::kDevice);
  EXPECT_EQ(SubjectOf(static_cast<v1::OutcomeKind>(v1::OutcomeKind_MAX + 1)), OutcomeSubject::kDevice);
}

TEST(OutcomeTest, MessagesAreOneShortLine) {
  const v1::Outcome outcome = MakeOutcome(v1::OUTCOME_KIND_CRASHED, "first\nsecond" + std::string(5000, 'x'));
  EXPECT_EQ(outcome.message().size(), 2000u);
  EXPECT_EQ(outcome.message().substr(0, 13), "first secondx");
  EXPECT_EQ(MakeOutcome(v1::OUTCOME_KIND_CRASHED, " a \r\n\t b\n").message(), "a b");
}

// Programs and libraries may write any bytes. protobuf does not parse a string that is not UTF-8.
TEST(OutcomeTest, MessagesAreUtf8) {
  const auto message = [](const std::string& said) {
    return MakeOutcome(v1::OUTCOME_KIND_CRASHED, said).message();
  };
  EXPECT_EQ(message("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(message("\xff\xc3"), "??") << "a byte that is not a character, and half a character";
  EXPECT_EQ(message("\xc0\xaf|\xe0\x80\xaf|\xed\xa0\x80|\xf4\x90\x80\x80"), "??|???|???|????")
      << "overlong forms, a surrogate, and a value above the last character";
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "\xe2\x82\xac";
  EXPECT_EQ(message(many).size(), 1998u) << "no character is cut in half";
}

TEST(OutcomeTest, AContextComesBeforeTheMessage) {
  const v1::Outcome outcome = MakeOutcome(v1::OUTCOME_KIND_CRASHED, std::string(2000, 'x'));
  const v1::Outcome rival = WithContext(outcome, "rival 0");
  EXPECT_EQ(rival.kind(), v1::OUTCOME_KIND_CRASHED);
  EXPECT_EQ(rival.message().substr(0, 10), "rival 0: x");
  EXPECT_EQ(rival.message().size(), 2000u);
}

TEST(OutcomeTest, KindsHaveNames) { EXPECT_EQ(OutcomeKindWord(v1::OUTCOME_KIND_DEVICE_LOST), "device_lost"); }

}  // namespace
}  // namespace diapason
