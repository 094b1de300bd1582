// Decisions in SQL. Each function works in the transaction that is open, if there is one.
#ifndef DIAPASON_DB_STORED_DECISIONS_H_
#define DIAPASON_DB_STORED_DECISIONS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/sql_connection.h"
#include "diapason/v1/log.pb.h"
#include "proto/domain/task_key.h"

namespace diapason::db {

// Stores the decision; it counts if the rule of decision_rule.h says so. Has no effect if the decision is
// stored already. NotFound: its records or its workload are not stored. InvalidArgument: a key is missing.
absl::Status InsertDecision(Connection& connection, const v1::Decision& decision);

// Returns the decision that counts for a task. NotFound: there is none.
absl::StatusOr<v1::Decision> ReadStandingDecision(Connection& connection, const TaskKey& task);

// Returns the decision whose winner is this record, whether the decision counts or not. NotFound: there is
// none.
absl::StatusOr<v1::Decision> FindDecision(Connection& connection, absl::string_view trial_id);

}  // namespace diapason::db

#endif  // DIAPASON_DB_STORED_DECISIONS_H_
