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

template <typename T>
std::optional<T> ReadValue(const std::string& path) {
  std::ifstream file(path);
  T value;
  if (file >> value) return value;
  return std::nullopt;
}

std::string CpuDir(int cpu) { return absl::StrCat("/sys/devices/system/cpu/cpu", cpu); }

// Hidden from the optimiser, which would compute it once.
double MultiplyAddChain(double x) {
  for (int i = 0; i < kCanarySteps; ++i) {
    x = x * 0.999 + 0.5;
    asm volatile("" : : "r"(&x) : "memory");
  }
  return x;
}

// From /proc/cpuinfo, where there is no frequency driver (a virtual machine).
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

std::optional<int64_t> ThrottleCount(int cpu) {
  return ReadValue<int64_t>(CpuDir(cpu) + "/thermal_throttle/core_throttle_count");
}

}  // namespace diapason::device_agent
