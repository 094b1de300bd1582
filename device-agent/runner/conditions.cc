#include "device-agent/runner/conditions.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"

namespace diapason::device_agent {
namespace {

constexpr int kCanarySteps = 4'000;
constexpr int kCanaryTries = 15;
constexpr double kSteadyCanary = 1.3;  // if the canary changes by more, the core's speed has changed
constexpr int kCheckTries = 3;         // because other programs can disturb a canary, too
constexpr absl::Duration kCheckLoad = absl::Milliseconds(300);

template <typename T>
std::optional<T> ReadValue(const std::string& path) {
  std::ifstream file(path);
  T value;
  if (file >> value) return value;
  return std::nullopt;
}

std::string CpuDir(int cpu) { return absl::StrCat("/sys/devices/system/cpu/cpu", cpu); }

// The loop is hidden from the optimiser, which would otherwise compute its result only once.
double MultiplyAddChain(double x) {
  for (int i = 0; i < kCanarySteps; ++i) {
    x = x * 0.999 + 0.5;
    asm volatile("" : : "r"(&x) : "memory");
  }
  return x;
}

// Reads the frequency from /proc/cpuinfo. Virtual machines have no frequency driver.
std::optional<double> CpuinfoMhz(int cpu) {
  std::ifstream file("/proc/cpuinfo");
  int processor = -1;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    if (line.rfind("processor", 0) == 0) processor = std::atoi(line.c_str() + colon + 1);
    if (processor == cpu && line.rfind("cpu MHz", 0) == 0) return std::atof(line.c_str() + colon + 1);
  }
  return std::nullopt;
}

// Returns how often the core has been throttled since the machine started, or nullopt if the system does
// not tell.
std::optional<int64_t> ThrottleCount(int cpu) {
  return ReadValue<int64_t>(CpuDir(cpu) + "/thermal_throttle/core_throttle_count");
}

}  // namespace

double CanaryUs(const Clock& clock) {
  const absl::Duration begin = clock.Monotonic();
  const double value = MultiplyAddChain(1.0);
  asm volatile("" : : "r"(&value) : "memory");
  return absl::ToDoubleMicroseconds(clock.Monotonic() - begin);
}

double BestCanaryUs(const Clock& clock) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kCanaryTries; ++i) least = std::min(least, CanaryUs(clock));
  return least;
}

void ReadConditions(int cpu, v1::Conditions& conditions) {
  if (const auto khz = ReadValue<double>(CpuDir(cpu) + "/cpufreq/scaling_cur_freq")) {
    conditions.set_frequency_mhz(*khz / 1000);
  } else if (const auto mhz = CpuinfoMhz(cpu)) {
    conditions.set_frequency_mhz(*mhz);
  }
  if (const auto governor = ReadValue<std::string>(CpuDir(cpu) + "/cpufreq/scaling_governor")) {
    conditions.set_governor(*governor);
  }
  for (int zone = 0; zone < 16; ++zone) {
    const auto milli = ReadValue<double>(absl::StrCat("/sys/class/thermal/thermal_zone", zone, "/temp"));
    if (milli) conditions.set_temperature_c(std::max(conditions.temperature_c(), *milli / 1000));
  }
}

SpeedWatch::SpeedWatch(int cpu, const Clock& clock, v1::Conditions& conditions)
    : cpu_(cpu), clock_(clock), conditions_(conditions), count_before_(ThrottleCount(cpu)) {
  conditions_.set_canary_before_us(BestCanaryUs(clock_));
}

v1::Outcome SpeedWatch::End() {
  conditions_.set_canary_after_us(BestCanaryUs(clock_));
  const std::optional<int64_t> count_after = ThrottleCount(cpu_);
  if (count_before_ && count_after) conditions_.set_throttled(*count_after > *count_before_);
  const double change = conditions_.canary_after_us() / conditions_.canary_before_us();
  if (change <= kSteadyCanary && change >= 1 / kSteadyCanary && !conditions_.throttled()) {
    return MakeOutcome(v1::OUTCOME_KIND_OK);
  }
  return MakeOutcome(
      v1::OUTCOME_KIND_THROTTLED,
      absl::StrCat("the core's speed changed during the measurement: the canary took ",
                   conditions_.canary_before_us(), " us before and ", conditions_.canary_after_us(),
                   " us after", conditions_.throttled() ? "; the system counted throttling" : ""));
}

v1::Outcome CheckSpeed(int cpu, const Clock& clock) {
  v1::Outcome outcome;
  for (int i = 0; i < kCheckTries; ++i) {
    v1::Conditions conditions;
    SpeedWatch watch(cpu, clock, conditions);
    for (const absl::Duration end = clock.Monotonic() + kCheckLoad; clock.Monotonic() < end;) CanaryUs(clock);
    outcome = watch.End();
    if (IsOk(outcome)) return outcome;
  }
  return outcome;
}

}  // namespace diapason::device_agent
