// Which of two decisions about the same task counts: the rule that keeps a weaker comparison from replacing a
// better decision. A log applies it to each decision that it is given, by a job or by an import, in the
// transaction that stores it; the result is a column of the table `winner`, and the view `decision` of
// db/migrations shows those that count.
#ifndef DIAPASON_DB_DECISION_RULE_H_
#define DIAPASON_DB_DECISION_RULE_H_

#include "diapason/v1/log.pb.h"

namespace diapason::db {

// Whether `found` replaces `standing`, the decision that counts now.
//
// If the comparison tested the standing decision's winner, it decides itself. If it did not (it was made on
// another machine, another job has decided meanwhile, or the winner could not take part), the two have in
// common only that each was compared with the default: `found` then needs a significant result and the larger
// speed-up.
bool Replaces(const v1::Decision& standing, const v1::Decision& found);

}  // namespace diapason::db

#endif  // DIAPASON_DB_DECISION_RULE_H_
