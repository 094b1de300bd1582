// Exports the log as JSON Lines and imports them. Each line is one LogEntry (proto/diapason/v1/log.proto).
// An export contains everything that its records refer to, so that a part of one log can become part of
// another.
#ifndef DIAPASON_DB_JSON_LINES_H_
#define DIAPASON_DB_JSON_LINES_H_

#include <cstdint>
#include <istream>
#include <ostream>

#include "absl/status/statusor.h"
#include "db/record_store.h"

namespace diapason::db {

// Writes the records that `query` finds, oldest first and each after its workload and its sketch. After
// the records, writes the decisions between them. Returns the number of records. Unavailable: `out`
// accepts no more data.
absl::StatusOr<int64_t> ExportJsonLines(const RecordStore& store, const RecordQuery& query,
                                        std::ostream& out);

// What an import did.
struct ImportResult {
  int64_t records = 0;  // how many records were stored
  int64_t known = 0;    // how many records the log already had
};

// Stores the lines in groups, each group in one transaction. Entries of an earlier release get today's
// identities (identity_update.h); for this, `identity` is called for each workload. InvalidArgument,
// NotFound: a line is not a LogEntry, or the line refers to something that does not come before it. The
// message names the line. Everything before that line is stored, so the corrected file can simply be
// imported again.
absl::StatusOr<ImportResult> ImportJsonLines(std::istream& in, RecordStore& store,
                                             const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_JSON_LINES_H_
