// Messages that are stored in columns as bytes.
#ifndef DIAPASON_DB_STORED_MESSAGE_H_
#define DIAPASON_DB_STORED_MESSAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "db/log_fault.h"
#include "db/sql_connection.h"
#include "proto/base/status_macros.h"

namespace diapason::db {

// Parses a message. DataLoss: the bytes are not such a message.
template <typename Message>
absl::StatusOr<Message> ParseStored(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) {
    return LogFault(absl::DataLossError(absl::StrCat("the log contains a damaged ", message.GetTypeName(),
                                                     "; restore a copy or start a new log")));
  }
  return message;
}

// Reads the message in a column of the present row. DataLoss: the bytes are not such a message.
template <typename Message>
absl::StatusOr<Message> ReadMessage(const Statement& row, int column) {
  return ParseStored<Message>(row.Blob(column));
}

// Reads the messages in column 0 of all remaining rows.
template <typename Message>
absl::StatusOr<std::vector<Message>> ReadMessages(Statement& rows) {
  std::vector<Message> messages;
  while (true) {
    DIAPASON_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return messages;
    DIAPASON_ASSIGN_OR_RETURN(messages.emplace_back(), ReadMessage<Message>(rows, 0));
  }
}

}  // namespace diapason::db

#endif  // DIAPASON_DB_STORED_MESSAGE_H_
