#include "compiler/workload/workload.h"

#include <random>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/mutations.h"
#include "tests/testing/random_workloads.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::workload {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kNamedMatmul[] = R"(
func.func @anything(%a: tensor<8x16xf32>, %b: tensor<16x32xf32> {diapason.constant}) -> tensor<8x32xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8x32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x32xf32>) -> tensor<8x32xf32>
  %product = linalg.matmul ins(%a, %b : tensor<8x16xf32>, tensor<16x32xf32>) outs(%init : tensor<8x32xf32>)
    -> tensor<8x32xf32>
  return %product : tensor<8x32xf32>
})";

std::string MessageOf(absl::string_view text) {
  absl::StatusOr<v1::Workload> workload = MakeWorkload(text);
  EXPECT_EQ(workload.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(workload.status().message());
}

TEST(WorkloadTest, CanonicalTextIsAFixedPoint) {
  const unsigned seed = 20240607;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 3; ++round) {
    for (const testing::NamedWorkload& named : testing::RandomWorkloads(random)) {
      SCOPED_TRACE(absl::StrCat(named.name, ", seed ", seed));
      absl::StatusOr<v1::Workload> first = MakeWorkload(named.text);
      ASSERT_TRUE(first.ok()) << first.status();
      absl::StatusOr<v1::Workload> second = MakeWorkload(first->text());
      ASSERT_TRUE(second.ok()) << second.status();
      EXPECT_EQ(first->text(), second->text());
      EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
      EXPECT_GT(first->extents_size(), 0);
    }
  }
}

TEST(WorkloadTest, NamedOpsBecomeGenericWithDestinationAndEpilogue) {
  absl::StatusOr<v1::Workload> workload = MakeWorkload(kNamedMatmul);
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_THAT(workload->text(), HasSubstr("func.func @workload("));
  EXPECT_THAT(workload->text(), Not(HasSubstr("linalg.matmul")));
  EXPECT_THAT(workload->text(), Not(HasSubstr("linalg.fill")));
  EXPECT_THAT(workload->text(), HasSubstr("fastmath<contract>"));
  ASSERT_EQ(workload->arguments_size(), 3);
  EXPECT_EQ(workload->arguments(0).role(), v1::ARGUMENT_ROLE_INPUT);
  EXPECT_EQ(workload->arguments(1).role(), v1::ARGUMENT_ROLE_CONSTANT);
  EXPECT_EQ(workload->arguments(2).role(), v1::ARGUMENT_ROLE_OUTPUT);
  EXPECT_THAT(workload->arguments(2).shape(), ElementsAre(8, 32));
  EXPECT_THAT(workload->extents(), ElementsAre(8, 32, 16, 8, 32, 8, 32));
  EXPECT_EQ(workload->flops(), 2 * 8 * 32 * 16);
  EXPECT_EQ(workload->constant_bytes(), 16 * 32 * 4);
  EXPECT_EQ(workload->summary(), "gemm 8x32x16");
}

TEST(WorkloadTest, OnlyReductionsMayRoundDifferently) {
  absl::StatusOr<v1::Workload> workload = MakeWorkload(R"(
#id = affine_map<(d0) -> (d0)>
func.func @f(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %a = arith.mulf %i, %i fastmath<fast> : f32
    %b = arith.addf %a, %i : f32
    %c = arith.maximumf %b, %i : f32
    linalg.yield %c : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
})");
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_THAT(workload->text(), ContainsRegex("arith.mulf .* fastmath<contract>"));
  EXPECT_THAT(workload->text(), ContainsRegex("arith.addf [^f]* : f32"));
  EXPECT_THAT(workload->text(), ContainsRegex("arith.maximumf .* fastmath<nsz>"));
}

TEST(WorkloadTest, StructureIsIndependentOfSizes) {
  absl::StatusOr<v1::Workload> small = MakeWorkload(kNamedMatmul);
  absl::StatusOr<v1::Workload> large =
      MakeWorkload(absl::StrReplaceAll(kNamedMatmul, {{"8x", "128x"}, {"16x", "64x"}, {"x16x", "x64x"}}));
  ASSERT_TRUE(small.ok() && large.ok());
  EXPECT_NE(small->id(), large->id());
  EXPECT_EQ(small->structure_id(), large->structure_id());
  testing::Gemm gemm;
  absl::StatusOr<v1::Workload> relu = MakeWorkload(testing::GemmWorkload(gemm));
  ASSERT_TRUE(relu.ok());
  EXPECT_NE(relu->structure_id(), small->structure_id());
}

TEST(WorkloadTest, ResidualInPlaceIsInOut) {
  testing::Conv conv;
  conv.epilogue = testing::Epilogue::kResidualRelu;
  absl::StatusOr<v1::Workload> workload = MakeWorkload(testing::ConvWorkload(conv));
  ASSERT_TRUE(workload.ok()) << workload.status();
  const v1::Argument& input = workload->arguments(0);
  EXPECT_THAT(input.zero_low(), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(input.zero_high(), ElementsAre(0, 1, 1, 0));
  EXPECT_EQ(workload->arguments().rbegin()->role(), v1::ARGUMENT_ROLE_IN_OUT);
  EXPECT_EQ(workload->summary(), "conv2d 1x8x8x16 3x3 s1 -> 16 residual relu");

  conv.epilogue = testing::Epilogue::kRelu;
  workload = MakeWorkload(testing::ConvWorkload(conv));
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_EQ(workload->arguments().rbegin()->role(), v1::ARGUMENT_ROLE_OUTPUT);
  EXPECT_EQ(workload->summary(), "conv2d 1x8x8x16 3x3 s1 -> 16 relu");
}

TEST(WorkloadTest, AccumulationIntoAnArgumentIsInOut) {
  absl::StatusOr<v1::Workload> workload = MakeWorkload(R"(
func.func @f(%c: tensor<8x32xf32>, %a: tensor<8x16xf32>, %b: tensor<16x32xf32>) -> tensor<8x32xf32> {
  %p = linalg.matmul ins(%a, %b : tensor<8x16xf32>, tensor<16x32xf32>)
    outs(%c : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %p : tensor<8x32xf32>
})");
  ASSERT_TRUE(workload.ok()) << workload.status();
  ASSERT_EQ(workload->arguments_size(), 3);
  EXPECT_EQ(workload->arguments(0).role(), v1::ARGUMENT_ROLE_INPUT);
  EXPECT_THAT(workload->arguments(2).shape(),
              ElementsAre(8, 32));  // the destination now comes after the inputs
  EXPECT_EQ(workload->arguments(2).role(), v1::ARGUMENT_ROLE_IN_OUT);
}

TEST(WorkloadTest, ArgumentThatIsReturnedGetsACopy) {
  absl::StatusOr<v1::Workload> workload =
      MakeWorkload("func.func @f(%a: tensor<4xi64>) -> tensor<4xi64> { return %a : tensor<4xi64> }");
  ASSERT_TRUE(workload.ok()) << workload.status();
  ASSERT_EQ(workload->arguments_size(), 2);
  EXPECT_EQ(workload->arguments(1).role(), v1::ARGUMENT_ROLE_OUTPUT);
  EXPECT_EQ(workload->arguments(1).element_type(), v1::ELEMENT_TYPE_I64);
  EXPECT_EQ(workload->flops(), 0);
}

TEST(WorkloadTest, GivenSummaryIsKept) {
  absl::StatusOr<v1::Workload> workload = MakeWorkload(kNamedMatmul, "my kernel");
  ASSERT_TRUE(workload.ok());
  EXPECT_EQ(workload->summary(), "my kernel");
}

TEST(WorkloadTest, RejectsWithMlirsMessageAndLine) {
  EXPECT_THAT(MessageOf("func.func @f("), HasSubstr("workload:1:"));
  EXPECT_THAT(MessageOf("func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {\n  return %b : tensor<4xf32>\n}"),
              HasSubstr("workload:2:10: use of undeclared SSA value name"));
  EXPECT_THAT(MessageOf(""), HasSubstr("no function"));
}

TEST(WorkloadTest, RejectsInvalidWorkloads) {
  EXPECT_THAT(MessageOf("func.func @f(%a: tensor<?xf32>) -> tensor<?xf32> { return %a : tensor<?xf32> }"),
              HasSubstr("argument 0 has a dynamic shape"));
  EXPECT_THAT(MessageOf("func.func @f(%a: tensor<4xf80>) -> tensor<4xf80> { return %a : tensor<4xf80> }"),
              HasSubstr("elements of type 'f80'"));
  EXPECT_THAT(MessageOf("func.func @f(%a: f32) -> f32 { return %a : f32 }"),
              HasSubstr("must be a ranked tensor"));
  EXPECT_THAT(MessageOf("func.func @f(%a: tensor<4xf32>) { return }"), HasSubstr("has no result"));
  EXPECT_THAT(MessageOf("func.func private @f(tensor<4xf32>)"), HasSubstr("no body"));
  EXPECT_THAT(MessageOf("func.func @f(%a: tensor<4xf32> {diapason.zero = array<i64: 1>}) -> tensor<4xf32> "
                        "{ return %a : tensor<4xf32> }"),
              HasSubstr("two numbers for each dimension"));
  EXPECT_THAT(MessageOf("func.func @f(%a: tensor<4xf32> {diapason.bound = 3 : i64}) -> tensor<4xf32> "
                        "{ return %a : tensor<4xf32> }"),
              HasSubstr("tensor of integers"));
  EXPECT_THAT(MessageOf("func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> { return %a : tensor<4xf32> }\n"
                        "func.func @g(%a: tensor<4xf32>) -> tensor<4xf32> { return %a : tensor<4xf32> }"),
              HasSubstr("the second"));
}

TEST(WorkloadTest, DamagedTextsAreRefusedOrRead) {
  testing::ExpectMutationsAreRefusedOrRead(
      {kNamedMatmul, testing::ConvWorkload({})}, 300,
      [](const std::string& text) { return MakeWorkload(text).status(); });
}

}  // namespace
}  // namespace diapason::compiler::workload
