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

// A newer agent may send kinds that this release does not know: they must not teach the cost model.
TEST(OutcomeTest, AnUnknownKindIsTheDevices) {
  EXPECT_EQ(SubjectOf(v1::OUTCOME_KIND_UNSPECIFIED), OutcomeSubject::kDevice);
  EXPECT_EQ(SubjectOf(static_cast<v1::OutcomeKind>(v1::OutcomeKind_MAX + 1)), OutcomeSubject::kDevice);
}

TEST(OutcomeTest, MessagesAreOneShortLine) {
  const v1::Outcome outcome = MakeOutcome(v1::OUTCOME_KIND_CRASHED, "first\nsecond" + std::string(5000, 'x'));
  EXPECT_EQ(outcome.message().size(), 2000u);
  EXPECT_EQ(outcome.message().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace diapason
