#include "compiler/workload/structural_form.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/workload/canonical_form.h"
#include "compiler/workload/parse_module.h"
#include "compiler/workload/structural_affine.h"
#include "compiler/workload/workload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::workload {
namespace {

using ::testing::HasSubstr;

// Adds a bias to every second row, and replaces negative numbers by zero.
constexpr char kText[] = R"(
#in = affine_map<(r, c) -> (r * 2, c)>
#column = affine_map<(r, c) -> (c)>
#id = affine_map<(r, c) -> (r, c)>
module {
  func.func @workload(%arg0: tensor<15x4xf32> {diapason.zero = array<i64: 0, 1, 0, 0>},
                      %arg1: tensor<4xf32> {diapason.constant}, %arg2: tensor<8x4xf32>) -> tensor<8x4xf32> {
    %zero = arith.constant 0.0 : f32
    %out = linalg.generic {indexing_maps = [#in, #column, #id], iterator_types = ["parallel", "parallel"]}
        ins(%arg0, %arg1 : tensor<15x4xf32>, tensor<4xf32>) outs(%arg2 : tensor<8x4xf32>)
        attrs = {note = "mine"} {
    ^bb0(%i0: f32, %i1: f32, %o: f32):
      %s = arith.addf %i0, %i1 : f32
      %r = arith.maximumf %s, %zero : f32
      linalg.yield %r : f32
    } -> tensor<8x4xf32>
    return %out : tensor<8x4xf32>
  }
})";

// An example of the form that structural_form.h describes. If this text must change, all ids change.
constexpr char kForm[] =
    R"(diapason-workload-1
argument f32[15,4]{diapason.zero=array(i64:0,1,0,0)}
argument f32[4]{diapason.constant=unit}
argument f32[8,4]{}
operation arith.constant(){value=f32:0x00000000}(f32)
operation linalg.generic(0,1,2){indexing_maps=[map(2,0)(2*d0,d1),map(2,0)(d1),map(2,0)(d0,d1)],)"
    R"(iterator_types=[parallel,parallel],note="mine",operand_groups=array(i32:2,1)}(f32[8,4])
region
block (f32,f32,f32)
operation arith.addf(5,6){}(f32)
operation arith.maximumf(8,3){fastmath=flags(nsz)}(f32)
operation linalg.yield(9){}()
end
operation func.return(4){}()
)";

class StructuralFormTest : public ::testing::Test {
 protected:
  StructuralFormTest() : context_(Registry(), mlir::MLIRContext::Threading::DISABLED) {
    context_.loadAllAvailableDialects();
  }
  static mlir::DialectRegistry Registry() {
    mlir::DialectRegistry registry;
    RegisterWorkloadDialects(registry);
    return registry;
  }
  std::string FormOf(absl::string_view text, Sizes sizes) {
    auto module = ParseModule(text, "test", &context_);
    if (!module) return "the text is not valid MLIR";
    auto func = ToCanonicalForm(*module);
    if (failed(func)) return "the text has no canonical form";
    auto form = StructuralForm(*func, sizes);
    return succeeded(form) ? *form : "the text has no structural form";
  }
  std::string GenericForm(absl::string_view text) {
    auto module = ParseModule(text, "test", &context_);
    if (!module) return "the text is not valid MLIR";
    std::string generic;
    llvm::raw_string_ostream out(generic);
    module->print(out, mlir::OpPrintingFlags().printGenericOpForm());
    return generic;
  }
  static std::string IdOf(absl::string_view text) {
    const auto workload = MakeWorkload(text);
    return workload.ok() ? workload->id() : workload.status().ToString();
  }

  mlir::MLIRContext context_;
};

TEST_F(StructuralFormTest, IsWhatItsHeaderSays) {
  EXPECT_EQ(FormOf(kText, Sizes::kKept), kForm);
  EXPECT_EQ(FormOf(kText, Sizes::kLeftOut),
            absl::StrReplaceAll(kForm, {{"diapason-workload-1", "diapason-structure-1"},
                                        {"[15,4]", "[?,?]"},
                                        {"[8,4]", "[?,?]"},
                                        {"f32[4]", "f32[?]"}}));
}

// Ids of real workloads, which are in every tuning log. If one changes, for example because of another
// version of MLIR, the form must be fixed, or every log needs a migration.
TEST_F(StructuralFormTest, IdsAreTheSameForEver) {
  const std::pair<std::string, const char*> golden[] = {
      {kText, "bc17bb02fdda68cf4aae4b43ce96c0de7a8a6d89c3d34de7d8a66bcb55818a9a"},
      {testing::ConvWorkload({}), "e0f31de238e952f80670e255938d8df3ecf0f401e15d2716afc270e88e87f7c6"},
      {testing::DepthwiseWorkload({}), "ef6e2e9403dd8d51891709a926b5ddeacb1a1834ef66158c620e434281d1bf70"},
      {testing::GemmWorkload({}), "9dc0f9ecef63b5b16b9360eaa8074ab8ec38c4caba23d4facb7dd260705843b2"},
      {testing::PoolWorkload({}), "7bd7a44f6024440a05ba7383e1d1018246dd9cc2f85ae43be910cf50fa45b02c"},
      {testing::SoftmaxWorkload({}), "ac8d0527781951ea9c779bd55c64c550d8fbb6ea9f2ae32ebc31e42eb4b3151e"},
      {testing::ElementwiseWorkload({}), "d3c39278adaf40ebc071e158b00d410fc0fbb72cc9c1f269e6df888f47e200c3"},
      {testing::GatherWorkload({}), "14bcd7a684c5dc6d12bdda12c455f4a11937dc3beb1f32c518ab96a47c939254"},
  };
  for (const auto& [text, id] : golden) EXPECT_EQ(IdOf(text), id) << text;
}

TEST_F(StructuralFormTest, DoesNotDependOnNotation) {
  const std::string id = IdOf(kText);
  const std::pair<const char*, std::string> same[] = {
      {"other names", absl::StrReplaceAll(kText, {{"%arg0", "%rows"}, {"%s", "%sum"}, {"@workload", "@f"}})},
      {"other names of dimensions", absl::StrReplaceAll(kText, {{"(r, c)", "(x, y)"},
                                                                {"r * 2, c", "x * 2, y"},
                                                                {"-> (c)", "-> (y)"},
                                                                {"-> (r, c)", "-> (x, y)"}})},
      {"maps in place",
       absl::StrReplaceAll(kText, {{"[#in, #column, #id]",
                                    "[affine_map<(r, c) -> (r * 2, c)>, "
                                    "affine_map<(r, c) -> (c)>, affine_map<(r, c) -> (r, c)>]"}})},
      {"attributes in another order",
       absl::StrReplaceAll(kText, {{"indexing_maps = [#in, #column, #id], ", ""},
                                   {"[\"parallel\", \"parallel\"]}",
                                    "[\"parallel\", \"parallel\"], indexing_maps = [#in, #column, #id]}"}})},
      {"an index written another way", absl::StrReplaceAll(kText, {{"(r * 2, c)", "(r + r, c)"}})},
      {"the generic form of operations", GenericForm(kText)},
      {"no module around it", absl::StrReplaceAll(kText, {{"module {", ""}, {"  }\n}", "  }\n"}})},
      {"a default written out", absl::StrReplaceAll(kText, {{"%i0, %i1 :", "%i0, %i1 fastmath<none> :"}})},
  };
  for (const auto& [what, text] : same) EXPECT_EQ(IdOf(text), id) << what << "\n" << text;
}

TEST_F(StructuralFormTest, EachKindOfChangeChangesTheId) {
  const auto original = MakeWorkload(kText);
  ASSERT_TRUE(original.ok()) << original.status();
  const struct {
    const char* what;
    std::vector<std::pair<absl::string_view, absl::string_view>> changes;
    bool is_same_structure = false;
  } cases[] = {
      {"a shape", {{"8x4", "7x4"}, {"15x4", "13x4"}}, true},
      {"an element type",
       {{"f32", "i32"},
        {"0.0 : f32", "0 : i32"},
        {"arith.addf", "arith.addi"},
        {"arith.maximumf", "arith.maxsi"}}},
      {"an index", {{"(r * 2, c)", "(r * 2 + 1, c)"}, {"15x4", "16x4"}}},
      {"which rows are read", {{"(r * 2, c)", "(r + 7, c)"}}},
      {"which dimension is read", {{"(r, c) -> (c)", "(r, c) -> (r)"}, {"tensor<4xf32>", "tensor<8xf32>"}}},
      {"a constant", {{"arith.constant 0.0", "arith.constant 1.0"}}},
      {"a constant's sign", {{"arith.constant 0.0", "arith.constant -0.0"}}},
      {"a constant's last bit", {{"arith.constant 0.0", "arith.constant 1.401298e-45"}}},
      {"the order of operands", {{"%s, %zero", "%zero, %s"}}},
      {"an operation", {{"maximumf", "minimumf"}}},
      {"the order of other operands", {{"addf %i0, %i1", "addf %i1, %i0"}}},
      {"rounding", {{"addf %i0, %i1", "addf %i0, %i1 fastmath<contract>"}}},
      {"an attribute of the user's", {{"\"mine\"", "\"yours\""}}},
      {"an attribute's kind", {{"\"mine\"", "@mine"}}},
      {"an attribute's name", {{"note = ", "notes = "}}},
      {"a constant argument", {{"{diapason.constant}", ""}}},
      {"a border", {{"array<i64: 0, 1, 0, 0>", "array<i64: 1, 0, 0, 0>"}}},
  };
  std::set<std::string> ids = {original->id()};
  for (const auto& one : cases) {
    const auto workload = MakeWorkload(absl::StrReplaceAll(kText, one.changes));
    ASSERT_TRUE(workload.ok()) << one.what << ": " << workload.status();
    EXPECT_TRUE(ids.insert(workload->id()).second) << one.what;
    EXPECT_EQ(workload->structure_id() == original->structure_id(), one.is_same_structure) << one.what;
  }
}

// Another id, so that winners do not mix, but the same structure, so that each can use schedules of the
// other.
TEST_F(StructuralFormTest, StrictAccuracyIsNoPartOfTheStructure) {
  const std::string strict =
      absl::StrReplaceAll(kText, {{"note = \"mine\"", "note = \"mine\", diapason.strict"}});
  EXPECT_NE(IdOf(strict), IdOf(kText));
  EXPECT_EQ(FormOf(strict, Sizes::kLeftOut), FormOf(kText, Sizes::kLeftOut));
}

TEST_F(StructuralFormTest, RefusesUnsupportedAttributes) {
  const auto message = [](absl::string_view value) {
    const auto workload = MakeWorkload(absl::StrReplaceAll(kText, {{"\"mine\"", std::string(value)}}));
    EXPECT_EQ(workload.status().code(), absl::StatusCode::kInvalidArgument) << value;
    return std::string(workload.status().message());
  };
  EXPECT_THAT(message("strided<[1], offset: 0>"),
              HasSubstr("a workload cannot have the attribute \"note\" = strided<[1]>"));
  EXPECT_THAT(message("[{a = !llvm.ptr}]"), HasSubstr("workload:"));
}

TEST_F(StructuralFormTest, AttributesOfEveryKind) {
  const std::pair<const char*, const char*> kinds[] = {
      {"unit", "unit"},
      {"-3 : i8", "-3:i8"},
      {"true", "1:i1"},
      {"255 : ui8", "255:ui8"},
      {"7 : index", "7:index"},
      {"1.0 : f64", "f64:0x3ff0000000000000"},
      {"0x7FC00000 : f32", "f32:0x7fc00000"},
      {"\"a\\22b\\0A\"", "\"a\\22b\\0a\""},
      {"tensor<?x2xi8>", "type(i8[?,2])"},
      {"[1 : i64, {b = unit, \"a b\" = @f::@g}]", "[1:i64,{\"a b\"=@\"f\"@\"g\",b=unit}]"},
      {"array<i1: true, false>", "array(i1:1,0)"},
      {"array<f32: 1.0>", "array(f32:0x3f800000)"},
      {"dense<[1, 2]> : tensor<2xi32>", "dense(i32[2]:1,2)"},
      {"dense<[1, 1]> : tensor<2xi32>", "dense(i32[2]:1)"},
      {"dense<1.0> : vector<4xf32>", "dense(vector(f32[4]):0x3f800000)"},
      {"affine_map<(i)[s] -> ((i + s * 3) floordiv 4, i mod 2 - 1)>",
       "map(1,1)(floordiv(d0+3*s0,4),mod(d0,2)+-1)"},
      {"affine_set<(i)[s] : (i - s == 0, 7 - i >= 0)>", "set(1,1)(d0+-1*s0==0,-1*d0+7>=0)"},
  };
  for (const auto& [text, form] : kinds) {
    const std::string whole = FormOf(absl::StrReplaceAll(kText, {{"\"mine\"", text}}), Sizes::kKept);
    EXPECT_THAT(whole, HasSubstr(absl::StrCat("note=", form, ","))) << text;
  }
}

TEST_F(StructuralFormTest, ASumHasOneForm) {
  const auto text = [this](const std::function<mlir::AffineExpr(mlir::AffineExpr, mlir::AffineExpr)>& make) {
    return AffineText(make(mlir::getAffineDimExpr(0, &context_), mlir::getAffineDimExpr(1, &context_)));
  };
  EXPECT_EQ(text([](auto a, auto b) { return b * 2 + a + 3; }), "d0+2*d1+3");
  EXPECT_EQ(text([](auto a, auto b) { return a + 3 + b + b; }), "d0+2*d1+3");
  EXPECT_EQ(text([](auto a, auto b) { return a - a + b - b; }), "0");
  EXPECT_EQ(text([](auto a, auto b) { return (b + a).floorDiv(2) + a * 0 + 1; }), "floordiv(d0+d1,2)+1");
}

}  // namespace
}  // namespace diapason::compiler::workload
