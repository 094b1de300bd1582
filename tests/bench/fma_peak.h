// The fp32 FMA peak of this core, measured: what kernels' speeds are given as a share of.
#ifndef DIAPASON_TESTS_BENCH_FMA_PEAK_H_
#define DIAPASON_TESTS_BENCH_FMA_PEAK_H_

namespace diapason::bench {

// GFLOP/s of independent multiply-adds on the widest vectors that this program was compiled for; takes about
// a millisecond.
double FmaPeak();

}  // namespace diapason::bench

#endif  // DIAPASON_TESTS_BENCH_FMA_PEAK_H_
