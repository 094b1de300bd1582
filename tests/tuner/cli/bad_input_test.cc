// What users get wrong: one clear line, the documented exit code, nothing left behind. With the real program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/testing/workloads.h"
#include "tests/tuner/server/programs.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

class BadInputTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.Path(name), std::ios::binary) << text;
    return folder_.Path(name);
  }

  std::string Kernel() { return Write("kernel.mlir", testing::ConvWorkload({})); }

  // Runs `diapason` with these arguments, which must fail so.
  void Expect(std::vector<std::string> arguments, int code, const std::string& says) {
    const std::vector<std::string> before = folder_.Names();
    arguments.insert(arguments.begin(), "diapason");
    const Ran ran = RunProgram(std::move(arguments));
    EXPECT_EQ(ran.code, code) << ran.text;
    EXPECT_THAT(ran.text, HasSubstr(says));
    EXPECT_THAT(folder_.Names(), UnorderedElementsAreArray(before));
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
  }
}

TEST_F(BadInputTest, TargetsAndBudgets) {
  const std::string log = absl::StrCat("sqlite:", folder_.Path("none.db"));
  Expect({"tune", Kernel(), "--db", log, "--target", "commodore64"}, 2, "commodore64");
  Expect({"tune", Kernel(), "--db", log, "--target", "rpi4"}, 2, "this machine is no rpi4");
  Expect({"tune", Kernel(), "--db", log, "--target", "device:box-1"}, 2, "needs --server");
  Expect({"tune", Kernel(), "--server", "127.0.0.1:1", "--trials", "5"}, 4, "no tuner-server answers");
  Expect({"devices", "--server", "127.0.0.1:1"}, 4, "no tuner-server answers");
}

TEST_F(BadInputTest, Sketches) {
  // These come to light with the local service running; its log is there afterwards.
  const std::string log = absl::StrCat("sqlite:", folder_.Path("tuning.db"));
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--sketch", folder_.Path("absent.mlir")}, 2,
         "cannot read the sketch");
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--sketch",
          Write("bad.mlir", "module {\n  nonsense\n}\n")},
         2, "bad.mlir");
  Expect({"tune", Kernel(), "--db", "sqlite::memory:", "--time", "soon"}, 2, "--time soon");
}

TEST_F(BadInputTest, Logs) {
  const std::string garbage = Write("garbage.db", std::string(8192, 'x'));
  Expect({"tune", Kernel(), "--db", absl::StrCat("sqlite:", garbage), "--trials", "5"}, 3, "garbage.db");
  Expect({"query", Kernel(), "--db", absl::StrCat("sqlite:", garbage)}, 3, "garbage.db");
  Expect({"query", Kernel(), "--db", absl::StrCat("sqlite:", folder_.Path("none.db"))}, 3, "none.db");
  Expect({"jobs", "--db", "postgres:lab"}, 3, "postgres:lab");
  Expect({"tune", Kernel(), "--db", "sqlite:/proc/tuning.db", "--trials", "5"}, 3, "/proc/tuning.db");
}

TEST_F(BadInputTest, CompiledModels) {
  Expect({"run", folder_.Path("absent")}, 2, "absent");
  Expect({"bench", folder_.Path("absent")}, 2, "absent");
}

TEST_F(BadInputTest, CommandLines) {
  EXPECT_GE(RunProgram({"diapason", "teach"}).code, 100);
  EXPECT_GE(RunProgram({"diapason", "tune"}).code, 100);
  for (const std::string command : {"tune", "compile", "query", "explain", "run", "bench", "devices", "jobs",
                                    "cancel", "doctor", "sample-model", "version"}) {
    const Ran help = RunProgram({"diapason", command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_THAT(help.text, HasSubstr(command));
  }
  EXPECT_EQ(RunProgram({"diapason", "version"}).code, 0);
  EXPECT_EQ(RunProgram({"diapason", "sample-model", "nonesuch", "-o", folder_.Path("m.onnx")}).code, 2);
}

}  // namespace
}  // namespace diapason::tuner
