// The smallest parts of the HTML that `diapason tune` writes (report_html.h): text made safe, and numbers
// made readable. Pure functions.
#ifndef DIAPASON_TUNER_REPORT_REPORT_MARKUP_H_
#define DIAPASON_TUNER_REPORT_REPORT_MARKUP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason::tuner {

// Returns the text as it may stand between tags and in quoted attributes of HTML and of SVG. Control
// characters, which XML forbids, become question marks. Line breaks and tabs stay.
std::string EscapeHtml(absl::string_view text);

// Returns a latency with its unit: 12.34 -> "12.3 µs", 12345.6 -> "12.3 ms", 3.2e6 -> "3.20 s", 0 -> "-".
std::string LatencyText(double us);

// Returns a number for SVG and CSS with at most one digit after the point: 12.34 -> "12.3", 5 -> "5".
std::string CoordinateText(double value);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_REPORT_MARKUP_H_
