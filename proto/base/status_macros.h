// Macros that return an error to the caller, and functions that change an error's message:
//   DIAPASON_RETURN_IF_ERROR(expr);       // returns the Status of `expr` if it is an error
//   DIAPASON_ASSIGN_OR_RETURN(lhs, expr); // assigns the value of a StatusOr, or returns its error
#ifndef DIAPASON_PROTO_BASE_STATUS_MACROS_H_
#define DIAPASON_PROTO_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace diapason {

// Returns the same error with another message. Its code and its payloads (see db/log_fault.h) stay. OK
// stays OK.
inline absl::Status WithMessage(const absl::Status& status, absl::string_view message) {
  absl::Status changed(status.code(), message);
  status.ForEachPayload(
      [&changed](absl::string_view type, const absl::Cord& payload) { changed.SetPayload(type, payload); });
  return changed;
}

// Returns the same error with "context: " before its message, to say where it happened. OK stays OK.
inline absl::Status WithContext(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  return WithMessage(status, absl::StrCat(context, ": ", status.message()));
}

}  // namespace diapason

// Evaluates `expr`, a Status, and returns it from the calling function if it is an error.
#define DIAPASON_RETURN_IF_ERROR(expr)                   \
  do {                                                   \
    ::absl::Status diapason_status_ = (expr);            \
    if (!diapason_status_.ok()) return diapason_status_; \
  } while (false)

// Evaluates `expr`, a StatusOr. Returns its error from the calling function, or moves its value to `lhs`,
// which may declare a variable.
#define DIAPASON_ASSIGN_OR_RETURN(lhs, expr) \
  DIAPASON_ASSIGN_OR_RETURN_(DIAPASON_CONCAT_(diapason_or_, __LINE__), lhs, expr)

// Parts of the macros above. Do not use them.
#define DIAPASON_CONCAT_INNER_(a, b) a##b
#define DIAPASON_CONCAT_(a, b) DIAPASON_CONCAT_INNER_(a, b)
#define DIAPASON_ASSIGN_OR_RETURN_(or_value, lhs, expr)    \
  auto or_value = (expr);                                  \
  if (!or_value.ok()) return std::move(or_value).status(); \
  lhs = *std::move(or_value)

#endif  // DIAPASON_PROTO_BASE_STATUS_MACROS_H_
