// An error that reaches a person always says something: gRPC reports some errors (a call that the other side
// does not know, a cancelled one) with a code and no message.
#ifndef DIAPASON_PROTO_BASE_STATUS_WORDS_H_
#define DIAPASON_PROTO_BASE_STATUS_WORDS_H_

#include "absl/status/status.h"

namespace diapason {

// The same status where it is OK or has a message; else one with a sentence that says what its code means.
absl::Status WithWords(const absl::Status& status);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_STATUS_WORDS_H_
