// Messages of one line, whatever they quote.
#ifndef DIAPASON_PROTO_BASE_ONE_LINE_H_
#define DIAPASON_PROTO_BASE_ONE_LINE_H_

#include "absl/status/status.h"

namespace diapason {

// The same status with line breaks as blanks: for messages that quote a file's contents or another library.
absl::Status OnOneLine(const absl::Status& status);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_ONE_LINE_H_
