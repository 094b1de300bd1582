// The answers of the site for a job engine with fakes.
#include "tuner/page/site.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "tests/tuner/job/job_lab.h"
#include "tuner/page/api.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SiteTest : public ::testing::Test {
 protected:
  HttpResponse Ask(const std::string& method, const std::string& path,
                   std::map<std::string, std::string> query = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    return site_.Answer(request);
  }
  HttpResponse Get(const std::string& path, std::map<std::string, std::string> query = {}) {
    return Ask("GET", path, std::move(query));
  }

  // The whole of a streamed answer, or as much as `send` took before it returned false.
  static std::string Streamed(const HttpResponse& response,
                              const std::function<bool(const std::string&)>& go_on) {
    std::string text;
    response.stream([&](absl::string_view part) {
      absl::StrAppend(&text, part);
      return go_on(text);
    });
    return text;
  }

  std::string Submit(const std::string& name, int64_t trials) {
    v1::SubmitJobRequest request = Request(2, trials);
    request.set_name(name);
    auto job = lab_.engine->Submit(request);
    EXPECT_TRUE(job.ok()) << job.status();
    return *job;
  }

  std::unique_ptr<db::RecordStore> store_ = NewStore();
  Lab lab_{*store_, {.time_us = Improving}};
  Site site_{{*lab_.engine, *store_, lab_.measurer, lab_.clock,
              [](const std::string& id) -> absl::StatusOr<std::string> {
                if (id != "board") return absl::NotFoundError("there is no device " + id);
                return id + " is checked now";
              },
              [] { return std::string("diapason_tracker_up 1\n"); }}};
};

TEST_F(SiteTest, SaysWhetherTheServerServes) {
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/readyz").status, 200);
  lab_.engine->Shutdown();
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/").status, 503);
  EXPECT_EQ(Get("/api/v1/jobs").status, 503);
}

TEST_F(SiteTest, GivesTheMetrics) {
  const HttpResponse metrics = Get("/metrics");
  EXPECT_EQ(metrics.body, "diapason_tracker_up 1\n");
  EXPECT_THAT(metrics.type, HasSubstr("version=0.0.4"));
}

TEST_F(SiteTest, OtherPathsAreNotFound) {
  for (const char* path :
       {"/nothing", "/jobs/1/2/3", "/healthz/x", "//", "/jobs/", "/jobs/none", "/records/none",
        "/devices/none", "/jobs/none/live", "/api/v1/", "/api/v1/jobs/none", "/api/v1/jobs/a/b",
        "/api/v1/records/none", "/api/v1/jobs/none/events"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
  EXPECT_EQ(Ask("POST", "/jobs/none/cancel").status, 404);
  EXPECT_EQ(Ask("POST", "/api/v1/jobs/none/cancel").status, 404);
  EXPECT_EQ(Ask("POST", "/devices/none/release").status, 404);
  EXPECT_EQ(Ask("POST", "/api/v1/jobs").status, 405);
  EXPECT_EQ(Get("/api/v1/jobs/x/cancel").status, 405);
}

TEST_F(SiteTest, ShowsAJobAndItsTrials) {
  EXPECT_THAT(Get("/").body, HasSubstr("There are no jobs yet"));
  const std::string job = Submit("resnet.onnx", 20);
  lab_.Await(job);
  const std::string jobs = Get("/").body;
  EXPECT_THAT(jobs, HasSubstr("<a href=\"/jobs/" + job + "\">resnet.onnx</a>"));
  EXPECT_THAT(jobs, HasSubstr("finished"));
  const std::string page = Get("/jobs/" + job).body;
  EXPECT_THAT(page, HasSubstr("Latency of the model during tuning"));
  EXPECT_THAT(page, HasSubstr("<svg class=\"chart\"")) << "the curves come from the records";
  EXPECT_THAT(page, Not(HasSubstr("data-events"))) << "it has ended";
  EXPECT_THAT(page, Not(HasSubstr("/cancel")));
  const std::string trials = Get("/records", {{"job", job}}).body;
  EXPECT_THAT(trials, HasSubstr("<span class=\"good\">ok</span>"));
  EXPECT_THAT(Get("/records", {{"job", "another"}}).body, HasSubstr("There are no records."));
  const v1::Record record = store_->FindRecords({.job_id = job, .limit = 1})->front();
  const std::string trial = Get("/records/" + record.trial_id()).body;
  EXPECT_THAT(trial, HasSubstr("<h2>Samples</h2>"));
  EXPECT_THAT(trial, HasSubstr("<pre class=\"script\"")) << "the sketch's text";
}

TEST_F(SiteTest, ARunningJobIsLiveAndCanBeCancelled) {
  lab_.measurer.Pause(true);
  const std::string job = Submit("slow.onnx", 1000);
  const std::string page = Get("/jobs/" + job).body;
  EXPECT_THAT(page, HasSubstr("data-events=\"/jobs/" + job + "/live\""));
  EXPECT_THAT(page, HasSubstr("action=\"/jobs/" + job + "/cancel\""));
  const HttpResponse live = Get("/jobs/" + job + "/live");
  EXPECT_EQ(live.type, "text/event-stream");
  bool cancelled = false;
  const std::string events = Streamed(live, [&](const std::string& text) {
    if (!cancelled) EXPECT_EQ(Ask("POST", "/jobs/" + job + "/cancel").status, 303);
    cancelled = true;
    return !absl::StrContains(text, "event: end");
  });
  EXPECT_THAT(events, StartsWith("event: update\ndata: <p><b>running</b>"));
  EXPECT_THAT(events, HasSubstr("event: end\ndata: <p><b>cancelled</b>"));
  EXPECT_EQ(Ask("POST", "/jobs/" + job + "/cancel").status, 409) << "it has ended already";
}

// A visitor who is gone, or a server that ends, ends the stream of a job that does not change.
TEST_F(SiteTest, AStreamEndsWithItsReader) {
  lab_.measurer.Pause(true);
  const std::string job = Submit("slow.onnx", 1000);
  int parts = 0;
  Streamed(Get("/api/v1/jobs/" + job + "/events"), [&](const std::string&) { return ++parts < 2; });
  EXPECT_EQ(parts, 2);
}

TEST_F(SiteTest, ShowsTheDevices) {
  const std::string name = lab_.measurer.Devices()->front().device().device_id();
  EXPECT_THAT(Get("/devices").body, HasSubstr("<a href=\"/devices/" + name + "\">"));
  lab_.Await(Submit("m.onnx", 10));
  const std::string page = Get("/devices/" + name).body;
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">State</th>"));
  EXPECT_EQ(Ask("POST", "/devices/board/release").status, 303);
  lab_.measurer.SetConnected(false);
}

TEST_F(SiteTest, TextsOfUsersAreTexts) {
  const std::string job = Submit("<script>alert(1)</script>", 4);
  lab_.Await(job);
  for (const std::string& page : {Get("/").body, Get("/jobs/" + job).body, Get("/<script>").body,
                                  Get("/records", {{"job", "\"><script>"}}).body,
                                  Get("/devices/<script>").body, Get("/", {{"before", "<script>"}}).body}) {
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
  }
}

TEST_F(SiteTest, TheApiSpeaksJson) {
  const std::string job = Submit("m.onnx", 10);
  lab_.Await(job);
  v1::ListJobsResponse jobs;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(Get("/api/v1/jobs").body, &jobs).ok());
  ASSERT_EQ(jobs.jobs_size(), 1);
  EXPECT_EQ(jobs.jobs(0).job_id(), job);
  EXPECT_EQ(jobs.jobs(0).state(), v1::JOB_STATE_FINISHED);
  v1::JobStatus status;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(Get("/api/v1/jobs/" + job).body, &status).ok());
  EXPECT_EQ(status.tasks_size(), 2);
  google::protobuf::Struct records;
  const HttpResponse limited = Get("/api/v1/records", {{"job", job}, {"limit", "3"}});
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(limited.body, &records).ok());
  EXPECT_EQ(records.fields().at("records").list_value().values_size(), 3);
  for (const char* limit : {"0", "1001", "many"})
    EXPECT_EQ(Get("/api/v1/records", {{"limit", limit}}).status, 400) << limit;
  const HttpResponse missing = Get("/api/v1/jobs/none");
  EXPECT_EQ(missing.type, "application/json");
  EXPECT_THAT(missing.body, HasSubstr("\"code\":\"NOT_FOUND\""));
}

// What can be downloaded can be imported.
TEST_F(SiteTest, RecordsCanBeDownloaded) {
  const std::string job = Submit("m.onnx", 10);
  lab_.Await(job);
  const HttpResponse download = Get("/api/v1/records.jsonl", {{"job", job}});
  EXPECT_THAT(download.headers.at("Content-Disposition"), HasSubstr("records.jsonl"));
  const std::string text = Streamed(download, [](const std::string&) { return true; });
  std::stringstream lines(text);
  std::string line;
  size_t records = 0;
  while (std::getline(lines, line)) {
    v1::LogEntry entry;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &entry).ok()) << line;
    records += entry.has_record();
  }
  EXPECT_EQ(records, store_->FindRecords({.job_id = job})->size());
}

// The description has every field of the answers, and docs/web-page.md has every path.
TEST_F(SiteTest, TheApiIsDescribed) {
  google::protobuf::Struct description;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(OpenApiText(), &description).ok());
  EXPECT_EQ(OpenApiText() + "\n", Get("/api/v1/openapi.json").body);
  const auto field = [](const google::protobuf::Struct& object, const std::string& name) {
    EXPECT_TRUE(object.fields().contains(name)) << name;
    return object.fields().contains(name) ? object.fields().at(name).struct_value()
                                          : google::protobuf::Struct();
  };
  const auto schemas = field(field(description, "components"), "schemas");
  const auto trials = field(field(field(schemas, "TaskStatus"), "properties"), "trials");
  EXPECT_EQ(trials.fields().at("format").string_value(), "int64");
  const auto measurement = field(field(field(schemas, "Record"), "properties"), "measurement");
  EXPECT_EQ(measurement.fields().at("$ref").string_value(), "#/components/schemas/Measurement");
  std::stringstream document;
  document << std::ifstream(absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/docs/web-page.md")).rdbuf();
  for (const auto& [path, operations] : field(description, "paths").fields())
    EXPECT_THAT(document.str(), HasSubstr("`" + path + "`"));
}

}  // namespace
}  // namespace diapason::tuner
