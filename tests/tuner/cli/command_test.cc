// The text of an error that a user reads, and the exit code that a script gets.
#include "tuner/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "db/log_fault.h"
#include "grpcpp/support/status.h"
#include "proto/base/one_line.h"
#include "proto/base/status_macros.h"
#include "proto/rpc/grpc_status.h"

namespace diapason::tuner {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr int kCodes = 17;  // absl's, and gRPC's, are 0 to 16

absl::Status Error(int code, absl::string_view message) {
  return absl::Status(static_cast<absl::StatusCode>(code), message);
}

std::string Said(const absl::Status& status, int& exit_code) {
  ::testing::internal::CaptureStderr();
  exit_code = Report(status);
  return ::testing::internal::GetCapturedStderr();
}

TEST(CommandTest, AnErrorWithoutAMessageIsDescribedByItsCode) {
  for (int code = 1; code < kCodes; ++code) {
    for (const absl::Status& status :
         {Error(code, ""), FromGrpc(grpc::Status(static_cast<grpc::StatusCode>(code), ""))}) {
      int exit_code = 0;
      const std::string said = Said(status, exit_code);
      EXPECT_THAT(said, ContainsRegex("^diapason: [a-z][a-z,;: ]+ [a-z]+ [a-z]+"))
          << absl::StatusCodeToString(status.code());
      EXPECT_NE(exit_code, 0);
      EXPECT_THAT(Said(WithContext(status, "while asking"), exit_code), HasSubstr("while asking"));
    }
  }
}

TEST(CommandTest, AMessageIsPrintedAsItIs) {
  for (int code = 1; code < kCodes; ++code) {
    int exit_code = 0;
    EXPECT_EQ(Said(Error(code, "the board is on fire"), exit_code), "diapason: the board is on fire\n");
  }
}

TEST(CommandTest, ALogFaultHasExitCode3WhateverItsStatusCode) {
  EXPECT_EQ(Report(absl::OkStatus()), kExitOk);
  EXPECT_EQ(Report(db::LogFault(absl::OkStatus())), kExitOk);
  for (int code = 1; code < kCodes; ++code) {
    const absl::Status fault = db::LogFault(Error(code, "t.db is broken"));
    EXPECT_EQ(ExitCodeOf(fault), kExitLogUnusable) << code;
    EXPECT_EQ(ExitCodeOf(OnOneLine(WithContext(fault, "looking up"))), kExitLogUnusable) << code;
    EXPECT_EQ(Report(fault, kExitBadInput), kExitLogUnusable) << code;
  }
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), kExitLogUnusable);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), kExitUnavailable);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), kExitBadInput);
  EXPECT_EQ(ExitCodeOf(absl::CancelledError("")), kExitInterrupted);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), kExitFailed);
}

}  // namespace
}  // namespace diapason::tuner
