#include "costmodel/gaussian_process.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace diapason::costmodel {
namespace {

// Standard deviations of logarithms of times.
constexpr double kNoise = 0.012;        // of two measurements of one schedule
constexpr double kCommonFactor = 0.5;   // of a factor that all schedules of a task have
constexpr double kSketchFactor = 0.2;   // of a factor that all schedules of a sketch have
constexpr double kExaggeration = 0.35;  // of the slope by which an expectation exaggerates differences

// The parameters that Fit tries.
constexpr double kSignals[] = {0.01, 0.02, 0.04, 0.08, 0.15, 0.3};
constexpr double kLengths[] = {0.7, 1.5, 3};

}  // namespace

double GaussianProcess::Covariance(const Point& a, const Point& b) const {
  const double slope = kExaggeration * kExaggeration * (a.expected - reference_) * (b.expected - reference_);
  const double common = kCommonFactor * kCommonFactor + slope;
  if (a.sketch != b.sketch) return common;
  double single = 0, square = 0;
  const size_t knobs = a.knobs.size();
  for (size_t k = 0; k < knobs; ++k) {
    const double distance = std::abs(a.knobs[k] - b.knobs[k]);
    single += std::exp(-distance / length_);
    square += distance * distance;
  }
  const double count = static_cast<double>(std::max<size_t>(knobs, 1));
  single = knobs == 0 ? 1 : single / count;
  const double together = std::exp(-std::sqrt(square / count) / length_);
  return common + kSketchFactor * kSketchFactor + signal_ * signal_ * (single + together) / 2;
}

std::vector<double> GaussianProcess::Solve(const Point& point) const {
  std::vector<double> solved(points_.size());
  for (size_t i = 0; i < points_.size(); ++i) {
    double value = Covariance(point, points_[i]);
    for (size_t j = 0; j < i; ++j) value -= factor_[i][j] * solved[j];
    solved[i] = value / factor_[i][i];
  }
  return solved;
}

void GaussianProcess::Append(const Point& point, double log_time) {
  if (points_.empty()) reference_ = point.expected;
  std::vector<double> row = Solve(point);
  double rest = Covariance(point, point) + kNoise * kNoise;
  double value = log_time - point.expected;
  for (size_t j = 0; j < row.size(); ++j) {
    rest -= row[j] * row[j];
    value -= row[j] * whitened_[j];
  }
  row.push_back(std::sqrt(std::max(rest, kNoise * kNoise)));
  whitened_.push_back(value / row.back());
  factor_.push_back(std::move(row));
  points_.push_back(point);
}

double GaussianProcess::LogLikelihood() const {
  double likelihood = 0;
  for (size_t i = 0; i < points_.size(); ++i) {
    likelihood -= whitened_[i] * whitened_[i] / 2 + std::log(factor_[i][i]);
  }
  return likelihood;
}

void GaussianProcess::Fit(const std::vector<Point>& points, const std::vector<double>& log_times) {
  points_.clear();
  factor_.clear();
  whitened_.clear();
  for (size_t i = 0; i < points.size(); ++i) Append(points[i], log_times[i]);
}

void GaussianProcess::FitParameters(const std::vector<Point>& points, const std::vector<double>& log_times) {
  double best_signal = signal_, best_length = length_, best = -std::numeric_limits<double>::infinity();
  for (const double signal : kSignals) {
    for (const double length : kLengths) {
      signal_ = signal;
      length_ = length;
      Fit(points, log_times);
      // Without many points, the signal is taken to be about 0.1.
      const double unusual = std::log(signal / 0.1);
      const double likelihood = LogLikelihood() - unusual * unusual / 2;
      if (likelihood <= best) continue;
      best = likelihood;
      best_signal = signal;
      best_length = length;
    }
  }
  signal_ = best_signal;
  length_ = best_length;
  Fit(points, log_times);
}

void GaussianProcess::AddPending(const Point& point) { Append(point, Predict(point).mean); }

Estimate GaussianProcess::Predict(const Point& point) const {
  const std::vector<double> solved = Solve(point);
  Estimate estimate{point.expected, 0};
  double variance = Covariance(point, point);
  for (size_t i = 0; i < solved.size(); ++i) {
    estimate.mean += solved[i] * whitened_[i];
    variance -= solved[i] * solved[i];
  }
  estimate.deviation = std::sqrt(std::max(variance, 0.0));
  return estimate;
}

}  // namespace diapason::costmodel
