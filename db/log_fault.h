// Tells what is wrong with a tuning log itself (it cannot be opened, is broken, locked, of another version,
// on a full disk) from questions that a sound log cannot answer ("no such job"): the codes alone do not,
// since NotFound or Unavailable can be either. The mark is a payload of the status; WithContext and
// WithMessage keep it, gRPC does not carry it.
#ifndef DIAPASON_DB_LOG_FAULT_H_
#define DIAPASON_DB_LOG_FAULT_H_

#include "absl/status/status.h"

namespace diapason::db {

// The same error, marked. OK stays OK.
absl::Status LogFault(absl::Status status);

bool IsLogFault(const absl::Status& status);

}  // namespace diapason::db

#endif  // DIAPASON_DB_LOG_FAULT_H_
