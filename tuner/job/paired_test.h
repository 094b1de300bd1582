// Is one schedule faster than another? A paired comparison of times that were taken interleaved.
#ifndef DIAPASON_TUNER_JOB_PAIRED_TEST_H_
#define DIAPASON_TUNER_JOB_PAIRED_TEST_H_

#include "absl/types/span.h"

namespace diapason::tuner {

struct PairedResult {
  double ratio = 1;    // median over pairs of a / b: above 1 where b is faster
  double p_value = 1;  // one-sided: the chance of such a result if b were not faster than a
};

// Wilcoxon's signed-rank test on log(a[i] / b[i]) (Wilcoxon, 1945): no assumption on the times' distribution,
// pairs share what the machine did at their moment. Exact up to 50 pairs without ties, normal approximation
// with tie correction beyond. Uses the first min(|a|, |b|) pairs; pairs of equal times count for neither
// side.
PairedResult ComparePaired(absl::Span<const double> a, absl::Span<const double> b);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_PAIRED_TEST_H_
