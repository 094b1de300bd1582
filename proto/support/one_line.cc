#include "proto/support/one_line.h"

#include "absl/strings/str_replace.h"

namespace diapason {

absl::Status OnOneLine(const absl::Status& status) {
  return absl::Status(status.code(), absl::StrReplaceAll(status.message(), {{"\n", " "}, {"\r", " "}}));
}

}  // namespace diapason
