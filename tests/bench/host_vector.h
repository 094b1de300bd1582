// The widest vector of floats that the compiler's options allow, for benchmarks that measure the limits of a
// machine.
#ifndef DIAPASON_TESTS_BENCH_HOST_VECTOR_H_
#define DIAPASON_TESTS_BENCH_HOST_VECTOR_H_

#include <cstddef>

namespace diapason::bench {

#if defined(__AVX512F__)
inline constexpr size_t kLanes = 16;
#elif defined(__AVX__)
inline constexpr size_t kLanes = 8;
#else
inline constexpr size_t kLanes = 4;
#endif

using Vector = float __attribute__((vector_size(kLanes * sizeof(float))));

}  // namespace diapason::bench

#endif  // DIAPASON_TESTS_BENCH_HOST_VECTOR_H_
