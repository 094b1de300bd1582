// Words for errors without a message. gRPC reports some errors only with a code, e.g. when a call was
// cancelled or the other side does not know it. Every error that a person sees must say something.
#ifndef DIAPASON_PROTO_BASE_STATUS_WORDS_H_
#define DIAPASON_PROTO_BASE_STATUS_WORDS_H_

#include "absl/status/status.h"

namespace diapason {

// Returns the status unchanged if it is OK or has a message. Otherwise adds a message that says what its
// code means.
absl::Status WithWords(const absl::Status& status);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_STATUS_WORDS_H_
