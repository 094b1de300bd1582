#include "proto/processes/message_pipe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "diapason/v1/builder.pb.h"
#include "tests/testing/mutations.h"
#include "tests/testing/status_matchers.h"

namespace diapason {
namespace {

v1::BuildRequest Request() {
  v1::BuildRequest request;
  request.set_workload_text("module {}");
  request.add_layouts()->add_strides(64);
  return request;
}

class MessagePipeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    read_end_ = ends[0];
    write_end_ = ends[1];
  }
  void TearDown() override {
    close(read_end_);
    CloseWriteEnd();
  }
  void CloseWriteEnd() {
    if (write_end_ >= 0) close(write_end_);
    write_end_ = -1;
  }
  absl::Status ReadOf(const std::string& bytes) {
    EXPECT_EQ(write(write_end_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    CloseWriteEnd();
    v1::BuildRequest message;
    return ReadMessage(read_end_, message);
  }
  // Returns the bytes that WriteMessage sends.
  std::string Bytes(const v1::BuildRequest& request) {
    EXPECT_THAT(WriteMessage(write_end_, request), IsOk());
    std::string bytes(4 + request.ByteSizeLong(), '\0');
    EXPECT_EQ(read(read_end_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return bytes;
  }

  int read_end_ = -1;
  int write_end_ = -1;
};

TEST_F(MessagePipeTest, MessagesArriveInOrder) {
  for (int64_t stride : {1, 2}) {
    v1::BuildRequest request = Request();
    request.mutable_layouts(0)->set_strides(0, stride);
    ASSERT_THAT(WriteMessage(write_end_, request), IsOk());
  }
  ASSERT_THAT(WriteMessage(write_end_, v1::BuildRequest()), IsOk());
  CloseWriteEnd();
  v1::BuildRequest message;
  for (int64_t stride : {1, 2}) {
    ASSERT_THAT(ReadMessage(read_end_, message), IsOk());
    EXPECT_EQ(message.layouts(0).strides(0), stride);
  }
  ASSERT_THAT(ReadMessage(read_end_, message), IsOk());
  EXPECT_EQ(message.layouts_size(), 0);
  EXPECT_THAT(ReadMessage(read_end_, message), StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(MessagePipeTest, AMessageThatIsCutShortIsDataLoss) {
  const std::string bytes = Bytes(Request());
  EXPECT_THAT(ReadOf(bytes.substr(0, bytes.size() - 1)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(MessagePipeTest, ALengthThatIsCutShortIsDataLoss) {
  EXPECT_THAT(ReadOf("ab"), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(MessagePipeTest, AMessageThatDoesNotParseIsDataLoss) {
  EXPECT_THAT(ReadOf(std::string("\x02\0\0\0\x0a\x7f", 6)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(MessagePipeTest, AMessageThatStallsEndsAtItsDeadline) {
  const std::string bytes = Bytes(Request());
  ASSERT_EQ(write(write_end_, bytes.data(), 6), 6);
  v1::BuildRequest message;
  EXPECT_THAT(ReadMessage(read_end_, message, absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(MessagePipeTest, WritingToAClosedPipeIsUnavailable) {
  close(read_end_);
  read_end_ = -1;
  EXPECT_THAT(WriteMessage(write_end_, Request()), StatusIs(absl::StatusCode::kUnavailable));
}

// Lengths are mutated, too. A length that claims a gigabyte more than there is must not allocate a
// gigabyte.
TEST_F(MessagePipeTest, DamagedMessagesAreDataLossOrRead) {
  testing::ExpectMutationsAreRefusedOrRead(
      {Bytes(Request())}, 500,
      [this](const std::string& bytes) {
        TearDown();
        SetUp();
        return ReadOf(bytes.substr(0, 60000));  // not more than a pipe can hold
      },
      {absl::StatusCode::kDataLoss, absl::StatusCode::kOutOfRange});
}

}  // namespace
}  // namespace diapason
