#include "tests/bench/fma_peak.h"

#include <chrono>

#include "tests/bench/host_vector.h"

namespace diapason::bench {
namespace {

constexpr int kChains = 12;  // more than the latency times the number of FMA units of any core
constexpr int kSteps = 200000;

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
  return 2.0 * static_cast<double>(kLanes) * kChains * kSteps / time.count() * 1e-9;
}

}  // namespace diapason::bench
