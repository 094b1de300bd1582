// Measures what this machine can do at most, so that a kernel's time can be compared with a limit.
//
//   roofline THREADS BYTES...
//
// The first line of the output is the rate of multiply-adds in GFLOP/s. Then there is a line for each
// number of BYTES with two rates in GB/s. The first is that of reading so many bytes again and again. The
// second is that of copying one half of them to the other; it counts the bytes read and the bytes written.
// Every thread works on BYTES of its own, and rates are summed over the threads. A figure is the best of
// many attempts.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <thread>
#include <vector>

#include "tests/bench/fma_peak.h"
#include "tests/bench/host_vector.h"

namespace diapason::bench {
namespace {

// Many short attempts: some of them then fall between the time slices of other processes.
constexpr int kAttempts = 60;
constexpr double kAttemptSeconds = 0.002;
constexpr size_t kUnroll = 8;

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Both work on whole groups of kUnroll vectors, and return the bytes that they moved.
double ReadAll(Vector* data, size_t count) {
  Vector sums[kUnroll] = {};
  for (size_t i = 0; i < count; i += kUnroll) {
    for (size_t j = 0; j < kUnroll; ++j) sums[j] += data[i + j];
  }
  for (Vector& sum : sums) asm volatile("" : "+x"(sum));
  return static_cast<double>(count * sizeof(Vector));
}

double CopyHalf(Vector* data, size_t count) {
  const size_t half = count / 2 / kUnroll * kUnroll;
  Vector* to = data + half;
  for (size_t i = 0; i < half; i += kUnroll) {
    for (size_t j = 0; j < kUnroll; ++j) to[i + j] = data[i + j];
    asm volatile("" : : : "memory");  // so that the loop does not become a call of memcpy
  }
  return static_cast<double>(2 * half * sizeof(Vector));
}

// Runs `work` on every thread for a while, all at the same time. Returns the sum of the rates. `work` gets
// the number of its thread and returns how much it did.
double Rate(int threads, const std::function<double(int)>& work) {
  double best = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::atomic<int> waiting = threads;
    std::vector<double> rates(static_cast<size_t>(threads));
    const auto run = [&](int thread) {
      work(thread);  // brings the data into the caches
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      const double begin = Now();
      double done = 0, now = begin;
      for (; now - begin < kAttemptSeconds; now = Now()) done += work(thread);
      rates[static_cast<size_t>(thread)] = done / (now - begin);
    };
    std::vector<std::thread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(run, thread);
    run(0);
    for (std::thread& other : others) other.join();
    best = std::max(best, std::accumulate(rates.begin(), rates.end(), 0.0));
  }
  return best;
}

double FmaRate(int threads) {
  double best = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::vector<double> rates(static_cast<size_t>(threads));
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < rates.size(); ++thread)
      others.emplace_back([&, thread] { rates[thread] = FmaPeak(); });
    rates[0] = FmaPeak();
    for (std::thread& other : others) other.join();
    best = std::max(best, std::accumulate(rates.begin(), rates.end(), 0.0));
  }
  return best;
}

void PrintBandwidth(int threads, size_t bytes) {
  const size_t count = std::max<size_t>(bytes / sizeof(Vector) / (2 * kUnroll), 1) * 2 * kUnroll;
  std::vector<Vector*> data;
  for (int thread = 0; thread < threads; ++thread) {
    data.push_back(
        static_cast<Vector*>(std::aligned_alloc(4096, (count * sizeof(Vector) + 4095) / 4096 * 4096)));
    std::fill(data.back(), data.back() + count, Vector{} + 1.0f);
  }
  const auto rate = [&](double (*work)(Vector*, size_t)) {
    return Rate(threads, [&](int thread) { return work(data[static_cast<size_t>(thread)], count); }) * 1e-9;
  };
  const double read = rate(ReadAll), copy = rate(CopyHalf);
  std::printf("%zu %.2f %.2f\n", bytes, read, copy);
  for (Vector* array : data) std::free(array);
}

}  // namespace
}  // namespace diapason::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: roofline THREADS BYTES...\n");
    return 2;
  }
  const int threads = std::max(1, std::atoi(argv[1]));
  std::printf("%.2f\n", diapason::bench::FmaRate(threads));
  for (int i = 2; i < argc; ++i)
    diapason::bench::PrintBandwidth(threads, std::strtoull(argv[i], nullptr, 10));
  return 0;
}
