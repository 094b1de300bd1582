#include "tuner/cli/report_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace diapason::tuner {
namespace {

using ::testing::SizeIs;

TEST(ReportCommandsTest, AreCompleteAndQuoted) {
  const TuneCommandLine line = {.model_arguments = "'my model.onnx'",
                                .log_arguments = "--db sqlite:a.db",
                                .log_is_file = true,
                                .target = "host",
                                .trials = 9,
                                .sketches = {"my sketch.mlir"},
                                .output = "my out"};
  const std::vector<ReportCommand> commands = ReportCommands(line, "3f2a");
  ASSERT_THAT(commands, SizeIs(4));
  EXPECT_EQ(
      commands[0].command,
      "diapason tune 'my model.onnx' --db sqlite:a.db --target host --trials 9 --sketch 'my sketch.mlir' "
      "--seed 0 -o 'my out'");
  EXPECT_EQ(commands[1].command,
            "diapason compile 'my model.onnx' --db sqlite:a.db --target host -o 'my out'");
  EXPECT_EQ(commands[2].command, "diapason bench 'my out' --threads 1");
  EXPECT_EQ(commands[3].command, "diapason explain 3f2a --db sqlite:a.db --target host");
  EXPECT_THAT(ReportCommands(line, ""), SizeIs(3));
}

}  // namespace
}  // namespace diapason::tuner
