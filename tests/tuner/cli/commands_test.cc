// What users do, with the real program: they bring their own kernel, tune it, compile it to a library and
// run it; they copy records from one log to another; and they press Ctrl-C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "compiler/model/tensor.h"
#include "compiler/model/tensor_file.h"
#include "tests/testing/workloads.h"
#include "tests/tuner/server/programs.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Not;

constexpr uint64_t kSeed = 3;

// Returns the first child process of `parent`, or 0 if there is none.
pid_t ChildOf(pid_t parent) {
  std::error_code gone;
  auto task = std::filesystem::directory_iterator(absl::StrCat("/proc/", parent, "/task"), gone);
  for (; !gone && task != std::filesystem::directory_iterator(); task.increment(gone)) {
    pid_t child = 0;
    if (std::ifstream(task->path() / "children") >> child) return child;
  }
  return 0;
}

class CommandsTest : public ::testing::Test {
 protected:
  void SetUp() override { std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed)); }

  std::string Log(const std::string& name) const { return absl::StrCat("sqlite:", folder_.Path(name)); }

  std::string Kernel() {
    std::ofstream(folder_.Path("kernel.mlir")) << testing::GemmWorkload(gemm_);
    return folder_.Path("kernel.mlir");
  }

  std::string Write(const std::string& name, const compiler::model::Tensor& tensor) {
    EXPECT_TRUE(compiler::model::WriteTensorFile(tensor, folder_.Path(name)).ok());
    return folder_.Path(name);
  }

  compiler::model::Tensor Random(const std::vector<int64_t>& shape, uint64_t seed) {
    return compiler::model::RandomTensor("", v1::ELEMENT_TYPE_F32, shape, seed);
  }

  static std::vector<float> Floats(const compiler::model::Tensor& tensor) {
    std::vector<float> values(tensor.bytes.size() / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
  }

  // relu(a b + bias)
  compiler::model::Tensor Expected(const compiler::model::Tensor& a, const compiler::model::Tensor& b,
                                   const compiler::model::Tensor& bias) const {
    const std::vector<float> as = Floats(a), bs = Floats(b), biases = Floats(bias);
    std::vector<float> out;
    for (int64_t m = 0; m < gemm_.m; ++m) {
      for (int64_t n = 0; n < gemm_.n; ++n) {
        double sum = biases[n];
        for (int64_t k = 0; k < gemm_.k; ++k) sum += double{as[m * gemm_.k + k]} * bs[k * gemm_.n + n];
        out.push_back(static_cast<float>(std::max(sum, 0.0)));
      }
    }
    return {"",
            v1::ELEMENT_TYPE_F32,
            {gemm_.m, gemm_.n},
            std::string(reinterpret_cast<const char*>(out.data()), out.size() * sizeof(float))};
  }

  void ExpectRight(const std::string& library) {
    for (uint64_t seed = kSeed; seed < kSeed + 2; ++seed) {
      const compiler::model::Tensor a = Random({gemm_.m, gemm_.k}, seed);
      const compiler::model::Tensor b = Random({gemm_.k, gemm_.n}, seed + 10);
      const compiler::model::Tensor bias = Random({gemm_.n}, seed + 20);
      std::vector<std::string> run = {"diapason",
                                      "run",
                                      folder_.Path(library),
                                      "--input",
                                      Write("a.pb", a),
                                      "--input",
                                      Write("b.pb", b),
                                      "--input",
                                      Write("bias.pb", bias),
                                      "--expect",
                                      Write("y.pb", Expected(a, b, bias))};
      const ProgramResult right = RunProgram(run);
      EXPECT_EQ(right.code, 0) << right.text;
      EXPECT_THAT(right.text, HasSubstr("matches"));
      run.back() = Write("wrong.pb", Expected(a, Random({gemm_.k, gemm_.n}, seed + 30), bias));
      EXPECT_EQ(RunProgram(run).code, 5);
    }
  }

  const testing::Gemm gemm_ = {16, 32, 24, false, testing::Epilogue::kRelu};
  TestFolder folder_;
};

TEST_F(CommandsTest, AKernelWithConstantsIsTunedCompiledAndRun) {
  const std::string log = Log("tuning.db");
  const ProgramResult tuned = RunProgram({"diapason", "tune", Kernel(), "--db", log, "--trials", "6",
                                          "--whole-budget", "-o", folder_.Path("tuned")});
  ASSERT_EQ(tuned.code, 0) << tuned.text;
  EXPECT_THAT(tuned.text, HasSubstr("library:"));
  EXPECT_THAT(tuned.text, HasSubstr(absl::StrCat("report:   ", folder_.Path("tuned/report.html"))));
  EXPECT_TRUE(std::filesystem::exists(folder_.Path("tuned/report.html")));
  ExpectRight("tuned");
  const ProgramResult compiled =
      RunProgram({"diapason", "compile", Kernel(), "--db", log, "-o", folder_.Path("compiled")});
  ASSERT_EQ(compiled.code, 0) << compiled.text;
  ExpectRight("compiled");
  std::ifstream header(folder_.Path("compiled/kernel.h"));
  const std::string text((std::istreambuf_iterator<char>(header)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("input 1: arg1, float32 [24, 32], constant\n"));
  EXPECT_THAT(text, Not(HasSubstr("input 0: arg0, float32 [16, 24], constant")));
}

// On their way from one log to the other, the records are changed to come from another version of the back
// end.
TEST_F(CommandsTest, AStrictCompilationUsesRecordsOfItsVersionOnly) {
  const ProgramResult tuned =
      RunProgram({"diapason", "tune", Kernel(), "--db", Log("a.db"), "--trials", "4", "--whole-budget"});
  ASSERT_EQ(tuned.code, 0) << tuned.text;
  const std::string program = ProgramPath("diapason"), lines = folder_.Path("records.jsonl");
  const ProgramResult moved = RunProgram(
      {"/bin/sh", "-ec",
       absl::StrCat(program, " query --export --db ", Log("a.db"),
                    " | sed 's/\"compilerVersion\":\"[^\"]*\"/", "\"compilerVersion\":\"another\"/' > ",
                    lines, "; ", program, " query --import ", lines, " --db ", Log("b.db"))});
  ASSERT_EQ(moved.code, 0) << moved.text;
  const auto manifest_with = [&](const std::string& log, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"diapason", "compile", Kernel(),           "--db",
                                          log,        "-o",      folder_.Path("out")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult compiled = RunProgram(arguments);
    EXPECT_EQ(compiled.code, 0) << compiled.text;
    std::ifstream manifest(folder_.Path("out/manifest.json"));
    return std::string((std::istreambuf_iterator<char>(manifest)), std::istreambuf_iterator<char>());
  };
  EXPECT_THAT(manifest_with(Log("a.db"), {"--strict"}), HasSubstr("this workload on this target"));
  EXPECT_THAT(manifest_with(Log("b.db"), {}), HasSubstr("measured by another version (cpu, another)"));
  EXPECT_THAT(manifest_with(Log("b.db"), {"--strict"}),
              HasSubstr("the log has no schedule for a similar workload"));
}

TEST_F(CommandsTest, RecordsGoFromOneLogToAnother) {
  const ProgramResult tuned =
      RunProgram({"diapason", "tune", Kernel(), "--db", Log("a.db"), "--trials", "6", "--whole-budget"});
  ASSERT_EQ(tuned.code, 0) << tuned.text;
  const auto shell = [&](const std::string& arguments) {
    return RunProgram({"/bin/sh", "-c", absl::StrCat(ProgramPath("diapason"), " ", arguments)});
  };
  const ProgramResult all =
      shell(absl::StrCat("query --export --db ", Log("a.db"), " > ", folder_.Path("all.jsonl")));
  EXPECT_EQ(all.code, 0) << all.text;
  // The model has all tasks of the log, so its export has as many records.
  const ProgramResult some = shell(
      absl::StrCat("query ", Kernel(), " --export --db ", Log("a.db"), " > ", folder_.Path("some.jsonl")));
  EXPECT_EQ(some.code, 0) << some.text;
  EXPECT_EQ(some.text, all.text);
  EXPECT_THAT(all.text, ::testing::MatchesRegex("[1-9][0-9]* records exported\n"));

  const std::string count = all.text.substr(0, all.text.find(' '));
  const ProgramResult added =
      RunProgram({"diapason", "query", "--import", folder_.Path("all.jsonl"), "--db", Log("b.db")});
  EXPECT_EQ(added.code, 0) << added.text;
  EXPECT_THAT(added.text, HasSubstr(absl::StrCat(count, " records added")));
  const ProgramResult known =
      RunProgram({"diapason", "query", "--import", folder_.Path("some.jsonl"), "--db", Log("b.db")});
  EXPECT_THAT(known.text,
              HasSubstr(absl::StrCat("0 records added to ", Log("b.db"), ", ", count, " were there")));
  const ProgramResult answer = RunProgram({"diapason", "query", Kernel(), "--db", Log("b.db")});
  EXPECT_EQ(answer.code, 0) << answer.text;
  EXPECT_THAT(answer.text, HasSubstr("rung:     exact"));

  const ProgramResult json = RunProgram({"diapason", "query", Kernel(), "--db", Log("b.db"), "--json"});
  EXPECT_EQ(json.code, 0) << json.text;
  EXPECT_THAT(json.text, HasSubstr(R"("rung":"exact")"));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(RunProgram({"diapason", "query", Kernel(), "--db", Log("b.db"), "--json"}).text, json.text);
}

// A build that never ends (here because its worker is stopped) must not block the command. One signal ends
// it within a second, and no file and no process is left.
TEST_F(CommandsTest, InterruptEndsACompilationThatHangs) {
  std::ofstream(folder_.Path("conv.mlir")) << testing::ConvWorkload({});
  for (const int signal : {SIGINT, SIGTERM}) {
    Program compile({"diapason", "compile", folder_.Path("conv.mlir"), "--no-log", "-o", folder_.Path("out"),
                     "--kernel-time", "10m"});
    pid_t worker = 0;
    // The first child, a copy of the command, only tries to read the file.
    for (int i = 0; i < 5000 && worker == 0; ++i) {
      // In a sandbox, the worker is a descendant of bubblewrap.
      for (pid_t child = ChildOf(compile.pid()); child > 0 && worker == 0; child = ChildOf(child)) {
        std::error_code gone;
        const auto program = std::filesystem::read_symlink(absl::StrCat("/proc/", child, "/exe"), gone);
        if (program.filename() == "builder-worker") worker = child;
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
    ASSERT_GT(worker, 0) << compile.Output();
    kill(worker, SIGSTOP);
    absl::SleepFor(absl::Milliseconds(300));
    const absl::Time start = absl::Now();
    compile.Signal(signal);
    EXPECT_EQ(compile.Wait(absl::Seconds(10)), 130) << compile.Output();
    EXPECT_LT(absl::Now() - start, absl::Seconds(2));  // one second, and more on a busy machine
    // The kernel ends what is in the sandbox soon after the command has ended.
    for (int i = 0; i < 100 && kill(worker, 0) == 0; ++i) absl::SleepFor(absl::Milliseconds(20));
    EXPECT_NE(kill(worker, 0), 0);
    EXPECT_THAT(folder_.Names(), IsSubsetOf({"conv.mlir"}));
  }
}

// A kernel that does not build in time does not fail the compilation: other schedules are tried.
TEST_F(CommandsTest, KernelsHaveATimeLimit) {
  std::ofstream(folder_.Path("conv.mlir")) << testing::ConvWorkload({});
  const ProgramResult bad = RunProgram({"diapason", "compile", folder_.Path("conv.mlir"), "--no-log", "-o",
                                        folder_.Path("out"), "--kernel-time", "soon"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.text, HasSubstr("--kernel-time soon: this is not a duration"));
  const ProgramResult late = RunProgram({"diapason", "compile", folder_.Path("conv.mlir"), "--no-log", "-o",
                                         folder_.Path("out"), "--kernel-time", "1ms"});
  EXPECT_EQ(late.code, 1) << late.text;  // not even the plain lowering builds that fast
  EXPECT_THAT(late.text, HasSubstr("the build took longer than"));
  EXPECT_THAT(folder_.Names(), IsSubsetOf({"conv.mlir"}));
}

TEST_F(CommandsTest, InterruptingTheLastCompilationLeavesNoFile) {
  std::ofstream(folder_.Path("conv.mlir")) << testing::ConvWorkload({});
  Program tune({"diapason", "tune", folder_.Path("conv.mlir"), "--db", Log("tuning.db"), "--trials", "3",
                "--whole-budget", "-o", folder_.Path("out")});
  for (int i = 0; i < 600 && tune.Output().find("compiling the model") == std::string::npos; ++i) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  ASSERT_THAT(tune.Output(), HasSubstr("compiling the model"));
  tune.Signal(SIGINT);
  EXPECT_EQ(tune.Wait(absl::Seconds(10)), 130) << tune.Output();
  EXPECT_THAT(tune.Output(), HasSubstr("all measurements are in the log"));
  EXPECT_THAT(ProcessesWith(Log("tuning.db")), IsEmpty());
  EXPECT_THAT(folder_.TemporaryNames(), IsEmpty());
  EXPECT_THAT(folder_.Names(), IsSubsetOf({"conv.mlir", "tuning.db", "out"}));
  EXPECT_EQ(RunProgram({"diapason", "query", folder_.Path("conv.mlir"), "--db", Log("tuning.db")}).code, 0);
}

}  // namespace
}  // namespace diapason::tuner
