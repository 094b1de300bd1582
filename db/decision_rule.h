// The rule that says which of two decisions about the same task counts. It keeps a weaker comparison from
// replacing a better decision. A log applies the rule to each decision that a job or an import brings, in
// the transaction that stores the decision. The result is a column of the table `winner`; the view
// `decision` of db/migrations shows the decisions that count.
#ifndef DIAPASON_DB_DECISION_RULE_H_
#define DIAPASON_DB_DECISION_RULE_H_

#include "diapason/v1/log.pb.h"

namespace diapason::db {

// Returns whether `found` replaces `standing`, the decision that counts now.
//
// If the comparison tested the winner of the standing decision, its own result decides. It did not test
// that winner if it ran on another machine, if another job made its decision in the meantime, or if the
// winner could not take part. Then the two decisions can only be compared by the default schedule, which
// took part in both comparisons: `found` needs a significant result and the larger speed-up.
bool Replaces(const v1::Decision& standing, const v1::Decision& found);

}  // namespace diapason::db

#endif  // DIAPASON_DB_DECISION_RULE_H_
