#include "tuner/page/api.h"

#include <sstream>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "db/json_lines.h"
#include "proto/base/status_macros.h"
#include "tuner/job/job_page.h"
#include "tuner/page/job_pages.h"
#include "tuner/page/open_api.h"
#include "tuner/page/page_frame.h"
#include "tuner/page/record_pages.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {
namespace {

constexpr int kMostRecords = 1000;  // of one answer
constexpr char kJson[] = "application/json";

HttpResponse Json(std::string text, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.type = kJson;
  response.body = std::move(text) + "\n";
  return response;
}

// One request to a path of the table. `name` is the part of the path that stands for the last {...} of it.
struct Call {
  const ServerParts& server;
  const HttpRequest& request;
  std::string name;
};

absl::StatusOr<HttpResponse> ListJobs(const Call& call) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::JobStatus> jobs, call.server.engine.List());
  v1::ListJobsResponse response;
  DIAPASON_RETURN_IF_ERROR(PageOfJobs(jobs, call.request.Query("before"), response));
  return Json(JsonText(response));
}

absl::StatusOr<HttpResponse> GetJob(const Call& call) {
  DIAPASON_ASSIGN_OR_RETURN(const v1::JobStatus status, StatusOf(call.server, call.name));
  return Json(JsonText(status));
}

absl::StatusOr<HttpResponse> WatchJob(const Call& call) {
  DIAPASON_RETURN_IF_ERROR(StatusOf(call.server, call.name).status());
  return EventsOfJob(call.server, call.name, [](const v1::JobStatus& status) { return JsonText(status); });
}

absl::StatusOr<HttpResponse> CancelJob(const Call& call) {
  DIAPASON_RETURN_IF_ERROR(call.server.engine.Cancel(call.name, call.request.caller));
  return Json(JsonText(v1::CancelJobResponse()));
}

absl::StatusOr<HttpResponse> ListDevices(const Call& call) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::DeviceStatus> devices, call.server.measurer.Devices());
  v1::ListDevicesResponse response;
  response.mutable_devices()->Assign(devices.begin(), devices.end());
  return Json(JsonText(response));
}

absl::StatusOr<HttpResponse> ReleaseDevice(const Call& call) {
  v1::ReleaseDeviceResponse response;
  DIAPASON_ASSIGN_OR_RETURN(*response.mutable_message(), call.server.release_device(call.name));
  return Json(JsonText(response));
}

absl::StatusOr<HttpResponse> ListRecords(const Call& call) {
  db::RecordQuery query = RecordQueryOf(call.request);
  query.limit = 100;
  const std::string limit = call.request.Query("limit");
  if (!limit.empty() &&
      (!absl::SimpleAtoi(limit, &query.limit) || query.limit < 1 || query.limit > kMostRecords))
    return absl::InvalidArgumentError(absl::StrCat("limit must be a number from 1 to ", kMostRecords));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, call.server.store.FindRecords(query));
  std::string text = "{\"records\":[";
  for (const v1::Record& record : records)
    absl::StrAppend(&text, text.back() == '[' ? "" : ",", JsonText(record));
  return Json(text + "]}");
}

absl::StatusOr<HttpResponse> GetRecord(const Call& call) {
  db::RecordQuery query;
  query.trial_id = call.name;
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::Record> records, call.server.store.FindRecords(query));
  if (records.empty()) return absl::NotFoundError(absl::StrCat("there is no record of trial ", call.name));
  return Json(JsonText(records.front()));
}

// Passes what is written to `send`, a buffer at a time.
class SendBuffer : public std::streambuf {
 public:
  explicit SendBuffer(const HttpSend& send) : send_(send) { setp(buffer_, buffer_ + sizeof buffer_); }

 protected:
  int overflow(int c) override {
    if (sync() != 0) return traits_type::eof();
    if (c != traits_type::eof()) sputc(static_cast<char>(c));
    return 0;
  }
  int sync() override {
    const size_t size = static_cast<size_t>(pptr() - pbase());
    setp(buffer_, buffer_ + sizeof buffer_);
    return size == 0 || send_({buffer_, size}) ? 0 : -1;
  }

 private:
  const HttpSend& send_;
  char buffer_[64 << 10];
};

absl::StatusOr<HttpResponse> ExportRecords(const Call& call) {
  HttpResponse response;
  response.type = "application/jsonl";
  response.headers["Content-Disposition"] = "attachment; filename=\"records.jsonl\"";
  response.stream = [&store = call.server.store, query = RecordQueryOf(call.request)](const HttpSend& send) {
    SendBuffer buffer(send);
    std::ostream out(&buffer);
    // An error ends the download early; the importer then names the line that is not complete.
    if (db::ExportJsonLines(store, query, out).ok()) out.flush();
  };
  return response;
}

absl::StatusOr<HttpResponse> Describe(const Call&) { return Json(OpenApiText()); }

const std::vector<ApiParameter>& Conditions() {
  static const auto* conditions =
      new std::vector<ApiParameter>{{"job", "the id of the job that made the records"},
                                    {"device", "the name of the device that measured them"},
                                    {"workload", "the id of their workload"},
                                    {"outcome", "\"ok\" leaves out trials that failed"}};
  return *conditions;
}

struct Route {
  ApiPath path;
  absl::StatusOr<HttpResponse> (*answer)(const Call&);
};

const std::vector<Route>& Routes() {
  static const auto* routes = [] {
    std::vector<ApiParameter> with_limit = Conditions();
    with_limit.push_back({"limit", absl::StrCat("how many, the newest first; at most ", kMostRecords)});
    return new std::vector<Route>{
        {{"GET",
          "jobs",
          "All jobs, newest first, a part at a time.",
          kJson,
          v1::ListJobsResponse::descriptor(),
          "",
          {{"before", "the id of the last job of the part before this one"}}},
         ListJobs},
        {{"GET", "jobs/{job}", "One job.", kJson, v1::JobStatus::descriptor()}, GetJob},
        {{"GET", "jobs/{job}/events",
          "Server-sent events with the job as data: \"update\" whenever it has changed, and \"end\".",
          "text/event-stream", v1::JobStatus::descriptor()},
         WatchJob},
        {{"POST", "jobs/{job}/cancel", "Cancels a running job. Its records stay.", kJson,
          v1::CancelJobResponse::descriptor()},
         CancelJob},
        {{"GET", "devices", "The devices that the tracker knows.", kJson,
          v1::ListDevicesResponse::descriptor()},
         ListDevices},
        {{"POST", "devices/{device}/release", "Checks a device at once, or forgets it if it is offline.",
          kJson, v1::ReleaseDeviceResponse::descriptor()},
         ReleaseDevice},
        {{"GET", "records", "The newest records.", kJson, v1::Record::descriptor(), "records", with_limit},
         ListRecords},
        {{"GET", "records/{trial}", "One record.", kJson, v1::Record::descriptor()}, GetRecord},
        {{"GET", "records.jsonl", "All records, with what they refer to, for diapason query --import.",
          "application/jsonl", v1::LogEntry::descriptor(), "", Conditions()},
         ExportRecords},
        {{"GET", "openapi.json", "This description.", kJson, nullptr}, Describe},
    };
  }();
  return *routes;
}

// Returns whether `path` has the form of `pattern`. The segment in the place of {...} becomes `name`.
bool Matches(absl::string_view pattern, absl::string_view path, std::string& name) {
  const size_t open = pattern.find('{');
  if (open == absl::string_view::npos) return pattern == path;
  const absl::string_view before = pattern.substr(0, open), after = pattern.substr(pattern.find('}') + 1);
  if (!absl::ConsumePrefix(&path, before) || !absl::ConsumeSuffix(&path, after)) return false;
  name = std::string(path);
  return !path.empty() && !absl::StrContains(path, '/');
}

HttpResponse JsonError(const absl::Status& status, int http_status) {
  JsonObject object;
  Set(object, "code", absl::StatusCodeToString(status.code()));
  Set(object, "message", std::string(status.message()));
  return Json(JsonText(object), http_status);
}

}  // namespace

HttpResponse AnswerApi(const ServerParts& server, const HttpRequest& request) {
  const absl::string_view path = absl::StripPrefix(request.path, kApiPrefix);
  bool other_method = false;
  for (const Route& route : Routes()) {
    Call call{server, request, ""};
    if (!Matches(route.path.pattern, path, call.name)) continue;
    if (request.method != route.path.method) {
      other_method = true;
      continue;
    }
    auto response = route.answer(call);
    return response.ok() ? *std::move(response)
                         : JsonError(response.status(), HttpStatus(response.status().code()));
  }
  if (other_method)
    return JsonError(absl::InvalidArgumentError(absl::StrCat(request.path, " has another method")), 405);
  return JsonError(absl::NotFoundError(absl::StrCat("there is no path ", request.path,
                                                    "; /api/v1/openapi.json describes those that there are")),
                   404);
}

std::string OpenApiText() {
  std::vector<ApiPath> paths;
  for (const Route& route : Routes()) paths.push_back(route.path);
  return OpenApiOf(kApiPrefix, paths);
}

}  // namespace diapason::tuner
