// Messages in one line.
#ifndef DIAPASON_PROTO_BASE_ONE_LINE_H_
#define DIAPASON_PROTO_BASE_ONE_LINE_H_

#include "absl/status/status.h"

namespace diapason {

// Returns the same status with each line break in its message replaced by a blank. For messages that quote
// a file's contents or another library.
absl::Status OnOneLine(const absl::Status& status);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_ONE_LINE_H_
