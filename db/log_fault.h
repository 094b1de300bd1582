// A mark for errors of the tuning log itself: it cannot be opened, is damaged, is locked, has another
// version, or its disk is full. Without the mark, such errors could not be told from questions that a
// sound log cannot answer ("there is no such job"), because NotFound or Unavailable can be either. The
// mark is a payload of the status. WithContext and WithMessage keep it; gRPC does not transport it.
#ifndef DIAPASON_DB_LOG_FAULT_H_
#define DIAPASON_DB_LOG_FAULT_H_

#include "absl/status/status.h"

namespace diapason::db {

// Returns the same error with the mark. OK stays OK.
absl::Status LogFault(absl::Status status);

// Returns whether the error has the mark.
bool IsLogFault(const absl::Status& status);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOG_FAULT_H_
