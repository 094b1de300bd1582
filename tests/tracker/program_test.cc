// Tests the program `tracker`: wrong command lines, and signals.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "proto/processes/child_process.h"
#include "tests/testing/status_matchers.h"

namespace diapason {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(60);

class TrackerProgramTest : public testing::Test {
 protected:
  TrackerProgramTest() : log_(testing::TempDir() + "/tracker-" + std::to_string(getpid()) + ".log") {}
  ~TrackerProgramTest() override { unlink(log_.c_str()); }

  std::unique_ptr<ChildProcess> Start(const std::vector<std::string>& arguments) {
    ChildOptions options;
    options.argv = {std::string(std::getenv("DIAPASON_BUILD_DIR")) + "/bin/tracker"};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.stderr_path = log_;
    auto child = ChildProcess::Start(options);
    EXPECT_THAT(child, IsOk());
    return *std::move(child);
  }

  std::string Log() const {
    std::stringstream text;
    text << std::ifstream(log_).rdbuf();
    return text.str();
  }

  int ExitCodeOf(const std::vector<std::string>& arguments) {
    const auto exit = Start(arguments)->Wait(kPatience);
    return exit.ok() && exit->exited ? exit->code : -1;
  }

  const std::string log_;
};

TEST_F(TrackerProgramTest, SaysThatThePortIsInUse) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(socket_fd, 1), 0);
  socklen_t size = sizeof address;
  getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size);
  EXPECT_EQ(ExitCodeOf({"--listen", "127.0.0.1:" + std::to_string(ntohs(address.sin_port))}), 2);
  const std::string log = Log();
  EXPECT_THAT(log, HasSubstr("in use"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  close(socket_fd);
}

TEST_F(TrackerProgramTest, RefusesTheNetworkWithoutCertificates) {
  EXPECT_EQ(ExitCodeOf({"--listen", "0.0.0.0:0"}), 2);
  EXPECT_THAT(Log(), HasSubstr("--cert"));
}

TEST_F(TrackerProgramTest, RefusesUnknownOptions) { EXPECT_GE(ExitCodeOf({"--no-such-option"}), 100); }

TEST_F(TrackerProgramTest, EndsOnSignals) {
  for (int signal_number : {SIGINT, SIGTERM}) {
    std::unique_ptr<ChildProcess> tracker = Start({"--listen", "127.0.0.1:0"});
    for (int i = 0; i < 6000 && Log().find("listens") == std::string::npos; ++i) usleep(10'000);
    kill(tracker->pid(), signal_number);
    const auto exit = tracker->Wait(kPatience);
    ASSERT_THAT(exit, IsOk());
    EXPECT_TRUE(exit->exited);
    EXPECT_EQ(exit->code, 0);
    unlink(log_.c_str());
  }
}

}  // namespace
}  // namespace diapason
