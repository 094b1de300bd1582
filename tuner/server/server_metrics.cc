#include "tuner/server/server_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "prometheus/text_serializer.h"
#include "proto/domain/protocol_version.h"

namespace diapason::tuner {
namespace {

// One instance of `family` for each value of a protobuf enum; the label is the value's name in lower
// case, without the prefix that all names share.
template <typename Family>
auto OfEachValue(Family& family, const google::protobuf::EnumDescriptor& type, const std::string& label,
                 const std::string& prefix) {
  std::map<int, decltype(&family.Add({}))> instances;
  for (int i = 0; i < type.value_count(); ++i) {
    const auto* value = type.value(i);
    if (value->number() == 0) continue;  // ..._UNSPECIFIED
    const std::string word = absl::AsciiStrToLower(absl::StripPrefix(value->name(), prefix));
    instances[value->number()] = &family.Add({{label, word}});
  }
  return instances;
}

// Boundaries in seconds.
prometheus::Histogram::BucketBoundaries Seconds() {
  return {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30};
}

template <typename Map>
void Increment(Map& counters, int kind) {
  const auto found = counters.find(kind);
  if (found != counters.end()) found->second->Increment();
}

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

ServerMetrics::ServerMetrics() {
  const auto counter = [&](const char* name, const char* help) -> auto& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  };
  const auto gauge = [&](const char* name, const char* help) -> auto& {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  };
  const auto histogram = [&](const char* name, const char* help) {
    return &prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add({}, Seconds());
  };
  const auto& outcomes = *v1::OutcomeKind_descriptor();
  builds_ = OfEachValue(counter("diapason_builds_total", "Builds that have ended, by outcome."), outcomes,
                        "outcome", "OUTCOME_KIND_");
  trials_ =
      OfEachValue(counter("diapason_trials_total", "Measured trials whose results are stored, by outcome."),
                  outcomes, "outcome", "OUTCOME_KIND_");
  build_seconds_ = histogram("diapason_build_seconds", "The time of a build in its worker.");
  trial_seconds_ = histogram("diapason_trial_seconds", "How long a trial kept its device.");
  jobs_ = OfEachValue(gauge("diapason_jobs", "Jobs in the log, by state."), *v1::JobState_descriptor(),
                      "state", "JOB_STATE_");
  devices_ = OfEachValue(gauge("diapason_devices", "Devices that the tracker knows, by state."),
                         *v1::DeviceState_descriptor(), "state", "DEVICE_STATE_");
  health_ = OfEachValue(gauge("diapason_devices_health", "Devices that the tracker knows, by health."),
                        *v1::DeviceHealth_descriptor(), "health", "DEVICE_HEALTH_");
  busy_devices_ =
      &gauge("diapason_devices_busy", "How many devices measured on average during the last minute.").Add({});
  tracker_up_ = &gauge("diapason_tracker_up", "1 if the tracker answers, else 0.").Add({});
  waiting_builds_ = &gauge("diapason_builds_waiting", "Builds that no worker has begun.").Add({});
  resident_bytes_ = &gauge("process_resident_memory_bytes", "Resident memory of the server.").Add({});
  cpu_seconds_ =
      &counter("process_cpu_seconds_total", "User and system time of the server, without its workers.")
           .Add({});
  gauge("diapason_build_info", "Always 1; its label is the release.").Add({{"release", Release()}}).Set(1);
}

void ServerMetrics::CountBuild(const v1::BuildResponse& response) {
  Increment(builds_, response.outcome().kind());
  double us = 0;
  for (const v1::StageTime& stage : response.stages()) us += stage.us();
  if (us > 0) build_seconds_->Observe(us / 1e6);
}

void ServerMetrics::CountTrial(const v1::MeasureResult& result) {
  Increment(trials_, result.outcome().kind());
  if (result.busy_us() > 0) trial_seconds_->Observe(result.busy_us() / 1e6);
}

std::string ServerMetrics::Text(const State& state) {
  MutexLock lock(text_mu_);
  for (const Gauges* gauges : {&jobs_, &devices_, &health_}) {
    for (const auto& [value, gauge] : *gauges) gauge->Set(0);
  }
  for (const v1::JobStatus& job : state.jobs) Increment(jobs_, job.state());
  double busy = 0;
  for (const v1::DeviceStatus& device : state.devices) {
    Increment(devices_, device.state());
    Increment(health_, device.health());
    busy += device.busy_share();
  }
  busy_devices_->Set(busy);
  tracker_up_->Set(state.tracker_answers ? 1 : 0);
  waiting_builds_->Set(static_cast<double>(state.waiting_builds));
  resident_bytes_->Set(ResidentBytes());
  cpu_seconds_->Increment(CpuSeconds() - cpu_seconds_->Value());
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

void CountingBuilder::Build(v1::BuildRequest request, Done done) {
  builder_.Build(std::move(request), [this, done = std::move(done)](const v1::BuildResponse& response) {
    metrics_.CountBuild(response);
    done(response);
  });
}

void CountingMeasurer::Measure(MeasureWork work, OnResult on_result) {
  measurer_.Measure(
      std::move(work),
      [this, on_result = std::move(on_result)](const v1::MeasureResult& result) -> absl::Status {
        absl::Status stored = on_result(result);
        if (stored.ok()) metrics_.CountTrial(result);
        return stored;
      });
}

}  // namespace diapason::tuner
