// Records in SQL. Each function works in whatever transaction is open.
#ifndef DIAPASON_DB_STORED_RECORDS_H_
#define DIAPASON_DB_STORED_RECORDS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "db/record_store.h"
#include "db/sqlite.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/trial.pb.h"

namespace diapason::db {

// AlreadyExists: that trial is stored. NotFound: its workload or its sketch is not. InvalidArgument: a key is
// missing.
absl::Status InsertRecord(Connection& connection, const v1::Record& record);

// Newest first.
absl::StatusOr<std::vector<v1::Record>> FindRecords(Connection& connection, const RecordQuery& query);

// For reading what FindRecords would find, oldest first and a part at a time. Records have sequence numbers
// from 1 on.
//
// The number that comes right before the first record to read.
absl::StatusOr<int64_t> SequenceBeforeFirst(Connection& connection, const RecordQuery& query);
// The next few records after the number `last`, which then is that of the last of them. Empty: there are no
// more.
absl::StatusOr<std::vector<v1::Record>> ReadNextRecords(Connection& connection, const RecordQuery& query,
                                                        int64_t& last);

// The target of the newest trial that this device did: what "device:NAME" means where the device itself is
// not asked. NotFound: it did none; the message names devices that did.
absl::StatusOr<v1::Target> FindTargetOfDevice(Connection& connection, absl::string_view device_id);

}  // namespace diapason::db

#endif  // DIAPASON_DB_STORED_RECORDS_H_
