// Order statistics of samples.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_

#include <vector>

namespace diapason::device_agent {

// The q-quantile (0 to 1), linearly interpolated between neighbours. `samples` is not empty, in any order.
double Quantile(std::vector<double> samples, double q);

inline double Median(std::vector<double> samples) { return Quantile(std::move(samples), 0.5); }

// Width of the 95 % confidence interval of the median as a share of the median: distribution-free, from the order
// statistics whose ranks the binomial distribution gives (Conover, Practical Nonparametric Statistics, 3.2). Infinity
// for fewer than 6 samples, which cannot give 95 %.
double MedianRelativeWidth(std::vector<double> samples);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_
