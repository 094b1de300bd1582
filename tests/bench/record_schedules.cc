// Measures schedules of tasks on this machine and writes them as a tuning log for search_bench:
//   record_schedules build FOLDER CASE COUNT SEED random|guided
//   record_schedules measure FOLDER [SECONDS]
//   record_schedules export FOLDER > LOG.jsonl
// `build` builds COUNT more schedules of a case, which nothing disturbs and which may share the machine.
// `random` draws them at random and begins with the default; `guided` takes those that the search would try
// after all that was measured. `measure` times what was built and not yet measured, in this process, on one
// thread, with hot constants, and stops after SECONDS (default 100). Run it alone on an idle core. So the
// times only rank schedules of one task; do not put them into a tuning log for other uses.
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/runtime/host_target.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/workload/workload.h"
#include "db/json_lines.h"
#include "db/record_store.h"
#include "device-agent/runner/conditions.h"
#include "device-agent/runner/sampler.h"
#include "proto/base/clock.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/statistics/quantile.h"
#include "tests/bench/kernel_on_data.h"
#include "tests/testing/workloads.h"
#include "tuner/search/policy_factory.h"

namespace diapason::bench {
namespace {

namespace fs = std::filesystem;

std::string Conv(int64_t size, int64_t channels, int64_t filters, int64_t kernel, int64_t stride = 1) {
  return testing::ConvWorkload(testing::SquareConv(size, channels, filters, kernel, stride));
}

std::string Depthwise(int64_t size, int64_t channels) {
  return testing::DepthwiseWorkload(testing::SquareConv(size, channels, channels, 3));
}

// Layers of ResNet, SqueezeNet, GoogLeNet, MobileNetV2 and BERT. Winograd's algorithm fits the first seven.
std::map<std::string, std::string> Cases() {
  return {
      {"conv56", Conv(56, 64, 64, 3)},
      {"conv28", Conv(28, 128, 128, 3)},
      {"conv14", Conv(14, 256, 256, 3)},
      {"conv7", Conv(7, 512, 512, 3)},
      {"conv13", Conv(13, 256, 256, 3)},
      {"conv55", Conv(55, 16, 64, 3)},
      {"conv28k5", Conv(28, 64, 64, 5)},
      {"conv224s2", Conv(224, 3, 64, 7, 2)},
      {"conv56s2", Conv(56, 64, 128, 3, 2)},
      {"conv56p", Conv(56, 64, 256, 1)},
      {"conv14p", Conv(14, 384, 64, 1)},
      {"dw56", Depthwise(56, 144)},
      {"gemm128", testing::GemmWorkload({.m = 128, .n = 768, .k = 768, .transposed_b = true})},
      {"gemm512", testing::GemmWorkload({.m = 512, .n = 512, .k = 512})},
      {"qk", testing::BatchGemmWorkload({.batch = 12, .m = 128, .n = 128, .k = 64, .transposed_rhs = true})},
  };
}

void PinToLastCore() {
  cpu_set_t all, last;
  sched_getaffinity(0, sizeof all, &all);
  CPU_ZERO(&last);
  for (int core = CPU_SETSIZE - 1; core >= 0; --core) {
    if (!CPU_ISSET(core, &all)) continue;
    CPU_SET(core, &last);
    break;
  }
  sched_setaffinity(0, sizeof last, &last);
}

v1::Measurement Time(KernelOnData& kernel) {
  const SystemClock clock;
  device_agent::SamplerOptions options;
  options.budget = absl::Milliseconds(20);
  const auto calls = [&](int count) { kernel.Time(count); };
  const auto canary = [&] { return device_agent::CanaryUs(clock); };
  const device_agent::Samples samples = device_agent::TakeSamples({calls}, canary, options, clock).front();
  v1::Measurement measurement;
  measurement.set_median_us(Median(SteadyUs(samples)));
  measurement.set_p10_us(Quantile(SteadyUs(samples), 0.1));
  measurement.add_canary_us(Median(samples.canary_us));
  return measurement;
}

// A case with its schedule space.
struct Task {
  v1::Target target;
  std::vector<v1::Sketch> sketches;
  v1::Workload workload;
  std::unique_ptr<compiler::space::ScheduleSpace> space;
};

absl::StatusOr<Task> OpenTask(const std::string& name) {
  const std::map<std::string, std::string> cases = Cases();
  const auto text = cases.find(name);
  if (text == cases.end()) return absl::InvalidArgumentError(absl::StrCat("there is no case ", name));
  Task task;
  const fs::path folder = fs::canonical("/proc/self/exe").parent_path() / "../share/diapason/sketches";
  task.target = compiler::runtime::HostTarget();
  DIAPASON_ASSIGN_OR_RETURN(task.sketches, compiler::space::LoadSketches(folder.string()));
  DIAPASON_ASSIGN_OR_RETURN(task.workload, compiler::workload::MakeWorkload(text->second, name));
  DIAPASON_ASSIGN_OR_RETURN(
      task.space, compiler::space::ScheduleSpace::Create(task.workload.text(), task.sketches, task.target));
  return task;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void WriteFile(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// The folder has, for each case, a folder with a file for each record (NUMBER.record) and for each artifact
// that is not measured yet (NUMBER.so).
std::map<int, v1::Record> ReadRecords(const fs::path& folder) {
  std::map<int, v1::Record> records;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".record") continue;
    records[std::atoi(entry.path().stem().c_str())].ParseFromString(ReadFile(entry.path()));
  }
  return records;
}

// Builds one schedule. A failure becomes the record's outcome.
v1::Record Build(const Task& task, const tuner::Proposal& proposal, compiler::codegen::KernelBackend& backend,
                 std::string& artifact) {
  v1::Record record;
  record.set_workload_id(task.workload.id());
  record.set_target_fingerprint(TargetFingerprint(task.target));
  *record.mutable_target() = task.target;
  record.set_threads(1);
  record.set_phase(v1::TRIAL_PHASE_SEARCH);
  *record.mutable_schedule() = task.space->ToSchedule(proposal.config);
  record.mutable_feature_row()->Assign(proposal.feature_row.begin(), proposal.feature_row.end());
  record.set_feature_schema(task.space->FeatureSchema());

  v1::BuildRequest request;
  *request.mutable_target() = task.target;
  request.set_workload_text(task.workload.text());
  request.set_optimization(v1::OPTIMIZATION_SEARCH);
  const auto script = task.space->Render(proposal.config);
  if (script.ok()) request.set_script(*script);
  const v1::BuildResponse response = backend.Build(request);
  *record.mutable_outcome() = response.outcome();
  artifact = response.artifact();
  return record;
}

absl::Status BuildSome(const fs::path& root, const std::string& name, int count, uint64_t seed, bool guided) {
  DIAPASON_ASSIGN_OR_RETURN(const Task task, OpenTask(name));
  DIAPASON_ASSIGN_OR_RETURN(const auto backend, compiler::codegen::MakeBackend(v1::TARGET_KIND_CPU));
  const fs::path folder = root / name;
  fs::create_directories(folder);
  WriteFile(folder / "workload", task.workload.SerializeAsString());
  const auto policy = guided ? tuner::NewModelPolicy(*task.space, {.rng_seed = seed})
                             : tuner::NewRandomPolicy(*task.space, {.rng_seed = seed});
  const std::map<int, v1::Record> known = ReadRecords(folder);
  for (const auto& [number, record] : known) {
    DIAPASON_ASSIGN_OR_RETURN(compiler::space::ScheduleConfig config,
                              task.space->FromSchedule(record.schedule()));
    const double time_us =
        record.has_measurement() ? record.measurement().median_us() : std::numeric_limits<double>::infinity();
    const tuner::Observation observation = {config, task.space->FeatureRow(config), time_us};
    policy->Observe({&observation, 1});
  }
  int number = known.empty() ? 0 : known.rbegin()->first + 1;
  for (const tuner::Proposal& proposal : policy->Suggest(count)) {
    std::string artifact;
    v1::Record record = Build(task, proposal, *backend, artifact);
    record.set_trial_id(absl::StrCat(name, "-", guided ? "guided" : "random", "-", number));
    WriteFile(folder / absl::StrCat(number, ".record"), record.SerializeAsString());
    if (!artifact.empty()) WriteFile(folder / absl::StrCat(number, ".so"), artifact);
    ++number;
  }
  std::cerr << name << ": " << task.space->Count(1'000'000) << " legal schedules, " << number << " built\n";
  return absl::OkStatus();
}

absl::Status MeasureBuilt(const fs::path& root, absl::Duration limit) {
  const SystemClock clock;
  const absl::Duration end = clock.Monotonic() + limit;
  int measured = 0, left = 0;
  for (const auto& folder : fs::directory_iterator(root)) {
    v1::Workload workload;
    workload.ParseFromString(ReadFile(folder.path() / "workload"));
    for (auto& [number, record] : ReadRecords(folder.path())) {
      const fs::path artifact = folder.path() / absl::StrCat(number, ".so");
      if (!fs::exists(artifact)) continue;
      if (clock.Monotonic() > end) {
        ++left;
        continue;
      }
      auto kernel = KernelOnData::Load(ReadFile(artifact), workload);
      if (kernel.ok()) {
        *record.mutable_measurement() = Time(**kernel);
      } else {
        record.mutable_outcome()->set_kind(v1::OUTCOME_KIND_LOAD_ERROR);
        record.mutable_outcome()->set_message(std::string(kernel.status().message()));
      }
      WriteFile(folder.path() / absl::StrCat(number, ".record"), record.SerializeAsString());
      fs::remove(artifact);
      ++measured;
    }
  }
  std::cerr << measured << " schedules measured, " << left << " left\n";
  return absl::OkStatus();
}

absl::Status Export(const fs::path& root) {
  DIAPASON_ASSIGN_OR_RETURN(const auto store,
                            db::OpenRecordStore("sqlite::memory:", db::OpenMode::kReadWrite, nullptr));
  for (const auto& folder : fs::directory_iterator(root)) {
    DIAPASON_ASSIGN_OR_RETURN(const Task task, OpenTask(folder.path().filename().string()));
    DIAPASON_RETURN_IF_ERROR(store->PutWorkload(task.workload));
    for (const v1::Sketch& sketch : task.sketches) DIAPASON_RETURN_IF_ERROR(store->PutSketch(sketch));
    for (const auto& [number, record] : ReadRecords(folder.path())) {
      if (fs::exists(folder.path() / absl::StrCat(number, ".so"))) continue;
      DIAPASON_RETURN_IF_ERROR(store->PutRecord(record));
    }
  }
  return db::ExportJsonLines(*store, {}, std::cout).status();
}

}  // namespace
}  // namespace diapason::bench

int main(int argc, char** argv) {
  using diapason::bench::BuildSome;
  const std::string command = argc > 1 ? argv[1] : "";
  absl::Status status = absl::InvalidArgumentError(
      "usage: record_schedules build FOLDER CASE COUNT SEED random|guided | measure FOLDER [SECONDS] | "
      "export FOLDER");
  if (command == "build" && argc == 7) {
    status = BuildSome(argv[2], argv[3], std::atoi(argv[4]), std::strtoull(argv[5], nullptr, 10),
                       std::string(argv[6]) == "guided");
  } else if (command == "measure" && argc >= 3) {
    diapason::bench::PinToLastCore();
    status = diapason::bench::MeasureBuilt(argv[2], absl::Seconds(argc > 3 ? std::atoi(argv[3]) : 100));
  } else if (command == "export" && argc == 3) {
    status = diapason::bench::Export(argv[2]);
  }
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
