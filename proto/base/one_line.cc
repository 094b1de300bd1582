#include "proto/base/one_line.h"

#include "absl/strings/str_replace.h"
#include "proto/base/status_macros.h"

namespace diapason {

absl::Status OnOneLine(const absl::Status& status) {
  return WithMessage(status, absl::StrReplaceAll(status.message(), {{"\n", " "}, {"\r", " "}}));
}

}  // namespace diapason
