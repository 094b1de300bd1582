// Tests that everything that an artifact can do leads to the right outcome, and that the next trial works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proto/base/content_hash.h"
#include "proto/domain/protocol_version.h"
#include "tests/device-agent/programs_fixture.h"

namespace diapason::device_agent {
namespace {

TEST_F(ProgramsTest, GoodKernelIsMeasured) {
  StartAgent("box-1");
  const v1::MeasureResult result = RunOne(MakeRequest("t1", good_, good_));
  ASSERT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << result.outcome().message();
  EXPECT_EQ(result.device_id(), "box-1");
  const v1::Measurement& measurement = result.measurement();
  EXPECT_GE(measurement.samples_us_size(), 3);
  EXPECT_GT(measurement.median_us(), 0);
  EXPECT_LE(measurement.p10_us(), measurement.median_us());
  EXPECT_GE(measurement.p90_us(), measurement.median_us());
  EXPECT_THAT(measurement.stage_units(), ::testing::ElementsAre(1024));
  EXPECT_GT(measurement.calls_per_sample(), 1);  // the kernel takes about a microsecond
  EXPECT_EQ(measurement.max_relative_error(), 0);
  EXPECT_EQ(measurement.threads(), 1);
  EXPECT_GT(measurement.busy_us(), 0);
  EXPECT_GT(measurement.conditions().canary_before_us(), 0);
  EXPECT_NE(measurement.conditions().sandbox(), v1::SANDBOX_UNSPECIFIED);
  EXPECT_FALSE(measurement.conditions().emulated());
}

TEST_F(ProgramsTest, WhateverAnArtifactDoesIsAnOutcome) {
  StartAgent("box-1");
  const v1::OutcomeKind fault = kConfined ? v1::OUTCOME_KIND_CRASHED : v1::OUTCOME_KIND_RUN_ERROR;
  struct Case {
    const char* name;
    std::string artifact;
    v1::OutcomeKind outcome;
  };
  const std::vector<Case> cases = {
      {"wrong", CompileC(OneStage("out[i] = in[i] * weights[i] + (i == 1000 ? 2 : 1);")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"nan", CompileC(OneStage("out[i] = i == 7 ? __builtin_nanf(\"\") : in[i] * weights[i] + 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"unwritten", CompileC(OneStage("if (i != 5) out[i] = in[i] * weights[i] + 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"beside", CompileC(OneStage("out[i] = in[i] * weights[i] + 1; if (i == 1023) out[i + 2] = 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"workspace", CompileC(OneStage("out[i] = in[i] * weights[i] + 1; ((char*)workspace)[256] = 1;")),
       v1::OUTCOME_KIND_WRONG_OUTPUT},
      {"input", CompileC(OneStage("((float*)in)[i] = 0; out[i] = 0;")), fault},
      {"crash", CompileC(OneStage("*(volatile int*)8 = 1;")), fault},
      {"abort", CompileC(OneStage("abort();")), v1::OUTCOME_KIND_CRASHED},
      {"exit", CompileC(OneStage("exit(0);")), v1::OUTCOME_KIND_RUN_ERROR},
      {"no-elf", "this is no shared object", v1::OUTCOME_KIND_LOAD_ERROR},
      {"no-symbol", CompileC("int x;"), v1::OUTCOME_KIND_LOAD_ERROR},
  };
  for (const Case& c : cases) {
    const v1::MeasureResult result = RunOne(MakeRequest(c.name, Upload(c.artifact), good_));
    EXPECT_EQ(result.outcome().kind(), c.outcome) << c.name << ": " << result.outcome().ShortDebugString();
    EXPECT_NE(result.outcome().message(), "") << c.name;
    EXPECT_GT(result.busy_us(), 0) << c.name;
    const v1::MeasureResult next = RunOne(MakeRequest(std::string(c.name) + "-next", good_, good_));
    EXPECT_EQ(next.outcome().kind(), v1::OUTCOME_KIND_OK)
        << "after " << c.name << ": " << next.outcome().message();
  }
}

TEST_F(ProgramsTest, HangIsATimeout) {
  StartAgent("box-1");
  v1::MeasureRequest request =
      MakeRequest("hang", Upload(CompileC(OneStage("for (;;) __asm__ volatile(\"\");"))), good_);
  request.mutable_options()->set_timeout_us(700'000);
  EXPECT_EQ(RunOne(request).outcome().kind(), v1::OUTCOME_KIND_RUN_TIMEOUT);
  EXPECT_EQ(RunOne(MakeRequest("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

// The first kernel's description asks for more memory than there is. The second kernel takes the memory
// while it runs.
TEST_F(ProgramsTest, MemoryExhaustionIsAnOutcome) {
  if (!kConfined) GTEST_SKIP() << "a sanitized runner is not confined";
  StartAgent("box-1");
  std::string greedy = OneStage(GoodBody());
  greedy.replace(greedy.find("256, 256"), 8, "1L << 36, 256");
  const std::string eater = OneStage("for (;;) { volatile char* p = malloc(1 << 20); *p = 1; }");
  for (const std::string& source : {greedy, eater}) {
    v1::MeasureRequest request = MakeRequest("eats-" + ContentHash(source), Upload(CompileC(source)), good_);
    request.mutable_options()->set_memory_bytes(int64_t{256} << 20);
    const v1::MeasureResult result = RunOne(request);
    EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OUT_OF_MEMORY) << result.outcome().ShortDebugString();
  }
  EXPECT_EQ(RunOne(MakeRequest("next", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

// In the sandbox, no files can be written, no sockets opened and no processes created. If an attempt
// succeeds, the body writes a wrong output.
TEST_F(ProgramsTest, CandidatesAreConfined) {
  if (!kConfined) GTEST_SKIP() << "a sanitized runner is not confined";
  StartAgent("box-1");
  const std::vector<std::pair<std::string, std::string>> attempts = {
      {"write", "int fd = open(\"" + folder_ + "/written\", O_CREAT | O_WRONLY, 0600);"},
      {"socket", "int fd = socket(2, 1, 0);"},
      {"fork", "int fd = fork();"},
      {"kill", "int fd = kill(getppid(), 9);"},
  };
  for (const auto& [name, attempt] : attempts) {
    const std::string source =
        "#include <fcntl.h>\n#include <signal.h>\n#include <sys/socket.h>\n#include <unistd.h>\n" +
        OneStage(attempt + " out[i] = in[i] * weights[i] + (fd >= 0 ? 2 : 1);");
    const v1::MeasureResult result = RunOne(MakeRequest(name, Upload(CompileC(source)), good_));
    EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << name << ": " << result.outcome().message();
  }
  EXPECT_FALSE(fs::exists(folder_ + "/written"));
}

// A kernel with two stages that share the workspace, a packed constant, and more than one thread.
constexpr char kStagesAndPacking[] = R"c(
#include "compiler/runtime/kernel_abi.h"
static void prepare(void* const* arguments, void* workspace) {
  for (int i = 0; i < 1024; ++i) ((float*)arguments[3])[1023 - i] = ((const float*)arguments[1])[i];
}
static void first(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    *(float*)scratch = ((const float*)arguments[0])[i];
    ((float*)workspace)[i] = *(float*)scratch * ((const float*)arguments[3])[1023 - i];
  }
}
static void second(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) ((float*)arguments[2])[i] = ((float*)workspace)[i] + 1;
}
static const int64_t packed[] = {4096};
static const diapason_stage stages[] = {{first, 1024}, {second, 1024}};
const diapason_kernel exported __asm__("diapason_kernel") = {
    DIAPASON_KERNEL_ABI_VERSION, 3, 1, 2, 4096, 4, packed, stages, prepare};
)c";

TEST_F(ProgramsTest, StagesPackingAndThreads) {
  StartAgent("box-1");
  const std::string artifact = Upload(CompileC(kStagesAndPacking));
  for (int threads : {1, 2}) {
    v1::MeasureRequest request = MakeRequest("t" + std::to_string(threads), artifact, good_);
    request.mutable_options()->set_threads(threads);
    const v1::MeasureResult result = RunOne(request);
    ASSERT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << result.outcome().message();
    EXPECT_EQ(result.measurement().threads(), threads);
  }
}

TEST_F(ProgramsTest, RivalsAreMeasuredInterleaved) {
  StartAgent("box-1");
  const std::string slow =
      Upload(CompileC(OneStage("for (volatile int k = 0; k < 50; ++k) {} out[i] "
                               "= in[i] * weights[i] + 1;")));
  v1::MeasureRequest request = MakeRequest("pair", good_, good_);
  request.add_rival_hashes(slow);
  const v1::MeasureResult result = RunOne(request);
  ASSERT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_OK) << result.outcome().message();
  ASSERT_EQ(result.rivals_size(), 1);
  EXPECT_EQ(result.rivals(0).samples_us_size(), result.measurement().samples_us_size());
  EXPECT_GT(result.rivals(0).hot_median_us(), 0);
  EXPECT_GT(result.rivals(0).median_us(), 2 * result.measurement().median_us());
}

TEST_F(ProgramsTest, ASlowCandidateEndsEarlyAndHasARealTime) {
  StartAgent("box-1");
  v1::MeasureRequest request = MakeRequest("alone", good_, good_);
  const v1::Measurement alone = RunOne(request).measurement();
  EXPECT_FALSE(alone.ended_early());
  request = MakeRequest("slower", good_, good_);
  request.mutable_options()->set_best_us(alone.median_us() / 10);
  const v1::Measurement slower = RunOne(request).measurement();
  EXPECT_TRUE(slower.ended_early());
  EXPECT_EQ(slower.samples_us_size(), 3);
  EXPECT_LT(alone.median_us() / 5, slower.median_us());
}

TEST_F(ProgramsTest, AReferenceWithoutFiniteValuesIsReported) {
  StartAgent("box-1");
  const std::string root = Upload(CompileC(OneStage("out[i] = __builtin_sqrtf(in[i] - 0.2f);")));
  EXPECT_EQ(RunOne(MakeRequest("root", root, root)).outcome().kind(), v1::OUTCOME_KIND_OK)
      << "the output is finite for positive inputs";
  const std::string nan = Upload(CompileC(OneStage("out[i] = __builtin_nanf(\"\");")));
  const v1::MeasureResult result = RunOne(MakeRequest("nan", nan, nan));
  EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED);
  EXPECT_THAT(result.outcome().message(), ::testing::HasSubstr("no finite value"));
}

// Whatever the reference does, no candidate is blamed for it, and the reference runs only once.
TEST_F(ProgramsTest, AFailingReferenceIsNotTheCandidatesFault) {
  StartAgent("box-1");
  const std::string crash =
      Upload(CompileC(OneStage("if (i == 0) for (volatile long k = 0; k < 1500000000; ++k) {} abort();")));
  const std::string no_elf = Upload("this is no shared object");
  for (const std::string& reference : {crash, no_elf}) {
    const v1::MeasureResult first = RunOne(MakeRequest("first" + reference, good_, reference));
    EXPECT_EQ(first.outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED) << first.outcome().message();
    EXPECT_THAT(first.outcome().message(), ::testing::HasSubstr("while running the reference"));
    for (int i = 0; i < 3; ++i) {
      const v1::MeasureResult next =
          RunOne(MakeRequest("next" + std::to_string(i) + reference, good_, reference));
      EXPECT_EQ(next.outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED);
      EXPECT_LT(next.busy_us(), 500'000) << "the failure of the reference is known already";
    }
  }
  EXPECT_EQ(ListDevices().devices(0).health(), v1::DEVICE_HEALTH_GOOD);
  EXPECT_EQ(RunOne(MakeRequest("good", good_, good_)).outcome().kind(), v1::OUTCOME_KIND_OK);
}

TEST_F(ProgramsTest, AKernelOfAnotherAbiVersionIsNotTheSchedulesFault) {
  StartAgent("box-1");
  std::string source = OneStage(GoodBody());
  const std::string version = "DIAPASON_KERNEL_ABI_VERSION";
  source.replace(source.rfind(version), version.size(), "99");
  const v1::MeasureResult result = RunOne(MakeRequest("t1", Upload(CompileC(source)), good_));
  EXPECT_EQ(result.outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(result.outcome().message(), ::testing::HasSubstr("ABI version 99"));
}

TEST_F(ProgramsTest, AnotherMeasuringProtocolIsRefused) {
  v1::MeasureRequest request = MakeRequest("t1", good_, good_);
  request.mutable_options()->set_protocol_version(request.options().protocol_version() + 1);
  const absl::Status status = Submit(request);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::HasSubstr("install")));
}

}  // namespace
}  // namespace diapason::device_agent
