// Matchers for absl::Status, absl::StatusOr and grpc::Status. A failure prints the whole status.
//
//   EXPECT_THAT(store.Put(record), IsOk());
//   EXPECT_THAT(store.Find("a"), IsOkAndHolds(ElementsAre("b")));
//   EXPECT_THAT(store.Open(path), StatusIs(absl::StatusCode::kNotFound, HasSubstr(path)));
#ifndef DIAPASON_TESTS_TESTING_STATUS_MATCHERS_H_
#define DIAPASON_TESTS_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace diapason {

inline absl::Status AsStatus(const absl::Status& status) { return status; }

template <typename T>
absl::Status AsStatus(const absl::StatusOr<T>& value) {
  return value.status();
}

// A grpc::Status. Its codes have the same numbers.
template <typename T>
  requires requires(const T& status) { status.error_code(); }
absl::Status AsStatus(const T& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  const absl::Status status = AsStatus(arg);
  *result_listener << "which is " << status.ToString();
  return status.ok();
}

// Matches an absl::StatusOr that is OK and whose value matches.
MATCHER_P(IsOkAndHolds, value, "is OK and its value matches") {
  if (!arg.ok()) {
    *result_listener << "which is " << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(value, *arg, result_listener);
}

MATCHER_P(StatusIs, code, "has the code " + absl::StatusCodeToString(code)) {
  const absl::Status status = AsStatus(arg);
  *result_listener << "which is " << status.ToString();
  return status.code() == code;
}

// Matches a status with this code and a message that matches.
MATCHER_P2(StatusIs, code, message,
           "has the code " + absl::StatusCodeToString(code) + " and a message that matches") {
  const absl::Status status = AsStatus(arg);
  *result_listener << "which is " << status.ToString();
  return status.code() == code &&
         ::testing::ExplainMatchResult(message, std::string(status.message()), result_listener);
}

}  // namespace diapason

#endif  // DIAPASON_TESTS_TESTING_STATUS_MATCHERS_H_
