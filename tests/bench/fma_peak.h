// Measures the fp32 FMA peak of this core. The speeds of kernels are given as a share of it.
#ifndef DIAPASON_TESTS_BENCH_FMA_PEAK_H_
#define DIAPASON_TESTS_BENCH_FMA_PEAK_H_

namespace diapason::bench {

// Returns the GFLOP/s of independent multiply-adds on the widest vectors that this program was compiled
// for. Takes about a millisecond.
double FmaPeak();

}  // namespace diapason::bench

#endif  // DIAPASON_TESTS_BENCH_FMA_PEAK_H_
