#include "tuner/report/report_markup.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace diapason::tuner {

std::string EscapeHtml(absl::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return safe;
}

std::string LatencyText(double us) {
  if (us <= 0 || !std::isfinite(us)) return "-";
  double value = us;
  const char* unit = "µs";
  if (us >= 999.5e3) {
    value = us / 1e6;
    unit = "s";
  } else if (us >= 999.5) {
    value = us / 1e3;
    unit = "ms";
  }
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return absl::StrFormat("%.*f %s", digits, value, unit);
}

std::string CoordinateText(double value) {
  const std::string text = absl::StrFormat("%.1f", value);
  return std::string(absl::StripSuffix(text, ".0"));
}

}  // namespace diapason::tuner
