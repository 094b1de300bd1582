// Commands that are printed for the user to paste: a shell must read them as they were meant.
#include "tuner/cli/command_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tuner/cli/shell_word.h"

namespace diapason::tuner {
namespace {

// Returns the words that a shell makes of a text, each in brackets.
std::string Words(const std::string& text) {
  const std::string command = "printf '[%s]' " + text;
  FILE* shell = popen(command.c_str(), "r");
  std::string words;
  char block[4096];
  for (size_t count; (count = fread(block, 1, sizeof block, shell)) > 0;) words.append(block, count);
  pclose(shell);
  return words;
}

TEST(CommandTextTest, AWordStaysAWord) {
  for (const std::string word :
       {"model.onnx", "my model.onnx", "it's", "$HOME", "a;b", "a`b`", "\"", "*", "~", "a\\b", "'", "!x",
        "line\nbreak", "", "#no", "x=y", "device:box-1", "-"}) {
    EXPECT_EQ(Words(ShellWord(word)), "[" + word + "]") << ShellWord(word);
  }
  EXPECT_EQ(ShellWord("/tmp/a-b_c.onnx"), "/tmp/a-b_c.onnx");  // no quotes if none are needed
}

TEST(CommandTextTest, AModelIncludesItsDimensions) {
  EXPECT_EQ(ModelArguments({.path = "m.onnx"}), "m.onnx");
  EXPECT_EQ(Words(ModelArguments({.path = "my model.onnx", .dims = {"batch=1", "n=2"}})),
            "[my model.onnx][--dim][batch=1][--dim][n=2]");
  ModelOption shaped;
  shaped.path = "m.onnx";
  shaped.shapes = {"x=1x3"};
  shaped.values = {"my rate=16000"};
  EXPECT_EQ(Words(ModelArguments(shaped)), "[m.onnx][--shape][x=1x3][--value][my rate=16000]");
  ModelOption relaxed;
  relaxed.path = "m.onnx";
  relaxed.fast_math = true;
  EXPECT_EQ(Words(ModelArguments(relaxed)), "[m.onnx][--fast-math]");
  ModelOption strict;
  strict.path = "m.onnx";
  strict.accuracy = "strict";
  EXPECT_EQ(Words(ModelArguments(strict)), "[m.onnx][--accuracy][strict]");
}

TEST(CommandTextTest, ALogIsAFileOrAServerWithItsCertificates) {
  LogOption log;
  log.db = "sqlite:my log.db";
  EXPECT_EQ(Words(LogArguments(log)), "[--db][sqlite:my log.db]");
  log.server.server = "lab:9190";
  EXPECT_EQ(Words(LogArguments(log)), "[--server][lab:9190]");
  log.server.tls = {"me.pem", "me.key", "ca.pem"};
  EXPECT_EQ(Words(LogArguments(log)), "[--server][lab:9190][--cert][me.pem][--key][me.key][--ca][ca.pem]");
}

}  // namespace
}  // namespace diapason::tuner
