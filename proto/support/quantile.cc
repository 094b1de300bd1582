#include "proto/support/quantile.h"

#include <algorithm>
#include <cstddef>

namespace diapason {

double Quantile(std::vector<double> samples, double q) {
  std::sort(samples.begin(), samples.end());
  const double place = q * static_cast<double>(samples.size() - 1);
  const size_t low = static_cast<size_t>(place);
  const size_t high = std::min(low + 1, samples.size() - 1);
  return samples[low] + (place - static_cast<double>(low)) * (samples[high] - samples[low]);
}

}  // namespace diapason
