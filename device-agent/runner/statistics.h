// How well a median is known.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_

#include <vector>

namespace diapason::device_agent {

// Width of the 95 % confidence interval of the median as a share of the median: distribution-free, from the
// order statistics whose ranks the binomial distribution gives (Conover, Practical Nonparametric Statistics,
// 3.2). Infinity for fewer than 6 samples, which cannot give 95 %. `sorted`: the samples in ascending order.
double MedianRelativeWidth(const std::vector<double>& sorted);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_
