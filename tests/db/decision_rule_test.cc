#include "db/decision_rule.h"

#include <gtest/gtest.h>

namespace diapason::db {
namespace {

v1::Decision Decision(const std::string& trial, v1::Verdict verdict, double speed_up,
                      const std::string& incumbent = "") {
  v1::Decision decision;
  decision.set_trial_id(trial);
  decision.set_verdict(verdict);
  decision.set_speed_up(speed_up);
  decision.set_incumbent_trial_id(incumbent);
  return decision;
}

const v1::Verdict kFaster = v1::VERDICT_FASTER;
const v1::Verdict kSame = v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE;

TEST(DecisionRule, AComparisonThatTestedTheIncumbentDecides) {
  const v1::Decision standing = Decision("a", kFaster, 2);
  EXPECT_TRUE(Replaces(standing, Decision("b", kFaster, 1.5, "a")));
  EXPECT_TRUE(Replaces(standing, Decision("b", kSame, 1, "a")))
      << "the default was faster than the incumbent";
  v1::Decision keeps = Decision("b", kFaster, 3, "a");
  keeps.set_keeps_incumbent(true);
  EXPECT_FALSE(Replaces(standing, keeps));
}

TEST(DecisionRule, WithoutTheIncumbentAComparisonNeedsALargerGain) {
  const v1::Decision standing = Decision("a", kFaster, 2);
  EXPECT_FALSE(Replaces(standing, Decision("b", kFaster, 1.9)));
  EXPECT_TRUE(Replaces(standing, Decision("b", kFaster, 2.1)));
  EXPECT_FALSE(Replaces(standing, Decision("b", kSame, 1)));
  EXPECT_FALSE(Replaces(standing, Decision("b", kFaster, 0)))
      << "the default did not take part, so the gain is not known";
  EXPECT_FALSE(Replaces(standing, Decision("b", kFaster, 1.9, "another")));
}

TEST(DecisionRule, AnInconclusiveDecisionGivesWayToAConclusiveOne) {
  const v1::Decision standing = Decision("a", kSame, 1);
  EXPECT_TRUE(Replaces(standing, Decision("b", kFaster, 1.1)));
  EXPECT_FALSE(Replaces(standing, Decision("b", kSame, 1)));
}

TEST(DecisionRule, TheSameDecisionReplacesNothing) {
  EXPECT_FALSE(Replaces(Decision("a", kFaster, 2), Decision("a", kFaster, 2)));
}

}  // namespace
}  // namespace diapason::db
