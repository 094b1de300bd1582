#include "device-agent/runner/machine_speed.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace diapason::device_agent {
namespace {

constexpr int kTries = 4;
constexpr absl::Duration kTryTime = absl::Milliseconds(1);
constexpr size_t kLine = 64;
constexpr size_t kHugePage = 2 << 20;
constexpr size_t kMostBytes = size_t{128} << 20;
constexpr size_t kWarmSteps = 300'000;  // all lines of a cache of 19 MB, and a small part of the memory
constexpr size_t kLeastMemoryBytes = size_t{32} << 20;  // for a machine whose caches are not known

// The loops are compiled once for each width of vectors, because this program is compiled for the oldest
// machine of its architecture and must not use newer instructions elsewhere. They use the compiler's vectors,
// which are the same on all architectures. Each loop returns a value, so that it is not optimised away.
struct Loops {
  float (*fma)(int64_t steps, float x);  // kChains multiply-adds in each step
  float (*fma_chain)(int64_t steps,
                     float x);  // one multiply-add in each step, which waits for the one before
  float (*read)(const char* data, size_t bytes);  // `bytes` is a multiple of 8 vectors, here and below
  void (*write)(char* data, size_t bytes, float x);
  double vector_bytes;
};
constexpr int kChains = 12;  // enough to hide the latency, and few enough for 16 registers

#define DIAPASON_LOOPS(NAME, BYTES, TARGET)                                            \
  struct NAME {                                                                        \
    typedef float Vector __attribute__((vector_size(BYTES)));                          \
    TARGET static float Fma(int64_t steps, float x) {                                  \
      const Vector factor = Vector{} + x;                                              \
      Vector sums[kChains];                                                            \
      for (int k = 0; k < kChains; ++k) sums[k] = factor * static_cast<float>(k);      \
      for (int64_t i = 0; i < steps; ++i) {                                            \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < kChains; ++k) sums[k] = \
            sums[k] * factor + factor;                                                 \
      }                                                                                \
      Vector sum = {};                                                                 \
      for (const Vector& each : sums) sum += each;                                     \
      return sum[0];                                                                   \
    }                                                                                  \
    TARGET static float FmaChain(int64_t steps, float x) {                             \
      Vector sum = {};                                                                 \
      const Vector factor = Vector{} + x;                                              \
      for (int64_t i = 0; i < steps; ++i) sum = sum * factor + factor;                 \
      return sum[0];                                                                   \
    }                                                                                  \
    TARGET static float Read(const char* data, size_t bytes) {                         \
      Vector sums[8] = {};                                                             \
      for (const char* at = data; at < data + bytes; at += 8 * BYTES) {                \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 8; ++k) sums[k] +=      \
            *reinterpret_cast<const Vector*>(at + k * BYTES);                          \
      }                                                                                \
      Vector sum = {};                                                                 \
      for (const Vector& each : sums) sum += each;                                     \
      return sum[0];                                                                   \
    }                                                                                  \
    TARGET static void Write(char* data, size_t bytes, float x) {                      \
      const Vector value = Vector{} + x;                                               \
      for (char* at = data; at < data + bytes; at += 8 * BYTES) {                      \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 8; ++k) *               \
            reinterpret_cast<Vector*>(at + k * BYTES) = value;                         \
      }                                                                                \
    }                                                                                  \
    static constexpr Loops All() { return {Fma, FmaChain, Read, Write, BYTES}; }       \
  };

#if defined(__x86_64__)
DIAPASON_LOOPS(Loops512, 64, __attribute__((target("avx512f"))))
DIAPASON_LOOPS(Loops256, 32, __attribute__((target("avx2,fma"))))
#endif
DIAPASON_LOOPS(Loops128, 16, )

Loops LoopsFor(const v1::Target& host) {
#if defined(__x86_64__)
  if (host.vector_bits() >= 512 && __builtin_cpu_supports("avx512f")) return Loops512::All();
  if (host.vector_bits() >= 256 && __builtin_cpu_supports("fma")) return Loops256::All();
#endif
  (void)host;
  return Loops128::All();
}

// Returns the shortest time of one call in nanoseconds.
double BestNs(const std::function<void()>& call, const Clock& clock) {
  double best = std::numeric_limits<double>::infinity();
  int64_t calls = 1;
  for (int tries = 0; tries < kTries;) {
    const absl::Duration begin = clock.Monotonic();
    for (int64_t i = 0; i < calls; ++i) call();
    const absl::Duration time = clock.Monotonic() - begin;
    if (time < kTryTime / 2 && calls < int64_t{1} << 40) {
      calls *= 2;
      continue;
    }
    best = std::min(best, absl::ToDoubleNanoseconds(time) / static_cast<double>(calls));
    ++tries;
  }
  return best;
}

// Memory on huge pages, so that the times are not those of the address translation.
class Buffer {
 public:
  explicit Buffer(size_t bytes) : mapped_bytes_(bytes + kHugePage) {
    void* memory = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    mapped_ = static_cast<char*>(memory);
    data_ = mapped_ + (kHugePage - reinterpret_cast<uintptr_t>(mapped_) % kHugePage) % kHugePage;
    madvise(data_, bytes, MADV_HUGEPAGE);
    std::memset(data_, 0, bytes);
  }
  ~Buffer() {
    if (mapped_ != nullptr) munmap(mapped_, mapped_bytes_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  char* data() const { return data_; }  // null if there is no memory

 private:
  const size_t mapped_bytes_;
  char* mapped_ = nullptr;
  char* data_ = nullptr;
};

// Returns the time of one load whose address the load before it gives. The lines are visited in random
// order, which no prefetcher can guess.
double LatencyNs(char* data, size_t bytes, const Clock& clock) {
  constexpr int kSteps = 4096;
  std::vector<uint32_t> order(bytes / kLine);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::minstd_rand(1));
  for (size_t i = 0; i < order.size(); ++i) {
    char* const next = data + order[(i + 1) % order.size()] * kLine;
    std::memcpy(data + order[i] * kLine, &next, sizeof next);
  }
  void* at = data;
  for (size_t i = 0; i < std::min(order.size(), kWarmSteps); ++i) at = *static_cast<void* volatile*>(at);
  const double ns = BestNs(
      [&at] {
        for (int i = 0; i < kSteps; ++i) at = *static_cast<void* volatile*>(at);
      },
      clock);
  return ns / kSteps;
}

void MeasureLevel(const Loops& loops, int level, size_t bytes, const Clock& clock, v1::MachineSpeed& speed) {
  bytes = bytes / (8 * kLine) * (8 * kLine);
  const Buffer buffer(bytes);
  if (bytes == 0 || buffer.data() == nullptr) return;
  volatile float sink = 0;
  v1::MemorySpeed& memory = *speed.add_levels();
  memory.set_level(level);
  const double size = static_cast<double>(bytes);
  memory.set_read_gb_per_s(size / BestNs([&] { sink = loops.read(buffer.data(), bytes); }, clock));
  memory.set_write_gb_per_s(size / BestNs([&] { loops.write(buffer.data(), bytes, sink); }, clock));
  memory.set_latency_ns(LatencyNs(buffer.data(), bytes, clock));
}

}  // namespace

v1::MachineSpeed MeasureSpeed(const v1::Target& host, const Clock& clock) {
  constexpr int64_t kSteps = 4096;
  const Loops loops = LoopsFor(host);
  v1::MachineSpeed speed;
  volatile float sink = 0;
  const double elements = loops.vector_bytes / sizeof(float);
  const double flops = 2.0 * kSteps * kChains * elements;
  speed.set_fma_gflops(flops / BestNs([&] { sink = loops.fma(kSteps, sink); }, clock));
  speed.set_fma_latency_ns(BestNs([&] { sink = loops.fma_chain(kSteps, sink); }, clock) / kSteps);
  size_t largest = kLeastMemoryBytes / 2;
  double inner = 0;  // the size of the cache before
  for (const v1::Cache& cache : host.caches()) {
    const auto bytes = static_cast<size_t>(cache.size_bytes());
    largest = std::max(largest, bytes);
    // Too much for the cache before, and much less than this one holds: a shared cache, or one of a virtual
    // machine, may have little room, and half of its size would measure the memory.
    const double size = static_cast<double>(bytes);
    const auto used = static_cast<size_t>(inner > 0 && inner < size ? std::sqrt(inner * size) : size / 2);
    inner = size;
    MeasureLevel(loops, cache.level(), std::min(used, kMostBytes), clock, speed);
  }
  MeasureLevel(loops, 0, std::min(2 * largest, kMostBytes), clock, speed);
  return speed;
}

}  // namespace diapason::device_agent
