#include "tuner/report/report_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace diapason::tuner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;
using ::testing::SizeIs;

TEST(NiceTicksTest, AreRoundAndStayWithinTheAxis) {
  EXPECT_THAT(NiceTicks(10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(NiceTicks(0.7, 4), ElementsAre(0, 0.2, 0.4, 0.6000000000000001));
  EXPECT_THAT(NiceTicks(849, 5), ElementsAre(0, 200, 400, 600, 800));
  EXPECT_THAT(NiceTicks(0, 5), ElementsAre(0));
  for (double end = 1e-3; end < 1e7; end *= 1.7) EXPECT_THAT(NiceTicks(end, 5), SizeIs(Lt(8u))) << end;
}

TEST(StepChartTest, HoldsAValueUntilTheNextPointAndGoesOnToTheEnd) {
  const std::vector<ChartPoint> points = {{0, 10, "start"}, {50, 5, "half"}};
  const std::string svg = StepChart(points, {"title", "seconds", "ms", 100});
  // The plot is 340 wide from 46 and 170 high from 24, and 10.8 units stand for its height.
  EXPECT_THAT(svg, HasSubstr("d=\"M46 36.6H216V115.3H386\""));
  EXPECT_THAT(svg, HasSubstr("<title>half</title>"));
  EXPECT_THAT(svg, HasSubstr(">seconds</text>"));
}

TEST(StepChartTest, HasNoChartOfNothing) {
  EXPECT_EQ(StepChart({}, {"title", "x", "y", 1}), "");
  EXPECT_EQ(SmallStepChart({}, {"title", "", "", 1}), "");
}

TEST(StepChartTest, DrawsOnePointAndZeroes) {
  const std::vector<ChartPoint> points = {{0, 0, ""}};
  EXPECT_THAT(StepChart(points, {"title", "x", "y", 0}), Not(HasSubstr("nan")));
  EXPECT_THAT(SmallStepChart(points, {"title", "", "", 0}), Not(HasSubstr("nan")));
}

TEST(StepChartTest, KeepsTheLargestStepsOfManyPoints) {
  std::vector<ChartPoint> points;
  for (int i = 0; i < 10'000; ++i)
    points.push_back({double(i), i < 5'000 ? 100 - i * 1e-4 : 50 - i * 1e-4, ""});
  const std::string svg = StepChart(points, {"title", "x", "y", 10'000});
  EXPECT_THAT(svg, SizeIs(Lt(20'000u)));
  EXPECT_THAT(svg, HasSubstr("H216V"));  // the step in the middle
}

TEST(StepChartTest, EscapesItsTexts) {
  const std::vector<ChartPoint> points = {{0, 1, "<b>&"}};
  const std::string svg = StepChart(points, {"\"t\"", "<x>", "<y>", 1});
  EXPECT_THAT(svg, HasSubstr("aria-label=\"&quot;t&quot;\""));
  EXPECT_THAT(svg, HasSubstr("<title>&lt;b&gt;&amp;</title>"));
  EXPECT_THAT(svg, HasSubstr(">&lt;x&gt;</text>"));
  EXPECT_THAT(svg, HasSubstr(">&lt;y&gt;</text>"));
}

}  // namespace
}  // namespace diapason::tuner
