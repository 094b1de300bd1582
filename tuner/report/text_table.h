// A table of text with aligned columns.
#ifndef DIAPASON_TUNER_REPORT_TEXT_TABLE_H_
#define DIAPASON_TUNER_REPORT_TEXT_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace diapason::tuner {

// Not thread-safe.
class TextTable {
 public:
  // One column, and how its texts are shown.
  struct Column {
    std::string title;
    bool right = false;    // aligned to the right, as numbers are
    size_t max_width = 0;  // characters; longer texts are cut with "..."; 0 for no limit
  };
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void AddRow(std::vector<std::string> cells);  // one cell for each column
  std::string Text() const;  // a line of titles and a line for each row, without trailing blanks

 private:
  const std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Formats microseconds with at least three significant digits: 12.3 -> "12.3", 1234.5 -> "1234", 0 -> "-".
std::string FormatUs(double us);

// Formats a duration: 75 -> "1:15", 3700 -> "1:01:40".
std::string FormatSeconds(double seconds);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_TEXT_TABLE_H_
