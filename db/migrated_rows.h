// The rows of an SQLite log, for the functions of its migrations.
#ifndef DIAPASON_DB_MIGRATED_ROWS_H_
#define DIAPASON_DB_MIGRATED_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "db/sql_connection.h"
#include "proto/base/status_macros.h"

namespace diapason::db {

// A row that a migration changes.
struct MigratedRow {
  int64_t rowid;
  std::string key;
  std::string body;
  std::string second_body;
};

// Calls `update` with all rows that `table` has now. It reads a few rows at a time, because a row must not
// be written while others are being read. `columns` names the key and two bodies; the second body may be
// NULL.
template <typename Update>
absl::Status ForEachRow(Connection& connection, absl::string_view table, absl::string_view columns,
                        Update update) {
  int64_t last = 0, end = 0;
  {
    DIAPASON_ASSIGN_OR_RETURN(Statement newest,
                              connection.Prepare(absl::StrCat("SELECT max(rowid) FROM ", table)));
    DIAPASON_RETURN_IF_ERROR(newest.Step().status());
    end = newest.Int(0);
  }
  constexpr int64_t kRowsAtOnce = 64;
  while (true) {
    std::vector<MigratedRow> rows;
    {
      DIAPASON_ASSIGN_OR_RETURN(
          Statement select,
          connection.Prepare(absl::StrCat("SELECT rowid, ", columns, " FROM ", table,
                                          " WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?")));
      select.BindInt(last).BindInt(end).BindInt(kRowsAtOnce);
      while (true) {
        DIAPASON_ASSIGN_OR_RETURN(const bool row, select.Step());
        if (!row) break;
        rows.push_back({select.Int(0), select.Text(1), select.Blob(2), select.Blob(3)});
      }
    }
    if (rows.empty()) return absl::OkStatus();
    last = rows.back().rowid;
    for (const MigratedRow& row : rows) DIAPASON_RETURN_IF_ERROR(update(row));
  }
}

}  // namespace diapason::db

#endif  // DIAPASON_DB_MIGRATED_ROWS_H_
