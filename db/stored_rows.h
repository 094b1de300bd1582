// Helpers for the statements of several tables.
#ifndef DIAPASON_DB_STORED_ROWS_H_
#define DIAPASON_DB_STORED_ROWS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "db/sql_connection.h"
#include "proto/base/status_macros.h"

namespace diapason::db {

// Returns InvalidArgument if a key is empty. `name` is its name in the message.
inline absl::Status CheckKey(absl::string_view value, absl::string_view name) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot store an entry without a ", name));
}

// Binds a text; an empty one is stored as NULL.
inline void BindOptionalText(Statement& statement, absl::string_view value) {
  value.empty() ? statement.BindNull() : statement.BindText(value);
}

// Steps to the only row that `statement` selects. NotFound: there is none.
inline absl::Status StepToRow(Statement& statement, absl::string_view what, absl::string_view key) {
  DIAPASON_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (row) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("the log has no ", what, " ", key));
}

// Returns the texts in column 0 of all remaining rows.
inline absl::StatusOr<std::vector<std::string>> ReadTexts(Statement& rows) {
  std::vector<std::string> texts;
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return texts;
    texts.push_back(rows.Text(0));
  }
}

}  // namespace diapason::db

#endif  // DIAPASON_DB_STORED_ROWS_H_
