// Records in SQL. Each function works in the transaction that is open, if there is one.
#ifndef DIAPASON_DB_STORED_RECORDS_H_
#define DIAPASON_DB_STORED_RECORDS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/record_store.h"
#include "db/sql_connection.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::db {

// Stores a record. AlreadyExists: a record of this trial is stored. NotFound: its workload or its sketch
// is not stored. InvalidArgument: a key is missing.
absl::Status InsertRecord(Connection& connection, const v1::Record& record);

// Returns the records that `query` selects, newest first.
absl::StatusOr<std::vector<v1::Record>> FindRecords(Connection& connection, const RecordQuery& query);

// The next two functions read what FindRecords would find, but oldest first and a part at a time. Records
// have sequence numbers, which begin with 1.
//
// Returns the number directly before that of the first record to read.
absl::StatusOr<int64_t> SequenceBeforeFirst(Connection& connection, const RecordQuery& query);
// Returns the next few records after the number `last`, and sets `last` to the number of the last one.
// Returns none at the end.
absl::StatusOr<std::vector<v1::Record>> ReadNextRecords(Connection& connection, const RecordQuery& query,
                                                        int64_t& last);

// Returns the target of the newest trial that this device did. NotFound: it did none; the message names
// devices that did.
absl::StatusOr<v1::Target> FindTargetOfDevice(Connection& connection, absl::string_view device_id);

}  // namespace diapason::db

#endif  // DIAPASON_DB_STORED_RECORDS_H_
