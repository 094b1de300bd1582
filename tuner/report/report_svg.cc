#include "tuner/report/report_svg.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tuner/report/report_markup.h"

namespace diapason::tuner {
namespace {

constexpr size_t kMostPoints = 300;      // of a chart
constexpr size_t kMostSmallPoints = 40;  // of a small chart
constexpr size_t kMostNotes = 24;        // with more, the marks would hide the line

// A rectangle in the SVG's own units, and the values at its right and its upper edge.
struct Plot {
  double left, top, width, height;
  double x_end, y_end;

  double X(double x) const { return left + (x_end > 0 ? x / x_end : 0) * width; }
  double Y(double y) const { return top + height - (y_end > 0 ? y / y_end : 0) * height; }
  double bottom() const { return top + height; }
  double right() const { return left + width; }
};

// At most `most` of the points, the first and the last among them: those where y changes most.
std::vector<ChartPoint> Thin(absl::Span<const ChartPoint> points, size_t most) {
  std::vector<ChartPoint> kept(points.begin(), points.end());
  if (points.size() <= most) return kept;
  std::vector<double> changes;
  for (size_t i = 1; i < points.size(); ++i) changes.push_back(std::abs(points[i].y - points[i - 1].y));
  std::vector<double> sorted = changes;
  const size_t place = most - 2;  // the largest changes that stay
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(place), sorted.end(),
                   std::greater<>());
  const double least = sorted[place];
  kept = {points.front()};
  for (size_t i = 1; i + 1 < points.size() && kept.size() + 1 < most; ++i) {
    if (changes[i - 1] > least) kept.push_back(points[i]);
  }
  kept.push_back(points.back());
  return kept;
}

double Largest(absl::Span<const ChartPoint> points, double ChartPoint::* member) {
  double largest = 0;
  for (const ChartPoint& point : points) largest = std::max(largest, point.*member);
  return largest;
}

// The path of the steps. `closed` adds the way back along the lower edge, so that the area can be filled.
std::string StepPath(absl::Span<const ChartPoint> points, const Plot& plot, bool closed) {
  std::string path = absl::StrCat("M", CoordinateText(plot.X(points.front().x)), " ",
                                  CoordinateText(plot.Y(points.front().y)));
  for (const ChartPoint& point : points.subspan(1)) {
    absl::StrAppend(&path, "H", CoordinateText(plot.X(point.x)), "V", CoordinateText(plot.Y(point.y)));
  }
  absl::StrAppend(&path, "H", CoordinateText(plot.right()));
  if (closed) {
    absl::StrAppend(&path, "V", CoordinateText(plot.bottom()), "H", CoordinateText(plot.X(points.front().x)),
                    "Z");
  }
  return path;
}

std::string TickText(double value) { return absl::StrFormat("%.4g", value); }

void AddAxes(const Plot& plot, const ChartOptions& options, std::string& svg) {
  for (const double y : NiceTicks(plot.y_end, 4)) {
    const std::string at = CoordinateText(plot.Y(y));
    absl::StrAppend(&svg, "<line class=\"grid\" x1=\"", CoordinateText(plot.left), "\" x2=\"",
                    CoordinateText(plot.right()), "\" y1=\"", at, "\" y2=\"", at, "\"/><text x=\"",
                    CoordinateText(plot.left - 6), "\" y=\"", CoordinateText(plot.Y(y) + 4),
                    "\" text-anchor=\"end\">", TickText(y), "</text>");
  }
  for (const double x : NiceTicks(plot.x_end, 5)) {
    absl::StrAppend(&svg, "<text x=\"", CoordinateText(plot.X(x)), "\" y=\"",
                    CoordinateText(plot.bottom() + 16), "\" text-anchor=\"middle\">", TickText(x), "</text>");
  }
  absl::StrAppend(&svg, "<text x=\"4\" y=\"12\">", EscapeHtml(options.y_label), "</text><text x=\"",
                  CoordinateText(plot.right()), "\" y=\"", CoordinateText(plot.bottom() + 34),
                  "\" text-anchor=\"end\">", EscapeHtml(options.x_label), "</text>");
}

std::string Opening(const char* svg_class, double width, double height, const std::string& title) {
  return absl::StrCat("<svg class=\"", svg_class, "\" viewBox=\"0 0 ", CoordinateText(width), " ",
                      CoordinateText(height), "\" role=\"img\" aria-label=\"", EscapeHtml(title), "\">");
}

}  // namespace

std::vector<double> NiceTicks(double end, int count) {
  std::vector<double> ticks = {0};
  if (!(end > 0) || !std::isfinite(end)) return ticks;
  const double rough = end / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= rough) step = factor * power;
  }
  for (int i = 1; i * step <= end * (1 + 1e-9); ++i) ticks.push_back(i * step);
  return ticks;
}

std::string StepChart(absl::Span<const ChartPoint> points, const ChartOptions& options) {
  if (points.empty()) return "";
  const std::vector<ChartPoint> drawn = Thin(points, kMostPoints);
  const Plot plot = {46,
                     24,
                     340,
                     170,
                     std::max(options.x_end, Largest(drawn, &ChartPoint::x)),
                     1.08 * Largest(drawn, &ChartPoint::y)};
  std::string svg = Opening("chart", 400, 234, options.title);
  AddAxes(plot, options, svg);
  absl::StrAppend(&svg, "<path class=\"area\" d=\"", StepPath(drawn, plot, true),
                  "\"/><path class=\"line\" d=\"", StepPath(drawn, plot, false), "\"/>");
  for (const ChartPoint& point : Thin(points, kMostNotes)) {
    if (point.note.empty()) continue;
    absl::StrAppend(&svg, "<circle class=\"mark\" cx=\"", CoordinateText(plot.X(point.x)), "\" cy=\"",
                    CoordinateText(plot.Y(point.y)), "\" r=\"2.5\"><title>", EscapeHtml(point.note),
                    "</title></circle>");
  }
  absl::StrAppend(&svg, "</svg>");
  return svg;
}

std::string SmallStepChart(absl::Span<const ChartPoint> points, const ChartOptions& options) {
  if (points.empty()) return "";
  const std::vector<ChartPoint> drawn = Thin(points, kMostSmallPoints);
  const Plot plot = {
      1, 2, 98, 25, std::max(options.x_end, Largest(drawn, &ChartPoint::x)), Largest(drawn, &ChartPoint::y)};
  return absl::StrCat(Opening("small", 100, 28, options.title), "<path class=\"area\" d=\"",
                      StepPath(drawn, plot, true), "\"/><path class=\"line\" d=\"",
                      StepPath(drawn, plot, false), "\"/></svg>");
}

}  // namespace diapason::tuner
