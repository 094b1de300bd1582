#include "device-agent/runner/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "proto/statistics/quantile.h"

namespace diapason::device_agent {
namespace {

constexpr size_t kFewest = 6;

}  // namespace

double MedianRelativeWidth(const std::vector<double>& sorted) {
  if (sorted.size() < kFewest) return std::numeric_limits<double>::infinity();
  const double n = static_cast<double>(sorted.size());
  const double half = 1.96 * std::sqrt(n) / 2;
  const double last = n - 1;
  const double low = std::clamp(std::floor(n / 2 - half), 0.0, last);  // ranks are counted from 0
  const double high = std::clamp(std::ceil(n / 2 + half) - 1, 0.0, last);
  const double median = SortedQuantile(sorted, 0.5);
  return (sorted[static_cast<size_t>(high)] - sorted[static_cast<size_t>(low)]) / median;
}

double LowerQuartileWidth(const std::vector<double>& sorted) {
  if (sorted.size() < kFewest) return std::numeric_limits<double>::infinity();
  return SortedQuantile(sorted, 0.25) / sorted[0] - 1;
}

}  // namespace diapason::device_agent
