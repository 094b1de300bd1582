#include "tuner/cli/time_breakdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_split.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

compiler::model::ManifestTask Task(const std::string& id, int64_t weight, double measured_us) {
  compiler::model::ManifestTask task;
  task.workload_id = id;
  task.summary = "conv2d 1x112x112x32 to 1x112x112x64 by 3x3x32x64, and much more that says what it is";
  task.weight = weight;
  task.rung = measured_us > 0 ? "exact" : "default";
  task.measured_us = measured_us;
  return task;
}

class TimeBreakdownTest : public ::testing::Test {
 protected:
  TimeBreakdownTest() {
    manifest_.tasks = {Task("aaaaaaaaaa", 1, 100), Task("bbbbbbbbbb", 2, 200), Task("cccccccccc", 1, 0)};
    manifest_.calls = {{"first", 0}, {"second", 1}, {"third", 2}, {"fourth", 1}};
    timing_.call_us = {110, 230, 50, 220};
    timing_.median_us = 640;
  }
  compiler::model::Manifest manifest_;
  compiler::model::Timing timing_;
};

TEST_F(TimeBreakdownTest, ThePartsAddUpToTheModelsTime) {
  const TimeBreakdown parts = BreakDown(manifest_, timing_);
  EXPECT_EQ(parts.model_us, 640);
  EXPECT_EQ(parts.alone_us, 100 + 2 * 200);
  EXPECT_EQ(parts.slower_us, (110 - 100) + (230 + 220 - 400));
  EXPECT_EQ(parts.unknown_us, 50);
  EXPECT_EQ(parts.between_us, 30);
  EXPECT_DOUBLE_EQ(parts.alone_us + parts.slower_us + parts.unknown_us + parts.between_us, parts.model_us);
  ASSERT_EQ(parts.tasks.size(), 3u);
  EXPECT_EQ(parts.tasks[0].task, 1);  // longest time first
  EXPECT_EQ(parts.tasks[0].in_model_us, 450);
  EXPECT_EQ(parts.tasks[0].alone_us, 400);
}

TEST_F(TimeBreakdownTest, TheTextFitsATerminalAndNamesEveryPart) {
  timing_.call_us = {110e3, 2300e3, 50e3, 220e3};
  timing_.median_us = 2650e3;
  const std::string text = BreakdownText(manifest_, BreakDown(manifest_, timing_), 1);
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n')))
    EXPECT_LE(line.size(), 79u) << line;
  EXPECT_THAT(text, HasSubstr("the tasks alone"));
  EXPECT_THAT(text, HasSubstr("in the model"));
  EXPECT_THAT(text, HasSubstr("without a time"));
  EXPECT_THAT(text, HasSubstr("between the calls"));
  EXPECT_THAT(text, HasSubstr("= 2650000.0 us 100.0 %  one run"));
  EXPECT_THAT(text, Not(HasSubstr("for one thread")));
  EXPECT_THAT(BreakdownText(manifest_, BreakDown(manifest_, timing_), 4), HasSubstr("for one thread"));
}

TEST_F(TimeBreakdownTest, AModelWithoutTimesInTheLogHasABreakdownToo) {
  for (compiler::model::ManifestTask& task : manifest_.tasks) task.measured_us = 0;
  const TimeBreakdown parts = BreakDown(manifest_, timing_);
  EXPECT_EQ(parts.alone_us, 0);
  EXPECT_EQ(parts.slower_us, 0);
  EXPECT_EQ(parts.unknown_us, 610);
  JsonObject json;
  AddBreakdown(manifest_, parts, json);
  EXPECT_THAT(
      JsonText(json),
      HasSubstr(
          R"("breakdown":{"alone_us":0,"between_us":30,"model_us":640,"slower_us":0,"unknown_us":610})"));
  EXPECT_THAT(JsonText(json), HasSubstr(R"("in_model_us":450)"));
}

}  // namespace
}  // namespace diapason::tuner
