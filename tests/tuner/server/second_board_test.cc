// Tunes for a board whose micro-architecture differs from that of the server's machine, and compiles for
// it. The command that `tune` prints is pasted into a shell and must give the tuned schedules. The tests
// run with a built-in tracker, with a separate one, and with two servers that share one. The programs are
// real; the board is a second agent that sees another processor in /proc/cpuinfo.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "compiler/runtime/host_target.h"
#include "tests/testing/workloads.h"
#include "tests/tuner/server/programs.h"

namespace diapason::tuner {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A Haswell: it has level 3 and nothing beyond it, so every machine of level 3 or 4 can run its code.
constexpr char kCpuinfo[] =
    "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 60\nmodel name\t: a board\n"
    "flags\t\t: fpu sse sse2 ht lm pni pclmulqdq ssse3 fma cx16 sse4_1 sse4_2 movbe popcnt aes xsave avx "
    "f16c rdrand "
    "lahf_lm abm bmi1 avx2 smep bmi2 erms\n";

enum class Layout { kBuiltInTracker, kSeparateTracker, kTwoServers };

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

class SecondBoardTest : public ::testing::TestWithParam<Layout> {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    const v1::Target host = compiler::runtime::HostTarget();
    if (host.cpu() != "x86-64-v3" && host.cpu() != "x86-64-v4")
      GTEST_SKIP() << "this machine (" << host.cpu() << ") cannot stand in for a Haswell";
    std::ofstream(folder_.Path("cpuinfo")) << kCpuinfo;
    if (RunProgram(AsTheBoard({"/bin/true"})).code != 0)
      GTEST_SKIP() << "bubblewrap does not work here; deploy/install_packages run";
    StartServices();
    here_ = Agent({}, "here");
    board_ = Agent(AsTheBoard({}), "board");
    for (const std::string& server : servers_) Await([&] { return Devices(server); }, {"here", "board"});
  }

  std::vector<std::string> AsTheBoard(std::vector<std::string> command) const {
    std::vector<std::string> wrapped = {"/usr/bin/bwrap", "--die-with-parent",     "--dev-bind",   "/", "/",
                                        "--ro-bind",      folder_.Path("cpuinfo"), "/proc/cpuinfo"};
    wrapped.insert(wrapped.end(), command.begin(), command.end());
    return wrapped;
  }

  void StartServices() {
    if (GetParam() != Layout::kBuiltInTracker) {
      TrackerProgram tracker = StartTracker();
      tracker_ = std::move(tracker.program);
      tracker_address_ = tracker.address;
      ASSERT_FALSE(tracker_address_.empty()) << tracker_->Output();
    }
    for (int i = 0; i < (GetParam() == Layout::kTwoServers ? 2 : 1); ++i) {
      std::vector<std::string> arguments = {"tuner-server", "--listen", "127.0.0.1:0", "--db", Log(i),
                                            "--ready-fd",   "4"};
      if (tracker_ != nullptr) arguments.insert(arguments.end(), {"--tracker", tracker_address_});
      programs_.push_back(std::make_unique<Program>(arguments));
      const std::string port = programs_.back()->ReadLine();
      ASSERT_FALSE(port.empty()) << programs_.back()->Output();
      servers_.push_back(absl::StrCat("127.0.0.1:", port));
    }
    if (tracker_ == nullptr) tracker_address_ = servers_[0];
  }

  std::unique_ptr<Program> Agent(std::vector<std::string> wrapper, const std::string& name) const {
    for (const std::string& word :
         {ProgramPath("device-agent"), std::string("--tracker"), tracker_address_, std::string("--name"),
          name, std::string("--cache-dir"), folder_.Path(name)}) {
      wrapper.push_back(word);
    }
    return std::make_unique<Program>(wrapper);
  }

  std::string Log(int server) const {
    return absl::StrCat("sqlite:", folder_.Path(absl::StrCat("log ", server, ".db")));
  }

  static std::string Devices(const std::string& server) {
    const ProgramResult devices = RunProgram({"diapason", "devices", "--server", server});
    EXPECT_EQ(devices.code, 0) << devices.text;
    return devices.text;
  }

  template <typename Text>
  static void Await(Text text, const std::vector<std::string>& words) {
    for (int i = 0; i < 200; ++i) {
      const std::string now = text();
      if (std::all_of(words.begin(), words.end(),
                      [&](const std::string& word) { return now.find(word) != std::string::npos; })) {
        return;
      }
      absl::SleepFor(absl::Milliseconds(50));
    }
    FAIL() << text();
  }

  std::string Kernel(const std::string& name, int64_t m) {
    testing::Gemm gemm;
    gemm.m = m;
    gemm.n = 32;
    gemm.k = 24;
    std::ofstream(folder_.Path(name)) << testing::GemmWorkload(gemm);
    return folder_.Path(name);
  }

  // Runs the command after "next:" in the output of `tune` with a shell in the test's folder.
  ProgramResult RunWhatIsPrinted(const std::string& printed) {
    std::smatch next;
    if (!std::regex_search(printed, next, std::regex("next: +([^\n]+)\n"))) return {-1, printed};
    const std::string bin = ProgramPath("diapason").substr(0, ProgramPath("diapason").rfind('/'));
    return RunProgram({"/bin/sh", "-c",
                       absl::StrCat("cd ", folder_.Path("."), " && rm -rf out && PATH=", bin, ":$PATH && ",
                                    next[1].str())});
  }

  void ExpectExact(const std::string& what) {
    const std::string manifest = ReadFile(folder_.Path("out/manifest.json"));
    EXPECT_THAT(manifest, HasSubstr("\"rung\": \"exact\"")) << what;
    for (const char* other : {"same_class", "nearest_shape", "\"default\""})
      EXPECT_THAT(manifest, Not(HasSubstr(absl::StrCat("\"rung\": \"", other)))) << what;
  }

  TestFolder folder_;
  std::string tracker_address_;  // the address to which agents connect
  std::vector<std::string> servers_;
  std::unique_ptr<Program> tracker_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::unique_ptr<Program> here_, board_;
};

TEST_P(SecondBoardTest, ThePrintedCommandGivesTheTunedSchedules) {
  const std::string kernel = Kernel("a kernel.mlir", 16);
  for (size_t i = 0; i < servers_.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("server ", i));
    const ProgramResult tuned = RunProgram({"diapason", "tune", kernel, "--server", servers_[i], "--target",
                                            "device:board", "--trials", "6", "--whole-budget"});
    ASSERT_EQ(tuned.code, 0) << tuned.text;
    const ProgramResult compiled = RunWhatIsPrinted(tuned.text);
    ASSERT_EQ(compiled.code, 0) << compiled.text << tuned.text;
    ExpectExact(tuned.text);
    EXPECT_THAT(ReadFile(folder_.Path("out/manifest.json")),
                AllOf(HasSubstr("\"target\": \"board\""), HasSubstr("\"cpu\": \"x86-64-v3\"")));
    const ProgramResult query =
        RunProgram({"diapason", "query", kernel, "--server", servers_[i], "--target", "device:board"});
    EXPECT_EQ(query.code, 0) << query.text;
    EXPECT_THAT(query.text, HasSubstr("rung:     exact (this workload on this target"));

    // The other machine of this tracker has another target. Its kernels were not tuned, and the answer
    // says why.
    const ProgramResult other =
        RunProgram({"diapason", "query", kernel, "--server", servers_[i], "--target", "device:here"});
    EXPECT_EQ(other.code, 0) << other.text;
    EXPECT_THAT(other.text, Not(HasSubstr("exact")));
    const ProgramResult nobody = RunProgram({"diapason", "compile", kernel, "--server", servers_[i],
                                             "--target", "device:nobody", "-o", folder_.Path("none")});
    EXPECT_EQ(nobody.code, 2) << nobody.text;
    EXPECT_THAT(nobody.text, AllOf(HasSubstr("device:nobody is not known"), HasSubstr("board")));
  }
  // The log knows the board even without its server.
  programs_.clear();
  const ProgramResult alone =
      RunProgram({"diapason", "query", kernel, "--db", Log(0), "--target", "device:board"});
  EXPECT_EQ(alone.code, 0) << alone.text;
  EXPECT_THAT(alone.text, HasSubstr("rung:     exact (this workload on this target"));
  const ProgramResult unknown =
      RunProgram({"diapason", "query", kernel, "--db", Log(0), "--target", "device:nobody"});
  EXPECT_EQ(unknown.code, 2) << unknown.text;
  EXPECT_THAT(unknown.text, AllOf(HasSubstr("device:nobody is not known"), HasSubstr("board")));
}

TEST_P(SecondBoardTest, AFamilyIsTunedOnABoardThatFitsIt) {
  const std::string kernel = Kernel("kernel.mlir", 8);
  const ProgramResult tuned = RunProgram({"diapason", "tune", kernel, "--server", servers_.back(), "--target",
                                          "x86-64-v3", "--trials", "6", "--whole-budget"});
  ASSERT_EQ(tuned.code, 0) << tuned.text;
  const ProgramResult compiled = RunWhatIsPrinted(tuned.text);
  ASSERT_EQ(compiled.code, 0) << compiled.text << tuned.text;
  ExpectExact(tuned.text);
  // Records of the family are also used for the board that measured them, on the rung of the same class.
  const ProgramResult board =
      RunProgram({"diapason", "query", kernel, "--server", servers_.back(), "--target", "device:board"});
  EXPECT_EQ(board.code, 0) << board.text;
  EXPECT_THAT(board.text,
              HasSubstr("rung:     same_class (this workload on x86-64-v3, of the same class x86_64/256"));
  const ProgramResult misfit =
      RunProgram({"diapason", "tune", kernel, "--server", servers_.back(), "--target", "rpi5"});
  EXPECT_EQ(misfit.code, 4) << misfit.text;
  EXPECT_THAT(misfit.text, HasSubstr("no device of target rpi5 is connected"));
}

TEST_P(SecondBoardTest, JobsOfAllServersShareTheBoards) {
  const std::string kernel = Kernel("kernel.mlir", 12);
  std::vector<std::unique_ptr<Program>> tunes;
  for (const std::string& server : servers_) {
    for (const char* target : {"device:board", "device:here"}) {
      tunes.push_back(std::make_unique<Program>(
          std::vector<std::string>{"diapason", "tune", kernel, "--server", server, "--target", target,
                                   "--trials", "8", "--whole-budget"}));
    }
  }
  for (const auto& tune : tunes) EXPECT_EQ(tune->Wait(absl::Seconds(90)), 0) << tune->Output();
  for (const std::string& server : servers_)
    EXPECT_EQ(RunProgram({"diapason", "jobs", "--server", server}).code, 0);
}

TEST_P(SecondBoardTest, AnAgentThatAsksTheWrongProcessLearnsTheRightAddress) {
  if (tracker_ == nullptr) GTEST_SKIP() << "the server is the tracker";
  const ProgramResult agent = RunProgram(
      {"device-agent", "--tracker", servers_[0], "--name", "lost", "--cache-dir", folder_.Path("lost")},
      absl::Seconds(20));
  EXPECT_EQ(agent.code, 3) << agent.text;
  EXPECT_THAT(agent.text, HasSubstr(absl::StrCat("--tracker ", tracker_address_)));
  tracker_->Signal(SIGKILL);
  tracker_->Wait(absl::Seconds(5));
  const ProgramResult devices = RunProgram({"diapason", "devices", "--server", servers_[0]});
  EXPECT_EQ(devices.code, 4) << devices.text;
  EXPECT_THAT(devices.text, HasSubstr(absl::StrCat("the tracker at ", tracker_address_)));
}

INSTANTIATE_TEST_SUITE_P(Layouts, SecondBoardTest,
                         ::testing::Values(Layout::kBuiltInTracker, Layout::kSeparateTracker,
                                           Layout::kTwoServers),
                         [](const ::testing::TestParamInfo<Layout>& param) {
                           switch (param.param) {
                             case Layout::kBuiltInTracker:
                               return "BuiltInTracker";
                             case Layout::kSeparateTracker:
                               return "SeparateTracker";
                             default:
                               return "TwoServers";
                           }
                         });

}  // namespace
}  // namespace diapason::tuner
