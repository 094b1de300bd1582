#include "device-agent/runner/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diapason::device_agent {

double MedianRelativeWidth(std::vector<double> samples) {
  constexpr size_t kFewest = 6;
  if (samples.size() < kFewest) return std::numeric_limits<double>::infinity();
  std::sort(samples.begin(), samples.end());
  const double n = static_cast<double>(samples.size());
  const double half = 1.96 * std::sqrt(n) / 2;
  const double last = n - 1;
  const double low = std::clamp(std::floor(n / 2 - half), 0.0, last);  // ranks from 0
  const double high = std::clamp(std::ceil(n / 2 + half) - 1, 0.0, last);
  const double median = Quantile(samples, 0.5);
  return (samples[static_cast<size_t>(high)] - samples[static_cast<size_t>(low)]) / median;
}

}  // namespace diapason::device_agent
