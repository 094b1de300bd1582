#include "compiler/codegen/script_cache.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "compiler/transform/registration.h"
#include "compiler/workload/diagnostics.h"
#include "compiler/workload/parse_module.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace diapason::compiler::codegen {
namespace {

using ::testing::HasSubstr;

// A script with a knob, a parameter and a choice.
std::string Script(int64_t knob, int64_t parameter, int64_t region, absl::string_view comment = "") {
  return absl::Substitute(R"(
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %k = transform.tune.knob<"rows"> = $0 : i64 from options = [-1, 4, 16] -> !transform.param<i64>
    %p = transform.param.constant $1 : i64 -> !transform.param<i64>
    transform.tune.alternatives<"a"> selected_region = $2 {
      transform.annotate %m "first" = %k : !transform.any_op, !transform.param<i64>
      transform.yield
    }, {
      %q = transform.param.constant 7 : i64 -> !transform.param<i64>
      transform.annotate %m "second" = %q : !transform.any_op, !transform.param<i64>
      transform.yield
    }
    transform.yield  $3
  }
})",
                          knob, parameter, region, comment);
}

std::string Text(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return text;
}

class ScriptCacheTest : public ::testing::Test {
 protected:
  ScriptCacheTest() : context_(Dialects(), mlir::MLIRContext::Threading::DISABLED), cache_(&context_) {
    context_.loadAllAvailableDialects();
  }

  static mlir::DialectRegistry Dialects() {
    mlir::DialectRegistry registry;
    transform::RegisterDialects(registry);
    return registry;
  }

  // Checks that the cache returns what `text` is, and returns the module.
  mlir::ModuleOp Check(const std::string& text) {
    const mlir::ModuleOp module = cache_.Parse(text);
    EXPECT_TRUE(module);
    if (module) EXPECT_EQ(Text(module), Text(*workload::ParseModule(text, "script", &context_)));
    return module;
  }

  std::string ErrorOf(const std::string& text) {
    workload::DiagnosticCollector diagnostics(&context_);
    EXPECT_FALSE(cache_.Parse(text)) << text;
    return diagnostics.Text("no message");
  }

  mlir::MLIRContext context_;
  ScriptCache cache_;
};

TEST_F(ScriptCacheTest, OtherNumbersAreSetInTheParsedScript) {
  const mlir::ModuleOp first = Check(Script(4, 100, 0));
  EXPECT_EQ(Check(Script(16, -200, 1)), first);
  EXPECT_EQ(Check(Script(-1, 0, 1)), first);
  EXPECT_EQ(Check(Script(4, 100, 0)), first);
}

TEST_F(ScriptCacheTest, OtherTextIsParsed) {
  const mlir::ModuleOp first = Check(Script(4, 100, 0));
  EXPECT_NE(Check(Script(4, 100, 0, "// selected_region = 1")), first);
  // The comment's number is not in the module, so that this script is parsed whenever it comes.
  Check(Script(16, 100, 0, "// selected_region = 2"));
  Check(Script(4, 200, 1, "// selected_region = 1"));
  EXPECT_EQ(Check(Script(16, 100, 1)), first);
}

TEST_F(ScriptCacheTest, NumbersThatAreNotValidAreErrors) {
  Check(Script(4, 100, 0));
  EXPECT_THAT(ErrorOf(Script(5, 100, 0)), HasSubstr("script:4:"));
  Check(Script(4, 100, 0));
  EXPECT_THAT(ErrorOf(Script(4, 100, 2)), HasSubstr("script:6:"));
  Check(Script(16, 100, 1));
  EXPECT_THAT(ErrorOf("nonsense"), HasSubstr("script:1:"));
  EXPECT_NE(ErrorOf(Script(4, 100, 0) + "}"), "no message");
  Check(Script(4, 100, 1));
}

TEST_F(ScriptCacheTest, ManyScriptsAreParsed) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 40; ++i) Check(Script(4, i, 0, absl::StrCat("// script ", i)));
  }
}

}  // namespace
}  // namespace diapason::compiler::codegen
