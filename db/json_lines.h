// The log as JSON Lines, out and in: one LogEntry (proto/diapason/v1/log.proto) a line, with all that its
// records refer to, so that a part of one log can become part of another.
#ifndef DIAPASON_DB_JSON_LINES_H_
#define DIAPASON_DB_JSON_LINES_H_

#include <cstdint>
#include <istream>
#include <ostream>

#include "absl/status/statusor.h"
#include "db/record_store.h"

namespace diapason::db {

// Records that `query` finds, oldest first, each after its workload and sketch; then the decisions between
// them. Returns the number of records. Unavailable: `out` takes no more.
absl::StatusOr<int64_t> ExportJsonLines(const RecordStore& store, const RecordQuery& query,
                                        std::ostream& out);

struct ImportResult {
  int64_t records = 0;  // stored now
  int64_t known = 0;    // were there before
};

// Stores many lines at a time, each group in one transaction. What an earlier release exported gets today's
// identities (identity_update.h), for which `identity` is asked about each workload. InvalidArgument,
// NotFound: a line is not a LogEntry, or what it refers to does not come before it; says which line. What
// came before it is stored, and reading the mended file again goes on from there.
absl::StatusOr<ImportResult> ImportJsonLines(std::istream& in, RecordStore& store,
                                             const WorkloadIdentity& identity);

}  // namespace diapason::db

#endif  // DIAPASON_DB_JSON_LINES_H_
