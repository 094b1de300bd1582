// A paired comparison of times that were taken interleaved: is one schedule faster than another?
#ifndef DIAPASON_TUNER_JOB_PAIRED_TEST_H_
#define DIAPASON_TUNER_JOB_PAIRED_TEST_H_

#include "absl/types/span.h"

namespace diapason::tuner {

// What a paired comparison of `a` with `b` shows.
struct PairedResult {
  double ratio = 1;    // median over pairs of a / b; above 1 if b is faster
  double p_value = 1;  // one-sided: the chance of such a result if b were not faster than a
};

// Wilcoxon's signed-rank test on log(a[i] / b[i]) (Wilcoxon, 1945). It assumes no distribution of the
// times, and both times of a pair were taken under the same conditions of the machine. It is exact for up
// to 50 pairs without ties, and a normal approximation with tie correction otherwise. Uses the first
// min(|a|, |b|) pairs. Pairs of equal times are ignored in the test.
PairedResult ComparePaired(absl::Span<const double> a, absl::Span<const double> b);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_PAIRED_TEST_H_
