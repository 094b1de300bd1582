#include "compiler/runtime/host_target.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace diapason::compiler::runtime {
namespace {

constexpr char kCpuDir[] = "/sys/devices/system/cpu/";

using Words = std::set<std::string>;

// A row of a table: a flag as the kernel prints it, and LLVM's name for it.
struct Feature {
  const char* flag;
  const char* llvm;
};

// Features that the levels x86-64-v1 to v4 do not guarantee, and that generated code may use.
constexpr Feature kX86Features[] = {
    {"fma", "fma"},
    {"f16c", "f16c"},
    {"avx", "avx"},
    {"avx2", "avx2"},
    {"avx_vnni", "avxvnni"},
    {"avx_vnni_int8", "avxvnniint8"},
    {"avx512f", "avx512f"},
    {"avx512_bf16", "avx512bf16"},
    {"avx512_bitalg", "avx512bitalg"},
    {"avx512_fp16", "avx512fp16"},
    {"avx512ifma", "avx512ifma"},
    {"avx512vbmi", "avx512vbmi"},
    {"avx512_vbmi2", "avx512vbmi2"},
    {"avx512_vnni", "avx512vnni"},
    {"avx512_vpopcntdq", "avx512vpopcntdq"},
    {"amx_bf16", "amx-bf16"},
    {"amx_int8", "amx-int8"},
    {"amx_tile", "amx-tile"},
    {"gfni", "gfni"},
};

constexpr Feature kArmFeatures[] = {
    {"asimddp", "dotprod"}, {"asimdfhm", "fp16fml"}, {"asimdhp", "fullfp16"}, {"atomics", "lse"},
    {"bf16", "bf16"},       {"i8mm", "i8mm"},        {"sve", "sve"},          {"sve2", "sve2"},
};

// The micro-architecture levels of the x86-64 psABI above the first: what each adds, by the kernel's
// names.
constexpr const char* kLevel2[] = {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"};
constexpr const char* kLevel3[] = {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"};
constexpr const char* kLevel4[] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};

// The implementer and part number in MIDR, and LLVM's name for the core.
struct ArmCore {
  const char* implementer;
  const char* part;
  const char* llvm;
};
constexpr ArmCore kArmCores[] = {
    {"0x41", "0xd03", "cortex-a53"},   {"0x41", "0xd04", "cortex-a35"},  {"0x41", "0xd05", "cortex-a55"},
    {"0x41", "0xd07", "cortex-a57"},   {"0x41", "0xd08", "cortex-a72"},  {"0x41", "0xd09", "cortex-a73"},
    {"0x41", "0xd0a", "cortex-a75"},   {"0x41", "0xd0b", "cortex-a76"},  {"0x41", "0xd0c", "neoverse-n1"},
    {"0x41", "0xd0d", "cortex-a77"},   {"0x41", "0xd40", "neoverse-v1"}, {"0x41", "0xd41", "cortex-a78"},
    {"0x41", "0xd42", "cortex-a78ae"}, {"0x41", "0xd44", "cortex-x1"},   {"0x41", "0xd46", "cortex-a510"},
    {"0x41", "0xd47", "cortex-a710"},  {"0x41", "0xd48", "cortex-x2"},   {"0x41", "0xd49", "neoverse-n2"},
    {"0x41", "0xd4f", "neoverse-v2"},  {"0x61", "0x022", "apple-m1"},    {"0x61", "0x023", "apple-m1"},
};

// The family and models of an x86 core in CPUID, and LLVM's name for it. The first row that matches
// counts.
struct X86Core {
  const char* vendor;
  int family;
  int first_model;
  int last_model;
  const char* llvm;
};
constexpr X86Core kX86Cores[] = {
    {"GenuineIntel", 6, 42, 42, "sandybridge"},      {"GenuineIntel", 6, 45, 45, "sandybridge"},
    {"GenuineIntel", 6, 58, 58, "ivybridge"},        {"GenuineIntel", 6, 62, 62, "ivybridge"},
    {"GenuineIntel", 6, 60, 60, "haswell"},          {"GenuineIntel", 6, 63, 63, "haswell"},
    {"GenuineIntel", 6, 69, 70, "haswell"},          {"GenuineIntel", 6, 61, 61, "broadwell"},
    {"GenuineIntel", 6, 71, 71, "broadwell"},        {"GenuineIntel", 6, 79, 79, "broadwell"},
    {"GenuineIntel", 6, 86, 86, "broadwell"},        {"GenuineIntel", 6, 78, 78, "skylake"},
    {"GenuineIntel", 6, 94, 94, "skylake"},          {"GenuineIntel", 6, 142, 142, "skylake"},
    {"GenuineIntel", 6, 158, 158, "skylake"},        {"GenuineIntel", 6, 165, 166, "skylake"},
    {"GenuineIntel", 6, 85, 85, "skylake-avx512"},   {"GenuineIntel", 6, 106, 106, "icelake-server"},
    {"GenuineIntel", 6, 108, 108, "icelake-server"}, {"GenuineIntel", 6, 125, 126, "icelake-client"},
    {"GenuineIntel", 6, 140, 141, "tigerlake"},      {"GenuineIntel", 6, 167, 167, "rocketlake"},
    {"GenuineIntel", 6, 151, 151, "alderlake"},      {"GenuineIntel", 6, 154, 154, "alderlake"},
    {"GenuineIntel", 6, 183, 183, "raptorlake"},     {"GenuineIntel", 6, 186, 186, "raptorlake"},
    {"GenuineIntel", 6, 191, 191, "raptorlake"},     {"GenuineIntel", 6, 143, 143, "sapphirerapids"},
    {"GenuineIntel", 6, 207, 207, "emeraldrapids"},  {"GenuineIntel", 6, 173, 173, "graniterapids"},
    {"GenuineIntel", 6, 175, 175, "sierraforest"},   {"AuthenticAMD", 23, 0, 47, "znver1"},
    {"AuthenticAMD", 23, 48, 255, "znver2"},         {"AuthenticAMD", 25, 16, 31, "znver4"},
    {"AuthenticAMD", 25, 96, 127, "znver4"},         {"AuthenticAMD", 25, 160, 175, "znver4"},
    {"AuthenticAMD", 25, 0, 255, "znver3"},          {"AuthenticAMD", 26, 0, 255, "znver5"},
};

Words SplitWords(const std::string& text) {
  std::istringstream stream(text);
  Words words;
  for (std::string word; stream >> word;) words.insert(word);
  return words;
}

// Returns the value of the last line "key : value". On machines with different cores, those with the
// highest numbers are the fast ones.
std::string CpuinfoValue(const std::string& cpuinfo, std::string_view key) {
  std::istringstream stream(cpuinfo);
  std::string value;
  for (std::string line; std::getline(stream, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const size_t rest = line.find_first_not_of(" \t", key.size());
    if (rest == std::string::npos || line[rest] != ':') continue;
    const size_t begin = line.find_first_not_of(" \t", rest + 1);
    value = begin == std::string::npos ? "" : line.substr(begin);
  }
  return value;
}

// Converts "0-3,8" to {0, 1, 2, 3, 8}. Parts that are not numbers or ranges are left out.
std::vector<int> ParseCpuList(const std::string& text) {
  std::vector<int> cpus;
  std::istringstream stream(text);
  for (std::string range; std::getline(stream, range, ',');) {
    int first = 0;
    int last = 0;
    const int fields = std::sscanf(range.c_str(), "%d-%d", &first, &last);
    if (fields < 1) continue;
    if (fields == 1) last = first;
    for (int cpu = first; cpu <= last && cpu - first < 4096; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

int64_t ParseSize(const std::string& text) {
  std::istringstream stream(text);
  int64_t size = 0;
  char unit = ' ';
  stream >> size >> unit;
  return unit == 'K' ? size << 10 : unit == 'M' ? size << 20 : size;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// Returns a name for the core that a hardware thread belongs to, which is the list of that core's
// threads.
std::string CoreOf(int cpu, const FileReader& read) {
  const std::string siblings =
      read(kCpuDir + ("cpu" + std::to_string(cpu)) + "/topology/thread_siblings_list");
  return siblings.empty() ? std::to_string(cpu) : siblings;
}

int CountCores(const std::vector<int>& cpus, const FileReader& read) {
  std::set<std::string> cores;
  for (int cpu : cpus) cores.insert(CoreOf(cpu, read));
  return static_cast<int>(cores.size());
}

void ReadCaches(const FileReader& read, v1::Target& target) {
  for (int index = 0; index < 8; ++index) {
    const std::string dir = std::string(kCpuDir) + "cpu0/cache/index" + std::to_string(index) + "/";
    const std::string type = FirstLine(read(dir + "type"));
    const int64_t size = ParseSize(read(dir + "size"));
    if ((type != "Data" && type != "Unified") || size == 0) continue;
    v1::Cache& cache = *target.add_caches();
    cache.set_level(static_cast<int>(ParseSize(read(dir + "level"))));
    cache.set_size_bytes(size);
    cache.set_line_bytes(static_cast<int>(ParseSize(read(dir + "coherency_line_size"))));
    cache.set_sharing_cores(CountCores(ParseCpuList(read(dir + "shared_cpu_list")), read));
  }
  std::sort(target.mutable_caches()->begin(), target.mutable_caches()->end(),
            [](const v1::Cache& a, const v1::Cache& b) { return a.level() < b.level(); });
}

// Reads the caches from the C library, which knows those of x86 from cpuid, if /sys is not mounted.
void ReadCachesFromCLibrary(v1::Target& target) {
  const std::pair<int, int> levels[] = {{_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL1_DCACHE_LINESIZE},
                                        {_SC_LEVEL2_CACHE_SIZE, _SC_LEVEL2_CACHE_LINESIZE},
                                        {_SC_LEVEL3_CACHE_SIZE, _SC_LEVEL3_CACHE_LINESIZE}};
  int level = 0;
  for (const auto& [size_name, line_name] : levels) {
    ++level;
    const int64_t size = sysconf(size_name);
    if (size <= 0) continue;
    v1::Cache& cache = *target.add_caches();
    cache.set_level(level);
    cache.set_size_bytes(size);
    cache.set_line_bytes(static_cast<int>(std::max<int64_t>(0, sysconf(line_name))));
  }
}

template <size_t n>
bool HasAll(const Words& flags, const char* const (&names)[n]) {
  return std::all_of(names, names + n, [&](const char* name) { return flags.count(name) > 0; });
}

template <size_t n>
void AddFeatures(const Words& flags, const Feature (&table)[n], const Words& implied, v1::Target& target) {
  Words found;
  for (const Feature& feature : table) {
    if (flags.count(feature.flag) > 0 && implied.count(feature.llvm) == 0) found.insert(feature.llvm);
  }
  for (const std::string& name : found) target.add_features(name);
}

// Returns an empty string if the system does not say what the core is.
std::string X86Microarchitecture(const std::string& cpuinfo) {
  const std::string vendor = CpuinfoValue(cpuinfo, "vendor_id");
  const std::string family = CpuinfoValue(cpuinfo, "cpu family");
  const std::string model = CpuinfoValue(cpuinfo, "model");
  if (vendor.empty() || family.empty() || model.empty()) return "";
  const int family_number = std::atoi(family.c_str());
  const int model_number = std::atoi(model.c_str());
  for (const X86Core& core : kX86Cores) {
    if (vendor == core.vendor && family_number == core.family && model_number >= core.first_model &&
        model_number <= core.last_model) {
      return core.llvm;
    }
  }
  return vendor + "-" + family + "-" + model;
}

void DescribeX86(const std::string& cpuinfo, v1::Target& target) {
  const Words flags = SplitWords(CpuinfoValue(cpuinfo, "flags"));
  int level = 1;
  if (HasAll(flags, kLevel2)) level = 2;
  if (level == 2 && HasAll(flags, kLevel3)) level = 3;
  if (level == 3 && HasAll(flags, kLevel4)) level = 4;
  target.set_cpu(level == 1 ? "x86-64" : "x86-64-v" + std::to_string(level));
  Words implied;
  if (level >= 3) implied.insert({"fma", "f16c", "avx", "avx2"});
  if (level >= 4) implied.insert("avx512f");
  AddFeatures(flags, kX86Features, implied, target);
  target.set_microarchitecture(X86Microarchitecture(cpuinfo));
  target.set_vector_bits(level >= 4 ? 512 : flags.count("avx") > 0 ? 256 : 128);
  target.set_vector_registers(level >= 4 ? 32 : 16);
}

void DescribeArm(const std::string& cpuinfo, v1::Target& target) {
  const std::string implementer = CpuinfoValue(cpuinfo, "CPU implementer");
  const std::string part = CpuinfoValue(cpuinfo, "CPU part");
  for (const ArmCore& core : kArmCores) {
    if (implementer == core.implementer && part == core.part) target.set_cpu(core.llvm);
  }
  if (target.cpu().empty() && !implementer.empty() && !part.empty())
    target.set_microarchitecture(implementer + "-" + part);
  AddFeatures(SplitWords(CpuinfoValue(cpuinfo, "Features")), kArmFeatures, {}, target);
  target.set_vector_bits(128);  // NEON; no code for scalable vectors is generated
  target.set_vector_registers(32);
}

std::string ReadWholeFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

v1::Target TargetFromFiles(const std::string& machine, const FileReader& read) {
  v1::Target target;
  target.set_name("host");
  target.set_kind(v1::TARGET_KIND_CPU);
  target.set_triple(machine + "-unknown-linux-gnu");
  const std::string cpuinfo = read("/proc/cpuinfo");
  if (machine == "x86_64") {
    DescribeX86(cpuinfo, target);
  } else if (machine == "aarch64") {
    DescribeArm(cpuinfo, target);
  } else {  // another machine, for which short vectors are assumed
    target.set_vector_bits(128);
    target.set_vector_registers(16);
  }
  target.set_cores(CountCores(ParseCpuList(read(std::string(kCpuDir) + "online")), read));
  ReadCaches(read, target);
  return target;
}

v1::Target HostTarget() {
  utsname name = {};
  uname(&name);
  v1::Target target = TargetFromFiles(name.machine, ReadWholeFile);
  if (target.cores() == 0)
    target.set_cores(static_cast<int>(std::max<int64_t>(1, sysconf(_SC_NPROCESSORS_ONLN))));
  if (target.caches().empty()) ReadCachesFromCLibrary(target);
  return target;
}

}  // namespace diapason::compiler::runtime
