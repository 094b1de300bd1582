#include "tuner/report/text_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace diapason::tuner {
namespace {

std::string Cut(const std::string& text, size_t width) {
  if (width == 0 || text.size() <= width) return text;
  return absl::StrCat(text.substr(0, width - 3), "...");
}

}  // namespace

void TextTable::AddRow(std::vector<std::string> cells) {
  for (size_t i = 0; i < cells.size() && i < columns_.size(); ++i)
    cells[i] = Cut(cells[i], columns_[i].max_width);
  rows_.push_back(std::move(cells));
}

std::string TextTable::Text() const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(columns_[i].title.size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  const auto add = [&](const auto& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string pad(widths[i] - cell.size(), ' ');
      absl::StrAppend(&line, i == 0 ? "" : "  ", columns_[i].right ? pad : "", cell,
                      columns_[i].right ? "" : pad);
    }
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  };
  add([this](size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) add([&row](size_t i) -> const std::string& { return row[i]; });
  return text;
}

std::string FormatUs(double us) {
  if (us <= 0 || !std::isfinite(us)) return "-";
  return us < 100 ? absl::StrFormat("%.1f", us) : absl::StrFormat("%.0f", us);
}

std::string FormatSeconds(double seconds) {
  const auto total = static_cast<int64_t>(std::llround(std::max(seconds, 0.0)));
  if (total >= 3600) return absl::StrFormat("%d:%02d:%02d", total / 3600, total / 60 % 60, total % 60);
  return absl::StrFormat("%d:%02d", total / 60, total % 60);
}

}  // namespace diapason::tuner
