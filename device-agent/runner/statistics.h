// Says how well a time is known.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_

#include <vector>

namespace diapason::device_agent {

// Returns the width of the 95 % confidence interval of the median, as a share of the median. It assumes no
// distribution: the limits are the order statistics whose ranks the binomial distribution gives (Conover,
// Practical Nonparametric Statistics, 3.2). Returns infinity for fewer than 6 samples, which are too few
// for 95 %. `sorted` are the samples in ascending order.
double MedianRelativeWidth(const std::vector<double>& sorted);

// Returns how far the lower quartile is above the smallest sample, as a share of that sample. Disturbances
// make samples slower and never faster, so a small value means that the time of an undisturbed call is
// known, however much the slow samples vary. Returns infinity for fewer than 6 samples. `sorted` are the
// samples in ascending order.
double LowerQuartileWidth(const std::vector<double>& sorted);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_STATISTICS_H_
