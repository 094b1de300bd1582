// What all HTML pages of the site share: their frame, and the smallest parts that they are made of. Pure
// functions.
#ifndef DIAPASON_TUNER_PAGE_PAGE_FRAME_H_
#define DIAPASON_TUNER_PAGE_PAGE_FRAME_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "tuner/page/http_message.h"

namespace diapason::tuner {

// The style sheet (/style.css) and the script (/live.js), which replaces the part of a page with the
// attribute data-events by what the server sends, and asks before a form with the attribute data-ask is
// sent.
std::string SiteStyle();
extern const char kSiteScript[];

// Returns a whole page. `title` is plain text, `body` is HTML. `section` is the path of the link in the
// head that is marked as the present one, e.g. "/devices".
HttpResponse Page(const std::string& title, absl::string_view section, absl::string_view body,
                  int status = 200);

// Returns a page that says what went wrong, with the HTTP status of the error.
HttpResponse ErrorPage(const absl::Status& status);
// The HTTP status for an error.
int HttpStatus(absl::StatusCode code);

// An answer of plain text, and one that sends the browser to another path of the site.
HttpResponse PlainText(int status, std::string text);
HttpResponse GoTo(std::string path);

// One segment of a path, or a value of a query: everything but letters, digits and "-._~" is encoded.
std::string UrlEncode(absl::string_view text);
// Returns a link. `path` is the site's own; `text` is plain.
std::string Link(absl::string_view path, absl::string_view text);

// A button that posts a form without fields. The visitor is asked `question` first.
std::string PostButton(absl::string_view path, absl::string_view text, absl::string_view question);

// A table of HTML cells. Of a column whose title begins with '#', the cells are numbers; '#' is not shown.
class HtmlTable {
 public:
  HtmlTable(std::string caption, std::vector<std::string> titles)
      : caption_(std::move(caption)), titles_(std::move(titles)) {}
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Returns the table, or the sentence `none` if it has no rows.
  std::string Html(absl::string_view none) const;

 private:
  const std::string caption_;  // for readers whose browser reads the page aloud
  const std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;
};

// A list of names and HTML values. Pairs without a value are left out.
std::string Facts(absl::Span<const std::pair<std::string, std::string>> facts);

// E.g. "2026-12-01 09:30:05 UTC", or "" for 0.
std::string TimeText(int64_t unix_us);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_PAGE_FRAME_H_
