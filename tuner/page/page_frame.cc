#include "tuner/page/page_frame.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tuner/report/report_markup.h"
#include "tuner/report/report_style.h"

namespace diapason::tuner {
namespace {

constexpr char kOwnStyle[] = R"css(
a { color: var(--line); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; margin-bottom: 1.5rem; }
header b { font-size: 1.1rem; }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
header a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
form { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin: 1rem 0; }
label { font-size: .85rem; color: var(--faint); display: grid; }
input, select, button {
  font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--faint);
  border-radius: .35rem; padding: .3rem .6rem; max-width: 100%;
}
button { cursor: pointer; }
.good { color: var(--good); }
main td { overflow-wrap: anywhere; }
pre.script { max-height: 32rem; overflow: auto; white-space: pre; }
)css";

struct Section {
  const char* path;
  const char* name;
};
constexpr Section kSections[] = {{"/", "Jobs"}, {"/devices", "Devices"}, {"/records", "Records"}};

}  // namespace

std::string SiteStyle() { return absl::StrCat(kReportStyle, kOwnStyle); }

const char kSiteScript[] = R"js("use strict";
const live = document.querySelector("[data-events]");
if (live) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener("update", (event) => { live.innerHTML = event.data; });
  events.addEventListener("end", (event) => { live.innerHTML = event.data; events.close(); });
}
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});
)js";

HttpResponse Page(const std::string& title, absl::string_view section, absl::string_view body, int status) {
  std::string links;
  for (const Section& other : kSections) {
    absl::StrAppend(&links, "<a href=\"", other.path, "\"",
                    other.path == section ? " aria-current=\"page\"" : "", ">", other.name, "</a>\n");
  }
  HttpResponse response;
  response.status = status;
  response.body = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"/>\n<title>",
      EscapeHtml(title),
      " - Diapason</title>\n<link rel=\"icon\" href=\"data:,\"/>\n<link rel=\"stylesheet\" "
      "href=\"/style.css\"/>\n"
      "<script src=\"/live.js\" defer=\"defer\"></script>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<header><b>Diapason</b>\n"
      "<nav aria-label=\"Site\">\n",
      links, "</nav></header>\n<main id=\"content\">\n", body, "</main>\n</body>\n</html>\n");
  return response;
}

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

HttpResponse ErrorPage(const absl::Status& status) {
  return Page(
      "Error", "",
      absl::StrCat("<h1>This did not work</h1>\n<p class=\"trouble\">",
                   EscapeHtml(std::string(status.message())), "</p>\n<p>", Link("/", "All jobs"), "</p>\n"),
      HttpStatus(status.code()));
}

HttpResponse PlainText(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

HttpResponse GoTo(std::string path) {
  HttpResponse response;
  response.status = 303;
  response.headers["Location"] = std::move(path);
  return response;
}

std::string UrlEncode(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        absl::string_view("-._~").find(c) != text.npos) {
      encoded += c;
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string Link(absl::string_view path, absl::string_view text) {
  return absl::StrCat("<a href=\"", EscapeHtml(path), "\">", EscapeHtml(text), "</a>");
}

std::string PostButton(absl::string_view path, absl::string_view text, absl::string_view question) {
  return absl::StrCat("<form method=\"post\" action=\"", EscapeHtml(path), "\" data-ask=\"",
                      EscapeHtml(question), "\"><button>", EscapeHtml(text), "</button></form>\n");
}

std::string HtmlTable::Html(absl::string_view none) const {
  if (rows_.empty()) return absl::StrCat("<p class=\"read\">", none, "</p>\n");
  // The cells of a row carry the titles, for narrow screens, where the head is hidden (report_style.h).
  std::string html = absl::StrCat("<div class=\"wide\"><table class=\"tasks\" aria-label=\"",
                                  EscapeHtml(caption_), "\">\n<thead><tr>");
  const auto number = [](const std::string& title) { return !title.empty() && title[0] == '#'; };
  for (const std::string& title : titles_) {
    absl::StrAppend(&html, "<th scope=\"col\"", number(title) ? " class=\"number\"" : "", ">",
                    EscapeHtml(title.substr(number(title) ? 1 : 0)), "</th>");
  }
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  for (const std::vector<std::string>& row : rows_) {
    absl::StrAppend(&html, "<tr>");
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&html, "<td", number(titles_[i]) ? " class=\"number\"" : "", " data-name=\"",
                      EscapeHtml(titles_[i].substr(number(titles_[i]) ? 1 : 0)), "\">", row[i], "</td>");
    }
    absl::StrAppend(&html, "</tr>\n");
  }
  return absl::StrCat(html, "</tbody></table></div>\n");
}

std::string Facts(absl::Span<const std::pair<std::string, std::string>> facts) {
  std::string html = "<table class=\"facts\"><tbody>\n";
  for (const auto& [name, value] : facts) {
    if (value.empty()) continue;
    absl::StrAppend(&html, "<tr><th scope=\"row\">", EscapeHtml(name), "</th><td>", value, "</td></tr>\n");
  }
  return absl::StrCat(html, "</tbody></table>\n");
}

std::string TimeText(int64_t unix_us) {
  if (unix_us <= 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMicros(unix_us), absl::UTCTimeZone());
}

}  // namespace diapason::tuner
