// Quantiles of samples.
#ifndef DIAPASON_PROTO_STATISTICS_QUANTILE_H_
#define DIAPASON_PROTO_STATISTICS_QUANTILE_H_

#include <utility>
#include <vector>

namespace diapason {

// Returns the q-quantile, with q from 0 to 1. Between two samples it interpolates linearly. `samples` must
// not be empty and may have any order.
double Quantile(std::vector<double> samples, double q);

// Like Quantile, for samples in ascending order.
double SortedQuantile(const std::vector<double>& sorted, double q);

// Returns the median. `samples` must not be empty.
inline double Median(std::vector<double> samples) { return Quantile(std::move(samples), 0.5); }

}  // namespace diapason

#endif  // DIAPASON_PROTO_STATISTICS_QUANTILE_H_
