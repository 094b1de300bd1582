#include "tuner/report/report_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tuner/report/report_markup.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;
using ::testing::SizeIs;

// What is wrong with the nesting of the tags in `html`, or "" if every element is closed in its parent.
std::string NestingFault(const std::string& html) {
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const size_t end = html.find('>', at);
    if (end == std::string::npos) return absl::StrCat("an open tag at ", at);
    const std::string tag = html.substr(at + 1, end - at - 1);
    if (absl::StartsWith(tag, "!") || absl::EndsWith(tag, "/")) continue;
    if (absl::StrContains(tag, '<')) return absl::StrCat("a tag in the tag ", tag);
    const std::string name = tag.substr(0, tag.find_first_of(" \n"));
    if (!absl::StartsWith(name, "/")) {
      open.push_back(name);
      continue;
    }
    if (open.empty() || absl::StrCat("/", open.back()) != name) return absl::StrCat("a wrong ", name);
    open.pop_back();
  }
  return open.empty() ? "" : absl::StrCat("not closed: ", open.back());
}

ReportData Data(int tasks) {
  ReportData data;
  data.model = "model.onnx";
  data.device = "box-1";
  data.machine = "cortex-a76";
  data.date = "2026-01-02 03:04 UTC";
  data.release = "1.2.3";
  data.job_id = "0123";
  data.task_sum = {2000, 1000};
  data.measured = MeasuredModel{2100, 1050, 2.0, 1.9, 2.1};
  data.trials = 400;
  data.seconds = 600;
  data.curve = {{0, 0, 2000}, {60, 40, 1500}, {300, 200, 1000}};
  for (int i = 0; i < tasks; ++i) {
    TaskReport& task = data.tasks.emplace_back();
    task.task_id = "0123456789abcdef";
    task.summary = "conv2d 1x56x56x64 3x3 s1 -> 64 bias residual relu";
    task.weight = 2;
    task.default_us = 200;
    task.best_us = 100;
    task.speed_up = "2.00x";
    task.share = 0.25;
    task.flops = 1'000'000;
    task.gflops_s = 10;
    task.trials = 50;
    for (int j = 0; j < 50; ++j) task.curve.push_back({j, 200.0 - 2 * j});
  }
  data.outcomes = {{v1::OUTCOME_KIND_OK, 300, ""}, {v1::OUTCOME_KIND_CRASHED, 100, "signal 11"}};
  data.conditions_of = "These were the conditions.";
  data.conditions = {{"Frequency governor", "performance"}};
  data.commands = {{"Tune again:", "diapason tune model.onnx"}};
  return data;
}

TEST(ReportHtmlTest, ShowsTheHeadlineAndEverySection) {
  const std::string html = ReportHtml(Data(2));
  EXPECT_EQ(NestingFault(html), "");
  for (const char* text : {"<h1>model.onnx on box-1</h1>", "cortex-a76", "2026-01-02 03:04 UTC", "2.10 ms",
                           "1.05 ms", "2.00x", "1.90x to 2.10x", "conv2d 1x56x56x64 3x3 s1 → 64", "25.0 %",
                           "crashed", "signal 11", "performance", "diapason tune model.onnx"}) {
    EXPECT_THAT(html, HasSubstr(text));
  }
}

TEST(ReportHtmlTest, LoadsNothing) {
  const std::string html = ReportHtml(Data(2));
  for (const char* text : {"<script", "<link", "<img", "src=", "href=", "url(", "@import"}) {
    EXPECT_THAT(html, Not(HasSubstr(text)));
  }
}

TEST(ReportHtmlTest, EscapesWhatUsersAndProgramsWrote) {
  const std::string bad = "<script>alert(\"1\" & '2')</script>";
  ReportData data = Data(1);
  data.model = data.device = data.machine = data.job_id = data.release = bad;
  data.tasks[0].summary = data.tasks[0].trouble = data.tasks[0].task_id = bad;
  data.outcomes[1].first_message = bad + "\x01";
  data.conditions = {{bad, bad}};
  data.commands = {{bad, bad}};
  const std::string html = ReportHtml(data);
  EXPECT_EQ(NestingFault(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("\x01")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"));
}

TEST(ReportHtmlTest, AnEmptyJobHasAPage) {
  const std::string html = ReportHtml(ReportData());
  EXPECT_EQ(NestingFault(html), "");
  EXPECT_THAT(html, HasSubstr("No trial has ended."));
  EXPECT_THAT(html, HasSubstr("The job has no tasks."));
  EXPECT_THAT(html, Not(HasSubstr("Speed-up")));
}

TEST(ReportHtmlTest, AJobWithFailuresOnlyClaimsNoTimes) {
  ReportData data = Data(1);
  data.measured.reset();
  data.task_sum = {};
  data.curve.clear();
  data.tasks[0] = TaskReport();
  data.tasks[0].speed_up = "-";
  data.tasks[0].trouble = "no schedule worked: signal 11";
  data.outcomes = {{v1::OUTCOME_KIND_CRASHED, 100, "signal 11"}};
  const std::string html = ReportHtml(data);
  EXPECT_EQ(NestingFault(html), "");
  EXPECT_THAT(html, HasSubstr("No schedule of any task was measured."));
  EXPECT_THAT(html, HasSubstr("no schedule worked: signal 11"));
  EXPECT_THAT(html, Not(HasSubstr("Latency before")));
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
}

TEST(ReportHtmlTest, WithoutAModelOnThisMachineTheSumOfTheTasksIsShown) {
  ReportData data = Data(1);
  data.measured.reset();
  EXPECT_THAT(ReportHtml(data), HasSubstr("the whole model was not timed"));
}

TEST(ReportHtmlTest, AVeryLargeJobStaysReadable) {
  ReportData data = Data(2'000);
  for (TaskReport& task : data.tasks) task.trouble = std::string(2'000, 'x');
  for (int i = 0; i < 20'000; ++i) data.curve.push_back({300.0 + i, 200 + i, 1000 - i * 1e-3});
  const std::string html = ReportHtml(data);
  EXPECT_EQ(NestingFault(html), "");
  EXPECT_THAT(html, SizeIs(Lt(300'000u)));
  EXPECT_THAT(html, HasSubstr("leaves out the 1880 tasks"));
}

TEST(ReportMarkupTest, LatenciesHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(LatencyText(0), "-");
  EXPECT_EQ(LatencyText(1.234), "1.23 µs");
  EXPECT_EQ(LatencyText(12.34), "12.3 µs");
  EXPECT_EQ(LatencyText(999.4), "999 µs");
  EXPECT_EQ(LatencyText(12345.6), "12.3 ms");
  EXPECT_EQ(LatencyText(3.2e6), "3.20 s");
}

TEST(ReportMarkupTest, CoordinatesAreShort) {
  EXPECT_EQ(CoordinateText(12.34), "12.3");
  EXPECT_EQ(CoordinateText(5), "5");
}

}  // namespace
}  // namespace diapason::tuner
