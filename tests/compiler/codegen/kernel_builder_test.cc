#include "compiler/codegen/kernel_builder.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/compiler/codegen/test_kernel.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler {
namespace {

constexpr double kTolerance = 2e-6;  // of the largest output, against double precision

std::unique_ptr<KernelBuilder> MakeBuilder() {
  auto builder = KernelBuilder::Create(HostForTests());
  EXPECT_TRUE(builder.ok()) << builder.status();
  return *std::move(builder);
}

v1::BuildRequest Reference(const v1::Workload& workload) {
  v1::BuildRequest request;
  request.set_workload_text(workload.text());
  request.set_optimization(v1::OPTIMIZATION_REFERENCE);
  return request;
}

TEST(KernelBuilderTest, ReferencesComputeWhatTheTextSays) {
  const unsigned seed = 7;
  std::mt19937_64 random(seed);
  const auto builder = MakeBuilder();
  for (int round = 0; round < 2; ++round) {
    for (const testing::NamedWorkload& named : testing::RandomWorkloads(random)) {
      SCOPED_TRACE(absl::StrCat(named.name, ", seed ", seed));
      absl::StatusOr<v1::Workload> workload = MakeWorkload(named.text);
      ASSERT_TRUE(workload.ok()) << workload.status();
      auto kernel = LoadArtifact(builder->Build(Reference(*workload)));
      ASSERT_NE(kernel, nullptr);
      Arguments arguments(*workload, {}, random);
      auto expected = Interpret(workload->text(), arguments.Tensors());
      ASSERT_TRUE(expected.ok()) << expected.status();
      Call(*kernel, arguments);
      EXPECT_LT(LargestError(*workload, arguments, *expected), kTolerance);
      EXPECT_TRUE(arguments.GuardsIntact());
    }
  }
}

}  // namespace
}  // namespace diapason::compiler
