// Small charts as inline SVG, without scripts. Colours come from the page's CSS classes (report_style.h).
// Pure functions; the texts in the options need not be escaped.
#ifndef DIAPASON_TUNER_REPORT_REPORT_SVG_H_
#define DIAPASON_TUNER_REPORT_REPORT_SVG_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace diapason::tuner {

// From `x` on, the value is `y`.
struct ChartPoint {
  double x = 0;      // in the unit of the chart's horizontal axis
  double y = 0;      // in the unit of its vertical axis
  std::string note;  // shown while the pointer is on the point; empty for points without a mark
};

// What a chart says besides its points.
struct ChartOptions {
  std::string title;    // for readers whose browser reads the page aloud
  std::string x_label;  // with its unit
  std::string y_label;  // with its unit
  double x_end = 0;     // where the axis of x ends, unless the last point lies further right
};

// Returns the positions of about `count` labels on an axis from 0 to `end`: 0 and the multiples of 1, 2 or 5
// times a power of ten. Returns only 0 if `end` is not positive.
std::vector<double> NiceTicks(double end, int count);

// Returns an <svg> element with a line of steps and axes that begin at zero. `points` are in the order of x.
// If there are very many, only the largest changes of y are drawn. Returns "" if there are no points.
std::string StepChart(absl::Span<const ChartPoint> points, const ChartOptions& options);

// Returns the same line without axes and labels, small enough for a table's cell.
std::string SmallStepChart(absl::Span<const ChartPoint> points, const ChartOptions& options);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_REPORT_SVG_H_
