// Measures schedules of a task on this machine and writes them as a tuning log for search_bench:
//   record_schedules CASE COUNT SEED > LOG.jsonl
// It measures the default schedule and COUNT random ones, in this process, on one thread, with hot
// constants. So the times only rank schedules of one task; do not put them into a tuning log for other
// uses. Run it alone on an idle core.
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
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

std::string Conv(int64_t size, int64_t channels, int64_t kernel) {
  testing::Conv conv;
  conv.height = conv.width = size;
  conv.channels = conv.filters = channels;
  conv.kernel_height = conv.kernel_width = kernel;
  conv.padding = kernel / 2;
  return testing::ConvWorkload(conv);
}

std::map<std::string, std::string> Cases() {
  return {
      {"conv28", Conv(28, 128, 3)},
      {"conv56", Conv(56, 64, 3)},
      {"conv14", Conv(14, 256, 3)},
      {"conv56p", Conv(56, 64, 1)},
      {"conv28p", Conv(28, 128, 1)},
      {"gemm128", testing::GemmWorkload({.m = 128, .n = 768, .k = 768, .transposed_b = true})},
      {"gemm256", testing::GemmWorkload({.m = 256, .n = 512, .k = 512, .transposed_b = true})},
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

double MedianUs(KernelOnData& kernel) {
  const SystemClock clock;
  device_agent::SamplerOptions options;
  options.budget = absl::Milliseconds(20);
  const auto calls = [&](int count) { kernel.Time(count); };
  const auto canary = [&] { return device_agent::CanaryUs(clock); };
  const device_agent::Samples samples = device_agent::TakeSamples({calls}, canary, options, clock).front();
  // The time is scaled so that the canary takes 10 us. So it does not depend on the core's clock.
  return 10 * Median(SteadyUs(samples)) / Median(samples.canary_us);
}

// Builds and times one schedule. A failure becomes the record's outcome.
v1::Record Measure(const compiler::space::ScheduleSpace& space, const tuner::Proposal& proposal,
                   const v1::Workload& workload, const v1::Target& target,
                   compiler::codegen::KernelBackend& backend) {
  v1::Record record;
  record.set_workload_id(workload.id());
  record.set_target_fingerprint(TargetFingerprint(target));
  *record.mutable_target() = target;
  record.set_threads(1);
  *record.mutable_schedule() = space.ToSchedule(proposal.config);
  record.mutable_feature_row()->Assign(proposal.feature_row.begin(), proposal.feature_row.end());
  record.set_feature_schema(space.FeatureSchema());

  v1::BuildRequest request;
  *request.mutable_target() = target;
  request.set_workload_text(workload.text());
  request.set_optimization(v1::OPTIMIZATION_SEARCH);
  const auto script = space.Render(proposal.config);
  if (script.ok()) request.set_script(*script);
  const v1::BuildResponse response = backend.Build(request);
  *record.mutable_outcome() = response.outcome();
  if (response.outcome().kind() != v1::OUTCOME_KIND_OK) return record;
  auto kernel = KernelOnData::Load(response.artifact(), workload);
  if (!kernel.ok()) {
    record.mutable_outcome()->set_kind(v1::OUTCOME_KIND_LOAD_ERROR);
    record.mutable_outcome()->set_message(std::string(kernel.status().message()));
    return record;
  }
  record.mutable_measurement()->set_median_us(MedianUs(**kernel));
  return record;
}

absl::Status Run(const std::string& name, int count, uint64_t seed) {
  const std::map<std::string, std::string> cases = Cases();
  const auto text = cases.find(name);
  if (text == cases.end()) return absl::InvalidArgumentError(absl::StrCat("there is no case ", name));
  const auto folder =
      std::filesystem::canonical("/proc/self/exe").parent_path() / "../share/diapason/sketches";
  const v1::Target target = compiler::runtime::HostTarget();
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Sketch> sketches,
                            compiler::space::LoadSketches(folder.string()));
  DIAPASON_ASSIGN_OR_RETURN(const v1::Workload workload,
                            compiler::workload::MakeWorkload(text->second, name));
  DIAPASON_ASSIGN_OR_RETURN(const auto space,
                            compiler::space::ScheduleSpace::Create(workload.text(), sketches, target));
  DIAPASON_ASSIGN_OR_RETURN(const auto backend, compiler::codegen::MakeBackend(v1::TARGET_KIND_CPU));
  DIAPASON_ASSIGN_OR_RETURN(const auto store,
                            db::OpenRecordStore("sqlite::memory:", db::OpenMode::kReadWrite, nullptr));
  DIAPASON_RETURN_IF_ERROR(store->PutWorkload(workload));
  for (const v1::Sketch& sketch : sketches) DIAPASON_RETURN_IF_ERROR(store->PutSketch(sketch));

  const auto policy = tuner::NewRandomPolicy(*space, {.rng_seed = seed});
  int number = 0;
  for (const tuner::Proposal& proposal : policy->Suggest(count + 1)) {
    v1::Record record = Measure(*space, proposal, workload, target, *backend);
    record.set_trial_id(absl::StrCat(name, "-", seed, "-", number++));
    DIAPASON_RETURN_IF_ERROR(store->PutRecord(record));
  }
  std::cerr << name << ": " << space->Count(1'000'000) << " legal schedules, " << number << " measured\n";
  return db::ExportJsonLines(*store, {}, std::cout).status();
}

}  // namespace
}  // namespace diapason::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: record_schedules CASE COUNT SEED > LOG.jsonl\n";
    return 2;
  }
  diapason::bench::PinToLastCore();
  const absl::Status status =
      diapason::bench::Run(argv[1], std::atoi(argv[2]), std::strtoull(argv[3], nullptr, 10));
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
