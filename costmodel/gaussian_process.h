// Predicts the times of one task's schedules from a few measured ones, and says how sure it is: a Gaussian
// process (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 2.1). It learns
// what an expectation misses: an unknown factor of all schedules and of those of each sketch, by how much
// the expectation exaggerates differences, and what single knobs and near schedules have in common.
#ifndef DIAPASON_COSTMODEL_GAUSSIAN_PROCESS_H_
#define DIAPASON_COSTMODEL_GAUSSIAN_PROCESS_H_

#include <vector>

namespace diapason::costmodel {

// A schedule as the process sees it.
struct Point {
  int sketch = 0;
  std::vector<float> knobs;  // scaled so that typical values differ by about 1; the same length in a sketch
  float expected = 0;        // the logarithm of the time that is expected without the process
};

// A prediction of a logarithm of a time.
struct Estimate {
  double mean = 0;
  double deviation = 0;  // standard deviation
};

// Not thread-safe.
class GaussianProcess {
 public:
  // Forgets all points and learns from measured ones and the logarithms of their times. Takes about 3 ms for
  // a hundred points; the time grows with the third power.
  void Fit(const std::vector<Point>& points, const std::vector<double>& log_times);

  // The same, but first chooses the parameters under which these times are most likely. Takes 20 times as
  // long.
  void FitParameters(const std::vector<Point>& points, const std::vector<double>& log_times);

  // Adds a point that is under way, with its prediction as its time. It makes the process surer about
  // schedules like it, and changes no mean. Fit forgets it.
  void AddPending(const Point& point);

  // Predicts the time of a schedule. Without any measured point, the mean is what is expected.
  Estimate Predict(const Point& point) const;

 private:
  double Covariance(const Point& a, const Point& b) const;
  // Appends a point and its row of the Cholesky factor.
  void Append(const Point& point, double log_time);
  // Returns the logarithm of the probability of the points under the parameters.
  double LogLikelihood() const;
  std::vector<double> Solve(const Point& point) const;

  double signal_ = 0.15;  // how much times differ from the expectation; the logarithm's deviation
  double length_ = 1;     // how far apart two knobs must be so that they have little in common
  float reference_ = 0;   // the expectation of the first point; differences are counted from it
  std::vector<Point> points_;
  std::vector<std::vector<double>> factor_;  // the lower triangle of the Cholesky factor, by rows
  std::vector<double> whitened_;             // the factor's inverse times (log_times - expectations)
};

}  // namespace diapason::costmodel

#endif  // DIAPASON_COSTMODEL_GAUSSIAN_PROCESS_H_
