// Checks what TargetFromFiles returns for recorded machines, and that the target of this machine is
// sound.
#include "compiler/runtime/host_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace diapason::compiler::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Files = std::map<std::string, std::string>;

FileReader ReaderOf(const Files& files) {
  return [files](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? "" : found->second;
  };
}

void AddCache(Files& files, int index, const std::string& level, const std::string& type,
              const std::string& size, const std::string& shared) {
  const std::string dir = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
  files[dir + "level"] = level + "\n";
  files[dir + "type"] = type + "\n";
  files[dir + "size"] = size + "\n";
  files[dir + "coherency_line_size"] = "64\n";
  files[dir + "shared_cpu_list"] = shared + "\n";
}

void AddSiblings(Files& files, int cpu, const std::string& list) {
  files["/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list"] = list + "\n";
}

std::string CachesOf(const v1::Target& target) {
  std::string text;
  for (const v1::Cache& cache : target.caches()) {
    text += "L" + std::to_string(cache.level()) + " " + std::to_string(cache.size_bytes() >> 10) + "K/" +
            std::to_string(cache.line_bytes()) + " by " + std::to_string(cache.sharing_cores()) + "; ";
  }
  return text;
}

// A virtual machine on a Sapphire Rapids server.
Files SapphireRapids() {
  Files files = {
      {"/proc/cpuinfo",
       "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Processor\n"
       "flags\t\t: fpu vme de pse tsc msr pae cx8 cmov mmx fxsr sse sse2 ss ht syscall nx rdtscp lm pni "
       "pclmulqdq "
       "ssse3 fma cx16 pcid sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c rdrand hypervisor lahf_lm "
       "abm "
       "3dnowprefetch bmi1 hle avx2 smep bmi2 erms avx512f avx512dq adx avx512ifma clwb avx512cd sha_ni "
       "avx512bw "
       "avx512vl xsaveopt avx_vnni avx512_bf16 avx512vbmi umip avx512_vbmi2 gfni vaes vpclmulqdq avx512_vnni "
       "avx512_bitalg avx512_vpopcntdq amx_bf16 avx512_fp16 amx_tile amx_int8\n"
       "bugs\t\t: spectre_v1\n\n"},
      {"/sys/devices/system/cpu/online", "0-1\n"},
  };
  AddSiblings(files, 0, "0");
  AddSiblings(files, 1, "1");
  AddCache(files, 0, "1", "Data", "48K", "0");
  AddCache(files, 1, "1", "Instruction", "64K", "0");
  AddCache(files, 2, "2", "Unified", "2048K", "0");
  AddCache(files, 3, "3", "Unified", "491520K", "0-1");
  return files;
}

TEST(HostTargetTest, SapphireRapidsIsLevel4WithItsExtras) {
  const v1::Target target = TargetFromFiles("x86_64", ReaderOf(SapphireRapids()));
  EXPECT_EQ(target.name(), "host");
  EXPECT_EQ(target.triple(), "x86_64-unknown-linux-gnu");
  EXPECT_EQ(target.cpu(), "x86-64-v4");
  EXPECT_THAT(target.features(), ElementsAre("amx-bf16", "amx-int8", "amx-tile", "avx512bf16", "avx512bitalg",
                                             "avx512fp16", "avx512ifma", "avx512vbmi", "avx512vbmi2",
                                             "avx512vnni", "avx512vpopcntdq", "avxvnni", "gfni"));
  EXPECT_EQ(target.vector_bits(), 512);
  EXPECT_EQ(target.vector_registers(), 32);
  EXPECT_EQ(target.cores(), 2);
  EXPECT_EQ(CachesOf(target), "L1 48K/64 by 1; L2 2048K/64 by 1; L3 491520K/64 by 2; ");
}

// A laptop with two threads on each of its four cores.
TEST(HostTargetTest, HaswellLaptopIsLevel3AndThreadsAreNoCores) {
  Files files = {{"/proc/cpuinfo",
                  "processor\t: 0\nflags\t\t: fpu sse sse2 ht lm pni pclmulqdq ssse3 fma cx16 sse4_1 sse4_2 "
                  "movbe popcnt aes "
                  "xsave avx f16c rdrand lahf_lm abm bmi1 avx2 smep bmi2 erms\n"},
                 {"/sys/devices/system/cpu/online", "0-7\n"}};
  for (int cpu = 0; cpu < 8; ++cpu) {
    const int core = cpu % 4;
    AddSiblings(files, cpu, std::to_string(core) + "," + std::to_string(core + 4));
  }
  AddCache(files, 0, "1", "Data", "32K", "0,4");
  AddCache(files, 1, "2", "Unified", "256K", "0,4");
  AddCache(files, 2, "3", "Unified", "6M", "0-7");
  const v1::Target target = TargetFromFiles("x86_64", ReaderOf(files));
  EXPECT_EQ(target.cpu(), "x86-64-v3");
  EXPECT_THAT(target.features(), IsEmpty());
  EXPECT_EQ(target.vector_bits(), 256);
  EXPECT_EQ(target.vector_registers(), 16);
  EXPECT_EQ(target.cores(), 4);
  EXPECT_EQ(CachesOf(target), "L1 32K/64 by 1; L2 256K/64 by 1; L3 6144K/64 by 4; ");
}

TEST(HostTargetTest, AvxWithoutFmaIsLevel2WithAFeature) {
  const Files files = {
      {"/proc/cpuinfo", "flags : sse sse2 pni ssse3 cx16 sse4_1 sse4_2 popcnt xsave avx lahf_lm\n"},
      {"/sys/devices/system/cpu/online", "0\n"}};
  const v1::Target target = TargetFromFiles("x86_64", ReaderOf(files));
  EXPECT_EQ(target.cpu(), "x86-64-v2");
  EXPECT_THAT(target.features(), ElementsAre("avx"));
  EXPECT_EQ(target.vector_bits(), 256);
  EXPECT_EQ(target.cores(), 1);
}

TEST(HostTargetTest, OldX86IsTheBaseline) {
  const v1::Target target =
      TargetFromFiles("x86_64", ReaderOf({{"/proc/cpuinfo", "flags : fpu sse sse2 lm\n"}}));
  EXPECT_EQ(target.cpu(), "x86-64");
  EXPECT_EQ(target.vector_bits(), 128);
  EXPECT_EQ(target.vector_registers(), 16);
  EXPECT_EQ(target.cores(), 0);
  EXPECT_THAT(target.caches(), IsEmpty());
}

TEST(HostTargetTest, RaspberryPi4) {
  Files files = {{"/proc/cpuinfo",
                  "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\n"
                  "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\n"
                  "CPU revision\t: 3\n\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n"},
                 {"/sys/devices/system/cpu/online", "0-3\n"}};
  AddCache(files, 0, "1", "Data", "32K", "0");
  AddCache(files, 1, "1", "Instruction", "48K", "0");
  AddCache(files, 2, "2", "Unified", "1024K", "0-3");
  const v1::Target target = TargetFromFiles("aarch64", ReaderOf(files));
  EXPECT_EQ(target.triple(), "aarch64-unknown-linux-gnu");
  EXPECT_EQ(target.cpu(), "cortex-a72");
  EXPECT_THAT(target.features(), IsEmpty());
  EXPECT_EQ(target.vector_bits(), 128);
  EXPECT_EQ(target.vector_registers(), 32);
  EXPECT_EQ(target.cores(), 4);
  EXPECT_EQ(CachesOf(target), "L1 32K/64 by 1; L2 1024K/64 by 4; ");
}

// Rock 5B: four A55 first, then four A76.
TEST(HostTargetTest, UnlikeCoresAreNamedByTheFastOnes) {
  const std::string features =
      "Features\t: fp asimd aes crc32 atomics fphp asimdhp asimddp\nCPU implementer\t: 0x41\n";
  const Files files = {
      {"/proc/cpuinfo", "processor\t: 0\n" + features + "CPU part\t: 0xd05\n\nprocessor\t: 4\n" + features +
                            "CPU part\t: 0xd0b\n"},
      {"/sys/devices/system/cpu/online", "0-7\n"}};
  const v1::Target target = TargetFromFiles("aarch64", ReaderOf(files));
  EXPECT_EQ(target.cpu(), "cortex-a76");
  EXPECT_THAT(target.features(), ElementsAre("dotprod", "fullfp16", "lse"));
  EXPECT_EQ(target.cores(), 8);
}

TEST(HostTargetTest, UnknownCoreIsGeneric) {
  const v1::Target target = TargetFromFiles(
      "aarch64",
      ReaderOf({{"/proc/cpuinfo", "CPU implementer\t: 0x99\nCPU part\t: 0x123\nFeatures\t: fp asimd\n"}}));
  EXPECT_EQ(target.cpu(), "");
  EXPECT_EQ(target.vector_bits(), 128);
  EXPECT_EQ(TargetFromFiles("riscv64", ReaderOf({})).triple(), "riscv64-unknown-linux-gnu");
}

TEST(HostTargetTest, TheCoresDesignIsNamed) {
  const auto x86 = [](const std::string& vendor, int family, int model) {
    return TargetFromFiles("x86_64",
                           ReaderOf({{"/proc/cpuinfo",
                                      "vendor_id\t: " + vendor + "\ncpu family\t: " + std::to_string(family) +
                                          "\nmodel\t\t: " + std::to_string(model) +
                                          "\nmodel name\t: some 7 words\nflags\t: fpu sse2 lm\n"}}))
        .microarchitecture();
  };
  EXPECT_EQ(x86("GenuineIntel", 6, 143), "sapphirerapids");
  EXPECT_EQ(x86("AuthenticAMD", 25, 17), "znver4");
  EXPECT_EQ(x86("AuthenticAMD", 25, 33), "znver3");
  EXPECT_EQ(x86("GenuineIntel", 6, 250), "GenuineIntel-6-250");
  EXPECT_EQ(TargetFromFiles("x86_64", ReaderOf({})).microarchitecture(), "");
  const v1::Target arm = TargetFromFiles(
      "aarch64",
      ReaderOf({{"/proc/cpuinfo", "Features\t: fp\nCPU implementer\t: 0x41\nCPU part\t: 0xd99\n"}}));
  EXPECT_EQ(arm.cpu(), "");
  EXPECT_EQ(arm.microarchitecture(), "0x41-0xd99");
}

TEST(HostTargetTest, ThisMachineIsTheSameTwice) {
  const v1::Target target = HostTarget();
  EXPECT_GE(target.cores(), 1);
  EXPECT_GE(target.vector_bits(), 128);
  EXPECT_EQ(target.SerializeAsString(), HostTarget().SerializeAsString());
}

}  // namespace
}  // namespace diapason::compiler::runtime
