#include "proto/domain/target_fit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace diapason {
namespace {

constexpr double kCoresWeight = 0.25;

std::string Architecture(const v1::Target& target) {
  return target.triple().substr(0, target.triple().find('-'));
}

// Recognises triples such as "x86_64-unknown-linux-gnu" and "aarch64-linux-android".
bool IsLinux(const v1::Target& target) { return absl::StrContains(target.triple(), "linux"); }

// Returns the level (1 to 4) of the x86-64 psABI that the cpu's name stands for, or 0 if it is not such a
// level.
int X86Level(absl::string_view cpu) {
  if (cpu == "x86-64") return 1;
  int level = 0;
  return absl::ConsumePrefix(&cpu, "x86-64-v") && absl::SimpleAtoi(cpu, &level) ? level : 0;
}

// Whether the cpu's name says nothing about the design of the core.
bool NamesNoDesign(absl::string_view cpu) { return cpu.empty() || cpu == "generic" || X86Level(cpu) > 0; }

// Adds the features that every cpu of a level has. A target of that level does not list them again.
void AddImplied(int level, std::set<std::string>& features) {
  if (level >= 2) features.insert({"cx16", "sahf", "popcnt", "sse3", "sse4.1", "sse4.2", "ssse3"});
  if (level >= 3) features.insert({"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"});
  if (level >= 4) features.insert({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
}

std::set<std::string> Features(const v1::Target& target) {
  std::set<std::string> features(target.features().begin(), target.features().end());
  AddImplied(X86Level(target.cpu()), features);
  return features;
}

double Log2Ratio(double a, double b) { return a > 0 && b > 0 ? std::abs(std::log2(a / b)) : a == b ? 0 : 1; }

std::map<int, double> CacheSizes(const v1::Target& target) {
  std::map<int, double> sizes;  // by level
  for (const v1::Cache& cache : target.caches())
    sizes[cache.level()] = static_cast<double>(cache.size_bytes());
  return sizes;
}

}  // namespace

std::string WhatIsMissing(const v1::Target& needed, const v1::Target& device) {
  const auto named = [](const std::string& name) { return name.empty() ? std::string("unknown") : name; };
  if (Architecture(needed) != Architecture(device) || IsLinux(needed) != IsLinux(device)) {
    return absl::StrCat("is ", named(device.triple()), ", not ", named(needed.triple()));
  }
  const int level = X86Level(needed.cpu());
  const bool is_design = !NamesNoDesign(needed.cpu());
  if (is_design && needed.cpu() != device.cpu() && needed.cpu() != Microarchitecture(device)) {
    return absl::StrCat("has the core ", named(Microarchitecture(device)), ", not ", needed.cpu());
  }
  if (level > 0 && X86Level(device.cpu()) > 0 && X86Level(device.cpu()) < level) {
    return absl::StrCat("has the instruction set level ", device.cpu(), ", not ", needed.cpu());
  }
  const std::set<std::string> has = Features(device);
  for (const std::string& feature : needed.features()) {
    if (!has.contains(feature)) return absl::StrCat("does not have the feature ", feature);
  }
  if (device.vector_bits() < needed.vector_bits()) {
    return absl::StrCat("has vectors of ", device.vector_bits(), " bits, not ", needed.vector_bits());
  }
  if (device.vector_registers() < needed.vector_registers()) {
    return absl::StrCat("has ", device.vector_registers(), " vector registers, not ",
                        needed.vector_registers());
  }
  return "";
}

bool IsSelected(const v1::DeviceSelector& selector, absl::string_view device_id,
                absl::string_view target_fingerprint) {
  return (selector.device_id().empty() || selector.device_id() == device_id) &&
         (selector.target_fingerprint().empty() || selector.target_fingerprint() == target_fingerprint);
}

std::string Microarchitecture(const v1::Target& target) {
  if (!target.microarchitecture().empty()) return target.microarchitecture();
  return NamesNoDesign(target.cpu()) ? "" : target.cpu();
}

bool SameMicroarchitecture(const v1::Target& a, const v1::Target& b) {
  return !Microarchitecture(a).empty() && Microarchitecture(a) == Microarchitecture(b);
}

double MachineDistance(const v1::Target& a, const v1::Target& b) {
  const std::set<std::string> of_a = Features(a);
  const std::set<std::string> of_b = Features(b);
  std::vector<std::string> differing;
  std::set_symmetric_difference(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                                std::back_inserter(differing));
  double distance = static_cast<double>(differing.size());
  distance += Log2Ratio(a.vector_registers(), b.vector_registers());
  distance += kCoresWeight * Log2Ratio(a.cores(), b.cores());
  std::map<int, double> sizes_a = CacheSizes(a);
  std::map<int, double> sizes_b = CacheSizes(b);
  for (int level = 1; level <= 3; ++level) distance += Log2Ratio(sizes_a[level], sizes_b[level]);
  return distance;
}

}  // namespace diapason
