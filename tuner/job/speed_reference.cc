#include "tuner/job/speed_reference.h"

#include <algorithm>
#include <vector>

namespace diapason::tuner {

double SpeedReference::TimeUs(const v1::Measurement& measurement) {
  std::vector<double> canary(measurement.canary_us().begin(), measurement.canary_us().end());
  if (canary.empty()) return measurement.median_us();
  const auto middle = canary.begin() + static_cast<ptrdiff_t>(canary.size() / 2);
  std::nth_element(canary.begin(), middle, canary.end());
  if (canary_us_ == 0) canary_us_ = *middle;
  return measurement.median_us() * canary_us_ / *middle;
}

}  // namespace diapason::tuner
