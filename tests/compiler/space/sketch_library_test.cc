#include "compiler/space/sketch_library.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/base/content_hash.h"
#include "tests/compiler/space/rows_sketch.h"

namespace diapason::compiler::space {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SketchLibraryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              absl::StrCat("sketches_", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "library");
    Write("library/steps.mlir", R"mlir(!f = !transform.any_op
module attributes {transform.with_named_sequence} {
  // Cleans up.
  transform.named_sequence @clean(%m: !f {transform.readonly}) {
    transform.include @inner failures(propagate) (%m) : (!f) -> ()
    transform.yield
  }
  transform.named_sequence @inner(%m: !f {transform.readonly}) {
    transform.apply_cse to %m : !f
    transform.yield
  }
  transform.named_sequence @unused(%m: !f {transform.readonly}) {
    transform.yield
  }
})mlir");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
  const std::string uses_clean_ = R"mlir(// A sketch.
module attributes {transform.with_named_sequence} {
  transform.named_sequence private @clean(!transform.any_op {transform.readonly})
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    transform.include @clean failures(propagate) (%m) : (!transform.any_op) -> ()
    transform.yield
  }
})mlir";
};

TEST_F(SketchLibraryTest, SequencesAreLinkedAsFarAsNeeded) {
  Write("b.mlir", uses_clean_);
  Write("a.mlir",
        absl::StrReplaceAll(
            uses_clean_,
            {{"  transform.named_sequence private @clean(!transform.any_op {transform.readonly})\n", ""}}));
  auto sketches = LoadSketches(folder_.string());
  ASSERT_TRUE(sketches.ok()) << sketches.status();
  ASSERT_EQ(sketches->size(), 2u);
  for (const v1::Sketch& sketch : *sketches) {
    EXPECT_THAT(sketch.text(), AllOf(HasSubstr("// Cleans up."), HasSubstr("@inner(%m"),
                                     Not(HasSubstr("@unused")), Not(HasSubstr("private"))));
    EXPECT_EQ(sketch.hash(), ContentHash(sketch.text()));
    CreateOrDie(Elementwise(), {sketch});
  }
  EXPECT_EQ((*sketches)[0].name(), "a");
  auto completed = CompleteSketch("b", uses_clean_, folder_.string());
  ASSERT_TRUE(completed.ok()) << completed.status();
  EXPECT_EQ(completed->hash(), (*sketches)[1].hash());
}

// A user's file may still have old names of operations.
TEST_F(SketchLibraryTest, OldNamesBecomeCurrentOnes) {
  const std::string today = absl::StrReplaceAll(
      uses_clean_,
      {{"    transform.yield\n",
        "    transform.diapason.unroll_vectors_to_1d %m : !transform.any_op\n    transform.yield\n"}});
  auto old = CompleteSketch("a", absl::StrReplaceAll(today, {{"unroll_vectors_to_1d", "vectors_to_rows"}}),
                            folder_.string());
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->text(), CompleteSketch("a", today, folder_.string())->text());
}

TEST_F(SketchLibraryTest, ANewFileIsANewSketch) {
  Write("a.mlir", uses_clean_);
  EXPECT_EQ(LoadSketches(folder_.string())->size(), 1u);
  Write("some_new_name.mlir", RowsSketch(kTileByT).text());
  auto sketches = LoadSketches(folder_.string());
  ASSERT_EQ(sketches->size(), 2u);
  auto space = CreateOrDie(Elementwise(), {(*sketches)[1]});
  EXPECT_EQ(space->ToSchedule(space->Default()).sketch_name(), "some_new_name");
}

TEST_F(SketchLibraryTest, Errors) {
  EXPECT_EQ(LoadSketches((folder_ / "nothing").string()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LoadSketches(folder_.string()).status().code(), absl::StatusCode::kNotFound);
  Write("a.mlir", "module {\n  oops\n}");
  EXPECT_THAT(std::string(LoadSketches(folder_.string()).status().message()), HasSubstr("a.mlir:2"));
  EXPECT_THAT(std::string(CompleteSketch("u", absl::StrReplaceAll(uses_clean_, {{"@clean", "@missing"}}),
                                         folder_.string())
                              .status()
                              .message()),
              HasSubstr("missing"));
  EXPECT_THAT(std::string(CompleteSketch("u", "module {}", folder_.string()).status().message()),
              HasSubstr("@__transform_main"));
  EXPECT_THAT(
      std::string(CompleteSketch("u", absl::StrCat("!f = !transform.op<\"func.func\">\n", uses_clean_),
                                 folder_.string())
                      .status()
                      .message()),
      HasSubstr("alias !f"));
  Write("library/twice.mlir",
        "module attributes {transform.with_named_sequence} {\n  transform.named_sequence @clean(%m: "
        "!transform.any_op {transform.readonly}) {\n    transform.yield\n  }\n}");
  EXPECT_THAT(std::string(CompleteSketch("u", uses_clean_, folder_.string()).status().message()),
              HasSubstr("already defined"));
}

}  // namespace
}  // namespace diapason::compiler::space
