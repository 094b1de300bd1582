#include "db/decision_rule.h"

namespace diapason::db {

bool Replaces(const v1::Decision& standing, const v1::Decision& found) {
  if (found.trial_id() == standing.trial_id()) return false;  // both are from the same comparison
  if (found.incumbent_trial_id() == standing.trial_id()) return !found.keeps_incumbent();
  if (found.verdict() != v1::VERDICT_FASTER) return false;
  return standing.verdict() != v1::VERDICT_FASTER || found.speed_up() > standing.speed_up();
}

}  // namespace diapason::db
