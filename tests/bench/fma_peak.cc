#include "tests/bench/fma_peak.h"

#include <chrono>

namespace diapason::bench {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
constexpr int kChains = 12;  // more than the latency times the number of FMA units of any core
constexpr int kSteps = 200000;

using Vector = float __attribute__((vector_size(kLanes * sizeof(float))));

}  // namespace

double FmaPeak() {
  Vector sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = Vector{} + static_cast<float>(i) * 1e-3f;
  const Vector factor = Vector{} + 0.9999f, term = Vector{} + 1e-4f;
  const auto start = std::chrono::steady_clock::now();
  for (int step = 0; step < kSteps; ++step) {
    for (int i = 0; i < kChains; ++i) sums[i] = sums[i] * factor + term;
    for (int i = 0; i < kChains; ++i) asm volatile("" : "+x"(sums[i]));
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  return 2.0 * kLanes * kChains * kSteps / time.count() * 1e-9;
}

}  // namespace diapason::bench
