// Mistakes of users with the real program: one clear line, the documented exit code, and no files left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "proto/domain/protocol_version.h"
#include "tests/testing/product_sketch.h"
#include "tests/testing/workloads.h"
#include "tests/tuner/server/programs.h"

namespace diapason::tuner {
namespace {

// Returns a sketch with one knob and `steps`.
std::string Sketch(const std::string& steps) {
  return testing::ProductSketch(
      absl::StrCat("%tile = transform.tune.knob<\"tile\"> options = [1, 2] -> !p\n", steps));
}

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

class BadInputTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.Path(name), std::ios::binary) << text;
    return folder_.Path(name);
  }

  std::string Kernel() { return Write("kernel.mlir", testing::ConvWorkload({})); }

  // Runs `diapason` with these arguments. It must fail with `code`, print one line that contains `says`,
  // and leave no file.
  void Expect(std::vector<std::string> arguments, int code, const std::string& says) {
    const std::vector<std::string> before = folder_.Names();
    const std::vector<std::string> temporary = folder_.TemporaryNames();
    arguments.insert(arguments.begin(), "diapason");
    const ProgramResult ran = RunProgram(std::move(arguments));
    EXPECT_EQ(ran.code, code) << ran.text;
    EXPECT_THAT(ran.text, HasSubstr(says));
    int lines = 0;
    for (absl::string_view line : absl::StrSplit(ran.text, '\n'))
      lines += absl::StartsWith(line, "diapason: ");
    EXPECT_EQ(lines, 1) << ran.text;
    EXPECT_THAT(folder_.Names(), UnorderedElementsAreArray(before));
    EXPECT_THAT(folder_.TemporaryNames(), UnorderedElementsAreArray(temporary));
  }

  TestFolder folder_;
};

TEST_F(BadInputTest, Models) {
  const std::string log = absl::StrCat("sqlite:", folder_.Path("none.db"));
  for (const std::string command : {"tune", "query"}) {
    Expect({command, folder_.Path("absent.onnx"), "--db", log}, 2, "absent.onnx");
    Expect({command, Write("empty.onnx", ""), "--db", log}, 2, "empty.onnx");
    Expect({command, Write("broken.onnx", std::string("\x08\x07\x12\xff", 4)), "--db", log}, 2,
           "broken.onnx");
    Expect({command, Write("broken.mlir", "func.func @f("), "--db", log}, 2, "broken.mlir");
    Expect({command, Kernel(), "--db", log, "--dim", "batch"}, 2, "NAME=VALUE");
    Expect({command, Kernel(), "--db", log, "--dim", "batch=1"}, 2, "remove --dim");
    Expect({command, Kernel(), "--db", log, "--shape", "x=1x"}, 2, "INPUT=SIZExSIZE");
    Expect({command, Kernel(), "--db", log, "--value", "rate=fast"}, 2, "INPUT=NUMBER");
  }
}

TEST_F(BadInputTest, TargetsAndBudgets) {
  const std::string log = absl::StrCat("sqlite:", folder_.Path("none.db"));
  Expect({"tune", Kernel(), "--db", log, "--target", "commodore64"}, 2, "commodore64");
  Expect({"tune", Kernel(), "--db", log, "--target", "rpi4"}, 2, "this machine does not fit the target rpi4");
  Expect({"tune", Kernel(), "--db", log, "--target", "device:box-1"}, 2, "needs --server");
  Expect({"tune", Kernel(), "--server", "127.0.0.1:1", "--trials", "5"}, 4, "no tuner-server answers");
  Expect({"devices", "--server", "127.0.0.1:1"}, 4, "no tuner-server answers");
}

TEST_F(BadInputTest, Sketches) {
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--sketch", folder_.Path("absent.mlir")}, 2,
         "cannot read the sketch");
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--sketch",
          Write("bad.mlir", "module {\n  nonsense\n}\n")},
         2, "bad.mlir");
  // With LLVM 22.1, MLIR's parser either crashes on this text or reports an error, depending on the
  // contents of its memory.
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--sketch", Write("crash.mlir", R"(
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    %rest = transform.smt.constrain_params() : () -> (!transform.param<i64>) {
    }
    %c0 = smt.int.constant 0
    smt.yield %c0 : !smt.int
  }
  %a = transform.structured.match ops{["x"]} in %root : (!transform.any_op) -> !transform.any_op
  transform.yield
  ^bb0(%x: !smt.int):
}
)")},
         2, "crash.mlir: ");
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--sketch",
          Write("never.mlir", absl::StrReplaceAll(Sketch(""), {{"mulf", "muli"}, {"addf", "addi"}}))},
         2, "never.mlir has no legal schedule for any of the tasks: no sketch fits");
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--sketch", Write("illegal.mlir", Sketch(R"(
    transform.smt.constrain_params(%tile) : (!p) -> () {
    ^bb0(%size: !smt.int):
      %three = smt.int.constant 3
      %same = smt.eq %size, %three : !smt.int
      smt.assert %same
      smt.yield
    })"))},
         2, "illegal.mlir has no legal schedule for any of the tasks: no legal schedule");
  // This sketch is legal, but its only step applies to nothing. Every trial gets a result with MLIR's
  // message and line, and no schedule works.
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--trials", "4", "--only-sketch", "--sketch",
          Write("fails.mlir",
                Sketch("    %none = transform.structured.hoist_pad %product by 1 loops : (!op) -> !op"))},
         1, "wrong op kind");
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--time", "soon"}, 2, "--time soon");
}

TEST_F(BadInputTest, Logs) {
  const std::string garbage = Write("garbage.db", std::string(8192, 'x'));
  Expect({"tune", Kernel(), "--db", absl::StrCat("sqlite:", garbage), "--trials", "5"}, 3, "garbage.db");
  Expect({"query", Kernel(), "--db", absl::StrCat("sqlite:", garbage)}, 3, "garbage.db");
  Expect({"query", Kernel(), "--db", absl::StrCat("sqlite:", folder_.Path("none.db"))}, 3, "none.db");
  for (const std::string command : {"jobs", "tune"}) {
    std::vector<std::string> arguments = {command, "--db", "postgres:lab"};
    if (command == "tune") arguments.push_back(Kernel());
    Expect(arguments, 2, "'postgres:lab' is not the address of a tuning log");
  }
  Expect({"tune", Kernel(), "--db", "sqlite:/proc/tuning.db", "--trials", "5"}, 3, "/proc/tuning.db");
}

TEST_F(BadInputTest, ALogWhosePagesWereZeroed) {
  const std::string path = folder_.Path("zeroed.db");
  const std::string log = absl::StrCat("sqlite:", path);
  const std::string none = Write("none.jsonl", "");
  ASSERT_EQ(RunProgram({"diapason", "query", "--import", none, "--db", log}).code, 0);
  // SQLite recognises the file by its first page. The damage is found when a statement runs.
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(0, std::ios::end);
  const std::string zeros(static_cast<size_t>(file.tellp()) - 4096, '\0');
  file.seekp(4096);
  file << zeros;
  file.close();
  Expect({"query", Kernel(), "--db", log}, 3, "zeroed.db");
  Expect({"query", Kernel(), "--json", "--db", log}, 3, "zeroed.db");
  Expect({"compile", Kernel(), "--db", log, "-o", folder_.Path("out")}, 3, "zeroed.db");
  Expect({"query", "--export", "--db", log}, 3, "zeroed.db");
  Expect({"explain", "12ab", "--db", log}, 3, "zeroed.db");
  Expect({"jobs", "--db", log}, 3, "zeroed.db");
  Expect({"tune", Kernel(), "--db", log, "--trials", "5"}, 3, "zeroed.db");
}

TEST_F(BadInputTest, ALogOfANewerVersion) {
  const std::string path = folder_.Path("newer.db");
  const std::string log = absl::StrCat("sqlite:", path);
  ASSERT_EQ(RunProgram({"diapason", "query", "--import", Write("none.jsonl", ""), "--db", log}).code, 0);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(60);  // SQLite's user_version, big-endian
  file.write("\x00\x00\x03\xe7", 4);
  file.close();
  Expect({"query", Kernel(), "--db", log}, 3, "version 999");
  Expect({"tune", Kernel(), "--db", log, "--trials", "5"}, 3, "version 999");
  Expect({"query", "--import", folder_.Path("none.jsonl"), "--db", log}, 3, "version 999");
}

TEST_F(BadInputTest, Records) {
  const std::string log = absl::StrCat("sqlite:", folder_.Path("tuning.db"));
  ASSERT_EQ(RunProgram({"diapason", "query", "--import", Write("none.jsonl", ""), "--db", log}).code, 0);
  Expect({"query", "--db", log}, 2, "no MODEL is given");
  Expect({"query", "--import", folder_.Path("absent.jsonl"), "--db", log}, 2, "cannot read");
  Expect({"query", "--import", Write("bad.jsonl", "{\"record\": 7}\n"), "--db", log}, 2, "bad.jsonl: line 1");
  Expect({"query", "--export", "--db", absl::StrCat("sqlite:", folder_.Path("none.db"))}, 3, "none.db");
}

TEST_F(BadInputTest, AServerWithoutADeviceOrAJob) {
  Program server({"tuner-server", "--listen", "127.0.0.1:0", "--db", "sqlite::memory:", "--ready-fd", "4"});
  const std::string address = absl::StrCat("127.0.0.1:", server.ReadLine());
  Expect({"tune", Kernel(), "--server", address, "--trials", "5"}, 4, "no device of target");
  Expect({"tune", Kernel(), "--server", address, "--target", "device:box-1", "--trials", "5"}, 4,
         "no device box-1 is connected");
  Expect({"cancel", "nonesuch", "--server", address}, 2, "nonesuch");
}

TEST_F(BadInputTest, ALogThatIsInUse) {
  const std::string log = absl::StrCat("sqlite:", folder_.Path("tuning.db"));
  Program server({"tuner-server", "--listen", "127.0.0.1:0", "--db", log, "--ready-fd", "4"});
  ASSERT_FALSE(server.ReadLine().empty()) << server.Output();
  Expect({"tune", Kernel(), "--db", log, "--trials", "5"}, 3, "is in use by another");
}

TEST_F(BadInputTest, CompiledModels) {
  Expect({"run", folder_.Path("absent")}, 2, "absent");
  Expect({"bench", folder_.Path("absent")}, 2, "absent");
}

TEST_F(BadInputTest, CommandLines) {
  const ProgramResult misspelt = RunProgram({"diapason", "teach"});
  EXPECT_GE(misspelt.code, 100);
  EXPECT_THAT(misspelt.text, HasSubstr("there is no command 'teach'"));
  EXPECT_GE(RunProgram({"diapason", "tune"}).code, 100);
  for (const std::string command : {"tune", "compile", "query", "explain", "run", "bench", "devices", "jobs",
                                    "cancel", "doctor", "sample-model", "version"}) {
    const ProgramResult help = RunProgram({"diapason", command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_THAT(help.text, HasSubstr(command));
  }
  for (const std::string program : {"diapason", "tuner-server", "device-agent", "tracker"}) {
    const ProgramResult release = RunProgram({program, "--version"});
    EXPECT_EQ(release.code, 0) << program;
    EXPECT_EQ(release.text, absl::StrCat(VersionText(program), "\n"));
  }
  const ProgramResult version = RunProgram({"diapason", "version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.text, HasSubstr("\ncpu "));
  EXPECT_EQ(RunProgram({"diapason", "sample-model", "nonesuch", "-o", folder_.Path("m.onnx")}).code, 2);
}

}  // namespace
}  // namespace diapason::tuner
