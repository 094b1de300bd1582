#include "tuner/page/site.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tuner/page/api.h"
#include "tuner/page/device_pages.h"
#include "tuner/page/job_pages.h"
#include "tuner/page/page_frame.h"
#include "tuner/page/record_pages.h"

namespace diapason::tuner {
namespace {

HttpResponse OfType(const char* type, std::string body) {
  HttpResponse response = PlainText(200, std::move(body));
  response.type = type;
  return response;
}

HttpResponse Ready(const ServerParts& server) {
  const absl::Status ready = server.engine.Ready();
  return ready.ok() ? PlainText(200, "ok\n") : PlainText(503, absl::StrCat(ready.message(), "\n"));
}

HttpResponse NoPage(const HttpRequest& request) {
  return ErrorPage(absl::NotFoundError(absl::StrCat("there is no page ", request.path)));
}

HttpResponse Get(const ServerParts& server, const HttpRequest& request) {
  const std::string& path = request.path;
  if (path == "/") return JobsPage(server, request.Query("before"));
  if (path == "/devices") return DevicesPage(server);
  if (path == "/records") return RecordsPage(server, request);
  if (path == "/style.css") return OfType("text/css", SiteStyle());
  if (path == "/live.js") return OfType("text/javascript", kSiteScript);
  if (path == "/healthz") return PlainText(200, "ok\n");
  if (path == "/readyz") return Ready(server);
  if (path == "/metrics") return OfType("text/plain; version=0.0.4; charset=utf-8", server.metrics());
  const std::vector<std::string> parts = absl::StrSplit(path.substr(1), '/');
  if (parts.size() == 2 && parts[0] == "jobs") return JobPage(server, parts[1]);
  if (parts.size() == 3 && parts[0] == "jobs" && parts[2] == "live") return JobPageEvents(server, parts[1]);
  if (parts.size() == 2 && parts[0] == "devices") return DevicePage(server, parts[1]);
  if (parts.size() == 2 && parts[0] == "records") return RecordPage(server, parts[1]);
  return NoPage(request);
}

HttpResponse Post(const ServerParts& server, const HttpRequest& request) {
  const std::vector<std::string> parts = absl::StrSplit(request.path.substr(1), '/');
  if (parts.size() == 3 && parts[0] == "jobs" && parts[2] == "cancel") {
    const absl::Status done = server.engine.Cancel(parts[1], request.caller);
    return done.ok() ? GoTo(absl::StrCat("/jobs/", UrlEncode(parts[1]))) : ErrorPage(done);
  }
  if (parts.size() == 3 && parts[0] == "devices" && parts[2] == "release") {
    const auto done = server.release_device(parts[1]);
    return done.ok() ? GoTo("/devices") : ErrorPage(done.status());
  }
  return NoPage(request);
}

}  // namespace

HttpResponse Site::Answer(const HttpRequest& request) const {
  if (absl::StartsWith(request.path, kApiPrefix)) return AnswerApi(parts_, request);
  return request.method == "POST" ? Post(parts_, request) : Get(parts_, request);
}

}  // namespace diapason::tuner
