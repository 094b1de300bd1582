#include "tuner/job/paired_test.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "proto/statistics/quantile.h"

namespace diapason::tuner {
namespace {

constexpr size_t kMaxExact = 50;  // pairs for which the exact distribution is computed

// Returns P(W >= w), where W is the sum of a random subset of the ranks 1..n.
double ExactTail(size_t n, double w) {
  const size_t total = n * (n + 1) / 2;
  std::vector<double> probability(total + 1, 0);  // of each sum
  probability[0] = 1;
  size_t reach = 0;
  for (size_t rank = 1; rank <= n; ++rank) {
    reach += rank;
    for (size_t sum = reach + 1; sum-- > 0;) {
      probability[sum] = (probability[sum] + (sum >= rank ? probability[sum - rank] : 0)) / 2;
    }
  }
  double tail = 0;
  for (auto sum = static_cast<size_t>(std::ceil(w)); sum <= total; ++sum) tail += probability[sum];
  return std::min(tail, 1.0);
}

// The normal approximation of the same probability.
double NormalTail(size_t n, double w, double tie_correction) {
  const double count = static_cast<double>(n);
  const double mean = count * (count + 1) / 4;
  const double variance = count * (count + 1) * (2 * count + 1) / 24 - tie_correction / 48;
  if (variance <= 0) return 1;
  return std::erfc((w - 0.5 - mean) / std::sqrt(2 * variance)) / 2;
}

}  // namespace

PairedResult ComparePaired(absl::Span<const double> a, absl::Span<const double> b) {
  PairedResult result;
  std::vector<double> ratios, differences;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    ratios.push_back(a[i] / b[i]);
    const double difference = std::log(a[i] / b[i]);
    if (difference != 0) differences.push_back(difference);
  }
  if (ratios.empty()) return result;
  result.ratio = Median(ratios);
  if (differences.empty()) return result;

  std::sort(differences.begin(), differences.end(),
            [](double x, double y) { return std::abs(x) < std::abs(y); });
  const size_t n = differences.size();
  double positive_ranks = 0, tie_correction = 0;
  for (size_t begin = 0, end; begin < n; begin = end) {
    for (end = begin + 1; end < n && std::abs(differences[end]) == std::abs(differences[begin]);) ++end;
    const double rank = static_cast<double>(begin + 1 + end) / 2;  // the mean of the tied ranks
    const double ties = static_cast<double>(end - begin);
    tie_correction += ties * ties * ties - ties;
    for (size_t i = begin; i < end; ++i) {
      if (differences[i] > 0) positive_ranks += rank;
    }
  }
  result.p_value = n <= kMaxExact && tie_correction == 0 ? ExactTail(n, positive_ranks)
                                                         : NormalTail(n, positive_ranks, tie_correction);
  return result;
}

}  // namespace diapason::tuner
