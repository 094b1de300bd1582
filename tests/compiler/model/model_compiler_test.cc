#include "compiler/model/model_compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llvm/Object/ELFObjectFile.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "compiler/model/header_text.h"
#include "compiler/model/loaded_model.h"
#include "compiler/model/memory_plan.h"
#include "compiler/model/model_module.h"
#include "compiler/targets/target_registry.h"
#include "tests/compiler/model/default_schedules.h"
#include "tests/compiler/model/small_model.h"
#include "tests/testing/status_matchers.h"

namespace diapason::compiler::model {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

constexpr uint64_t kSeed = 1;

std::string SourceDir() { return std::getenv("DIAPASON_SOURCE_DIR"); }

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

v1::Target TargetNamed(const std::string& name) {
  return targets::FindTarget(name, SourceDir() + "/compiler/targets").value();
}

// Chooses no schedule, so that the naive lowering is compiled.
absl::StatusOr<ScheduleChoice> Naive(const v1::Workload&) {
  ScheduleChoice choice;
  choice.reason = "a test";
  return choice;
}

class ModelCompilerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        ::testing::TempDir() + "/model_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
  }
  void TearDown() override { fs::remove_all(folder_); }

  absl::StatusOr<ModelFiles> Compile(const ScheduleSource& schedules, const std::string& target = "host",
                                     const std::string& subfolder = "", ModelOptions options = {}) {
    options.target = TargetNamed(target);
    options.directory = folder_ + subfolder;
    options.runtime_archive = RuntimeArchive(options.target);
    return CompileModel(program_, schedules, options);
  }

  Tensor Expected(const Tensor& x) const {
    std::vector<float> values(x.bytes.size() / sizeof(float));
    std::memcpy(values.data(), x.bytes.data(), x.bytes.size());
    const std::vector<float> y = SmallModelReference(program_, values);
    return {"y",
            v1::ELEMENT_TYPE_F32,
            {1, 10},
            std::string(reinterpret_cast<const char*>(y.data()), y.size() * sizeof(float))};
  }

  // Compiles, loads and runs the model. Expects right outputs for three inputs, and the same bits for
  // any number of threads.
  void ExpectRight(const ScheduleSource& schedules) {
    const auto files = Compile(schedules);
    ASSERT_TRUE(files.ok()) << files.status();
    for (uint64_t seed = kSeed; seed < kSeed + 3; ++seed) {
      std::string first_bits;
      for (int threads : {1, 2, 4}) {
        auto model = LoadedModel::Load(folder_, threads);
        ASSERT_TRUE(model.ok()) << model.status();
        const std::vector<Tensor> inputs = (*model)->RandomInputs(seed);
        for (int run = 0; run < 3; ++run) {
          const auto outputs = (*model)->Run(inputs);
          ASSERT_TRUE(outputs.ok()) << outputs.status();
          const auto comparison = CompareTensors(outputs->at(0), Expected(inputs[0]));
          ASSERT_TRUE(comparison.ok()) << comparison.status();
          EXPECT_TRUE(comparison->matches)
              << threads << " threads, run " << run << ": error " << comparison->max_relative_error;
          if (first_bits.empty()) first_bits = outputs->at(0).bytes;
          EXPECT_EQ(outputs->at(0).bytes, first_bits) << threads << " threads, run " << run;
        }
      }
    }
  }

  const graph::Program program_ = SmallModel(kSeed);
  std::string folder_;
};

TEST_F(ModelCompilerTest, NaiveKernelsComputeTheModel) { ExpectRight(Naive); }

TEST_F(ModelCompilerTest, DefaultSchedulesComputeTheModel) {
  ExpectRight(DefaultSchedules(TargetNamed("host")));
}

TEST_F(ModelCompilerTest, InstancesWorkAtTheSameTime) {
  ASSERT_TRUE(Compile(Naive).ok());
  std::vector<std::thread> users;
  for (int user = 0; user < 2; ++user) {
    users.emplace_back([&, user] {
      auto model = LoadedModel::Load(folder_, 2);
      ASSERT_TRUE(model.ok()) << model.status();
      const std::vector<Tensor> inputs = (*model)->RandomInputs(kSeed + user);
      const std::string expected = (*model)->Run(inputs)->at(0).bytes;
      EXPECT_TRUE(CompareTensors((*model)->Run(inputs)->at(0), Expected(inputs[0]))->matches);
      for (int run = 0; run < 20; ++run) ASSERT_EQ((*model)->Run(inputs)->at(0).bytes, expected);
    });
  }
  for (std::thread& user : users) user.join();
}

TEST_F(ModelCompilerTest, EqualInputsGiveEqualBytes) {
  const auto one = Compile(DefaultSchedules(TargetNamed("host")), "host", "/one");
  const auto two = Compile(DefaultSchedules(TargetNamed("host")), "host", "/two");
  ASSERT_TRUE(one.ok() && two.ok()) << one.status() << two.status();
  EXPECT_TRUE(ReadFile(one->library) == ReadFile(two->library));
  EXPECT_EQ(ReadFile(one->header), ReadFile(two->header));
  EXPECT_EQ(ReadFile(one->manifest), ReadFile(two->manifest));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ + "/one"), fs::directory_iterator()), 3);
}

TEST_F(ModelCompilerTest, AKernelThatCannotBeLinkedIsRefused) {
  ModelOptions options;
  options.build = [](const v1::BuildRequest& request) {
    v1::BuildResponse response;
    response.mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
    response.set_artifact("a shared object");
    response.set_artifact_kind(v1::ARTIFACT_KIND_ELF_SHARED_OBJECT);
    std::promise<v1::BuildResponse> done;
    done.set_value(response);
    return done.get_future();
  };
  EXPECT_THAT(
      Compile(Naive, "host", "", options),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("was built as ARTIFACT_KIND_ELF_SHARED_OBJECT")));
}

TEST_F(ModelCompilerTest, ATargetThatNoBackEndBuildsForIsRefusedFirst) {
  ModelOptions options;
  options.target = TargetNamed("host");
  options.target.set_cpu("pentium-1000");
  options.directory = folder_;
  options.runtime_archive = RuntimeArchive(TargetNamed("host"));
  EXPECT_THAT(CompileModel(program_, Naive, options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pentium-1000")));
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(ModelCompilerTest, ManifestSaysWhatWasCompiled) {
  const auto files = Compile(DefaultSchedules(TargetNamed("host")));
  ASSERT_TRUE(files.ok()) << files.status();
  const auto manifest = ParseManifest(ReadFile(files->manifest));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(ManifestText(*manifest), ReadFile(files->manifest));
  EXPECT_EQ(manifest->name, "small");
  EXPECT_EQ(manifest->library, "libsmall.so");
  EXPECT_EQ(manifest->inputs.at(0).shape, (std::vector<int64_t>{1, 12, 12, 4}));
  EXPECT_EQ(manifest->outputs.at(0).element_type, v1::ELEMENT_TYPE_F32);
  int64_t weight_bytes = 0;
  for (const graph::Buffer& buffer : program_.buffers)
    weight_bytes += static_cast<int64_t>(buffer.bytes.size());
  EXPECT_EQ(manifest->weight_bytes, weight_bytes);
  EXPECT_GT(manifest->packed_bytes, 0);
  EXPECT_LT(manifest->packed_bytes, 4 * weight_bytes);
  EXPECT_EQ(manifest->border_bytes, PlanMemory(program_).RefilledBytes(program_));
  EXPECT_GE(manifest->arena_bytes, 2 * 12 * 12 * 8 * 4);
  ASSERT_EQ(manifest->calls.size(), 7u);
  EXPECT_EQ(manifest->calls[3].name, "left");
  EXPECT_EQ(manifest->calls[3].task, manifest->calls[1].task);  // two kernels of one workload
  const ManifestTask& task = manifest->tasks.at(manifest->calls[1].task);
  EXPECT_EQ(task.weight, 2);
  EXPECT_EQ(task.workload_id, program_.workloads[program_.calls[1].workload].id());
  EXPECT_EQ(task.rung, "default");
  EXPECT_EQ(task.reason, "nothing is known");
  EXPECT_EQ(task.measured_us, 12.5);
  EXPECT_FALSE(task.schedule.knobs.empty());
}

// This test needs only what every machine that builds this project has. It does not need the other
// architecture's C library.
TEST_F(ModelCompilerTest, EveryNamedTargetCompiles) {
  // These functions exist in glibc and in musl. A library does not name either of them.
  const std::set<std::string> c_library = {
      "aligned_alloc",  "calloc",       "clock_gettime", "free",
      "getauxval",      "madvise",      "memcpy",        "memmove",
      "memset",         "mmap",         "munmap",        "snprintf",
      "pthread_create", "pthread_join", "sched_yield",   "sched_getaffinity",
      "syscall",        "vsnprintf",    "__tls_get_addr"};
  int other_architectures = 0;
  for (const std::string& name : targets::TargetNames(SourceDir() + "/compiler/targets")) {
    const v1::Target target = TargetNamed(name);
    const auto files = Compile(DefaultSchedules(target), name, "/" + name);
    ASSERT_TRUE(files.ok()) << name << ": " << files.status();
    const std::string library = ReadFile(files->library);
    auto object = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(library, "library"));
    ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
    EXPECT_EQ((*object)->getArch(), llvm::Triple(target.triple()).getArch()) << name;
    const auto& elf = llvm::cast<llvm::object::ELFObjectFileBase>(**object);
    for (const llvm::object::ELFSymbolRef symbol : elf.getDynamicSymbolIterators()) {
      if (!(llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined)) continue;
      const std::string needed = llvm::cantFail(symbol.getName()).str();
      EXPECT_TRUE(needed.empty() || c_library.contains(needed)) << name << " needs " << needed;
    }
    if (target.triple().substr(0, 6) == TargetNamed("host").triple().substr(0, 6)) continue;
    ++other_architectures;
    const auto loaded = LoadedModel::Load(folder_ + "/" + name, 1);
    EXPECT_EQ(loaded.status().code(), absl::StatusCode::kFailedPrecondition) << loaded.status();
  }
  EXPECT_GT(other_architectures, 0);
}

// A library for 64-bit ARM runs in an emulator, used by a C program. It must give the same numbers as
// here.
TEST_F(ModelCompilerTest, RunsOnAnotherArchitecture) {
  const std::string compiler = "aarch64-linux-gnu-gcc";
  const std::string emulator = "qemu-aarch64";
  for (const std::string& tool : {compiler, emulator, std::string("/lib/ld-linux-aarch64.so.1")}) {
    if (std::system(("command -v " + tool + " > /dev/null").c_str()) != 0)
      GTEST_SKIP() << tool << " is not installed; run deploy/install_packages arm64";
  }
  for (const std::string name : {"rpi4", "aarch64"}) {
    const std::string cross = folder_ + "/" + name;
    ASSERT_TRUE(Compile(DefaultSchedules(TargetNamed(name)), name, "/" + name).ok());
    ASSERT_TRUE(Compile(DefaultSchedules(TargetNamed("host")), "host", "/host").ok());
    auto model = LoadedModel::Load(folder_ + "/host", 1);
    ASSERT_TRUE(model.ok()) << model.status();
    const std::vector<Tensor> inputs = (*model)->RandomInputs(kSeed);
    std::ofstream(folder_ + "/x", std::ios::binary) << inputs[0].bytes;
    const std::string compile = compiler + " -Wall -Werror " + SourceDir() +
                                "/tests/compiler/model/use_model.c -idirafter /usr/include -I" + cross +
                                " -L" + cross + " -lsmall -o " + cross + "/use_model";
    ASSERT_EQ(std::system(compile.c_str()), 0) << compile;
    const std::string run = "timeout 60 " + emulator + " -E LD_LIBRARY_PATH=" + cross + " " + cross +
                            "/use_model " + folder_ + "/x " + cross + "/y > " + cross + "/text";
    ASSERT_EQ(std::system(run.c_str()), 0) << run;
    Tensor y = Expected(inputs[0]);
    y.bytes = ReadFile(cross + "/y");
    const auto comparison = CompareTensors(y, Expected(inputs[0]));
    ASSERT_TRUE(comparison.ok()) << comparison.status();
    EXPECT_TRUE(comparison->matches) << name << ": error " << comparison->max_relative_error;
    EXPECT_EQ(ReadFile(cross + "/text"), "input 0 (x) must have the shape [1, 12, 12, 4], not [1, 10]\n");
  }
}

TEST_F(ModelCompilerTest, AnArchitectureWithoutARuntimeIsToldBeforeAnythingIsBuilt) {
  ModelOptions options;
  options.target = TargetNamed("rpi4");
  options.directory = folder_;
  options.runtime_archive = RuntimeArchive(options.target) + ".not";
  int asked = 0;
  const auto files = CompileModel(
      program_,
      [&](const v1::Workload& workload) {
        ++asked;
        return Naive(workload);
      },
      options);
  EXPECT_EQ(files.status().code(), absl::StatusCode::kNotFound) << files.status();
  EXPECT_THAT(std::string(files.status().message()), HasSubstr("there is no model run-time for aarch64"));
  EXPECT_EQ(asked, 0);
}

TEST_F(ModelCompilerTest, OnlyTheApiIsVisible) {
  const auto files = Compile(Naive);
  ASSERT_TRUE(files.ok()) << files.status();
  const std::string library = ReadFile(files->library);
  auto object = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(library, "library"));
  ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
  const auto& elf = llvm::cast<llvm::object::ELFObjectFileBase>(**object);
  std::vector<std::string> visible;
  for (const llvm::object::ELFSymbolRef symbol : elf.getDynamicSymbolIterators()) {
    const uint32_t flags = llvm::cantFail(symbol.getFlags());
    const bool defined =
        !(flags & (llvm::object::SymbolRef::SF_Undefined | llvm::object::SymbolRef::SF_FormatSpecific));
    if (defined) visible.push_back(llvm::cantFail(symbol.getName()).str());
  }
  EXPECT_THAT(visible, UnorderedElementsAreArray(ExportedFunctions("small")));
}

TEST_F(ModelCompilerTest, ServesProgramsInCAndCpp) {
  ASSERT_TRUE(Compile(Naive).ok());
  auto model = LoadedModel::Load(folder_, 1);
  ASSERT_TRUE(model.ok()) << model.status();
  const std::vector<Tensor> inputs = (*model)->RandomInputs(kSeed);
  std::ofstream(folder_ + "/x", std::ios::binary) << inputs[0].bytes;
  for (const std::string language : {"c -std=c99 -pedantic-errors", "c++ -std=c++17"}) {
    const std::string program = folder_ + "/use_model";
    const std::string compile = std::string(DIAPASON_TEST_CC) + " -Wall -Wextra -Werror -x " + language +
                                " " + SourceDir() + "/tests/compiler/model/use_model.c -I" + folder_ + " -L" +
                                folder_ + " -lsmall -Wl,-rpath," + folder_ + " -o " + program;
    ASSERT_EQ(std::system(compile.c_str()), 0) << compile;
    ASSERT_EQ(std::system((program + " " + folder_ + "/x " + folder_ + "/y > " + folder_ + "/text").c_str()),
              0);
    EXPECT_EQ(ReadFile(folder_ + "/y"), (*model)->Run(inputs)->at(0).bytes);
    EXPECT_EQ(ReadFile(folder_ + "/text"), "input 0 (x) must have the shape [1, 12, 12, 4], not [1, 10]\n");
  }
}

TEST_F(ModelCompilerTest, AFailureLeavesNothingBehind) {
  const auto files = Compile([](const v1::Workload&) {
    ScheduleChoice choice;
    choice.script = "this is no script";
    return choice;
  });
  EXPECT_EQ(files.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(files.status().message()), HasSubstr("the kernel of first ("));
  EXPECT_FALSE(fs::exists(folder_));
  EXPECT_EQ(Compile([](const v1::Workload&) { return absl::NotFoundError("none"); }).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(ModelCompilerTest, AnInterruptLeavesNothingBehind) {
  ModelOptions options;
  options.target = TargetNamed("host");
  options.directory = folder_;
  options.runtime_archive = RuntimeArchive(options.target);
  int asked = 0;
  // Schedules are chosen for every call before kernels are built. This number stops between two kernels.
  options.cancelled = [&] { return ++asked > static_cast<int>(program_.calls.size()) + 1; };
  const auto files = CompileModel(program_, Naive, options);
  EXPECT_EQ(files.status().code(), absl::StatusCode::kCancelled) << files.status();
  EXPECT_EQ(asked, static_cast<int>(program_.calls.size()) + 2);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(ModelCompilerTest, SaysWhyAFolderIsNoCompiledModel) {
  EXPECT_EQ(LoadedModel::Load(folder_, 1).status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(Compile(Naive).ok());
  auto model = LoadedModel::Load(folder_, 1);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->Run({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LoadedModel::Load(folder_, -3).status().code(), absl::StatusCode::kInvalidArgument);
  std::ofstream(folder_ + "/" + kManifestFile) << "{}";
  EXPECT_THAT(std::string(LoadedModel::Load(folder_, 1).status().message()),
              HasSubstr("manifest.json: it has no"));
}

// Schedules that do not build are skipped, whatever the error is. The manifest says which, and why.
TEST_F(ModelCompilerTest, ScheduleThatDoesNotBuildGivesWayToAnother) {
  const auto broken = [](const v1::Workload&) -> absl::StatusOr<ScheduleChoice> {
    ScheduleChoice choice;
    choice.script = "module {}";
    choice.schedule.set_sketch_name("broken");
    return choice;
  };
  ModelOptions options;
  options.other_schedules = [&](const v1::Workload& workload, int number) -> absl::StatusOr<ScheduleChoice> {
    if (number == 0) return broken(workload);
    if (number == 1) return Naive(workload);
    return absl::NotFoundError("no more");
  };
  const auto files = Compile(broken, "host", "", options);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(ReadFile(files->manifest), HasSubstr("broken was tried before and did not build: "));
  const auto model = LoadedModel::Load(folder_, 1);
  ASSERT_TRUE(model.ok()) << model.status();

  int asked = 0;
  options.other_schedules = [&](const v1::Workload&, int number) -> absl::StatusOr<ScheduleChoice> {
    asked = std::max(asked, number + 1);
    if (number < 2) return broken({});
    return absl::NotFoundError("no more");
  };
  const auto none = Compile(broken, "host", "/none", options);
  EXPECT_EQ(none.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(none.status().message(), HasSubstr("does not build"));
  EXPECT_EQ(asked, 3);
  EXPECT_FALSE(fs::exists(folder_ + "/none"));
}

}  // namespace
}  // namespace diapason::compiler::model
