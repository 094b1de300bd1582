// Small charts as inline SVG, without scripts. Colours come from the page's CSS classes (report_style.h).
// Pure functions; the texts in the options need not be escaped.
#ifndef DIAPASON_TUNER_CLI_REPORT_SVG_H_
#define DIAPASON_TUNER_CLI_REPORT_SVG_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace diapason::tuner {

struct ChartPoint {
  double x = 0;
  double y = 0;
  std::string note;  // shown when the pointer rests on the point; empty: nothing is shown
};

struct ChartOptions {
  std::string title;    // for readers who hear the page
  std::string x_label;  // with its unit
  std::string y_label;  // with its unit
  double x_end = 0;     // the line goes on as far as this; not further than the last point if that is larger
};

// Positions of at most about `count` labels on an axis from 0 to `end`: 0 and multiples of 1, 2 or 5 times a
// power of ten. Only 0 if `end` is not positive.
std::vector<double> NiceTicks(double end, int count);

// A line of steps with axes that begin at zero: each value holds until the next point. `points` are in the
// order of x. If there are very many, only the largest changes of y are drawn. Empty for no points.
std::string StepChart(absl::Span<const ChartPoint> points, const ChartOptions& options);

// The same line without axes, small enough for a table's cell. Empty for no points.
std::string SmallStepChart(absl::Span<const ChartPoint> points, const ChartOptions& options);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_REPORT_SVG_H_
