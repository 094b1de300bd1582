#include "tuner/search/task_cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace diapason::tuner {
namespace {

class TaskCostTest : public ::testing::Test {
 protected:
  TaskCostTest() {
    workload_.set_flops(2'000'000);
    v1::Argument& argument = *workload_.add_arguments();
    argument.set_element_type(v1::ELEMENT_TYPE_F32);
    argument.add_shape(1000);
    argument.add_shape(25);
    target_.set_vector_bits(256);
    v1::Cache& cache = *target_.add_caches();
    cache.set_level(1);
    cache.set_size_bytes(50'000);
    speed_.set_fma_gflops(100);  // 100,000 operations in a microsecond
    AddLevel(1, 40);
    AddLevel(0, 10);
  }
  void AddLevel(int level, double gb_per_s) {
    v1::MemorySpeed& memory = *speed_.add_levels();
    memory.set_level(level);
    memory.set_read_gb_per_s(gb_per_s);
  }
  TaskCost Cost(const compiler::space::StatedCost& stated = {}) {
    return CostOfTask(workload_, target_, speed_, stated);
  }

  v1::Workload workload_;
  v1::Target target_;
  v1::MachineSpeed speed_;
};

TEST_F(TaskCostTest, AWorkloadCannotBeFasterThanItsMultiplyAdds) { EXPECT_DOUBLE_EQ(Cost().limit_us, 20); }

TEST_F(TaskCostTest, NorThanItsBytes) {
  workload_.set_flops(1000);
  EXPECT_DOUBLE_EQ(Cost().limit_us, 10) << "100,000 bytes do not fit into the cache";
  workload_.mutable_arguments(0)->set_shape(0, 400);
  EXPECT_DOUBLE_EQ(Cost().limit_us, 1) << "40,000 bytes do";
}

TEST_F(TaskCostTest, AnAlgorithmWithFewerProductsLowersTheLimit) {
  // A half cycle does 8 multiply-adds, which are 16 operations.
  EXPECT_DOUBLE_EQ(Cost({.reference = 100'000, .least_products = 75'000}).limit_us, 12);
  EXPECT_DOUBLE_EQ(Cost({.reference = 300'000, .least_products = 250'000}).limit_us, 20);
}

TEST_F(TaskCostTest, HalfCyclesBecomeMicroseconds) {
  const TaskCost cost = Cost({.reference = 100'000});
  EXPECT_DOUBLE_EQ(cost.PredictedUs(0), 16);
  EXPECT_DOUBLE_EQ(cost.PredictedUs(1), 32);
  EXPECT_DOUBLE_EQ(cost.PredictedUs(-4), 10) << "its bytes take longer";
  EXPECT_DOUBLE_EQ(cost.PredictedUs(std::numeric_limits<float>::quiet_NaN()), 16);
}

TEST_F(TaskCostTest, WithoutAMeasuredRateTheLimitIsNotKnown) {
  speed_.Clear();
  const TaskCost cost = Cost({.reference = 100'000});
  EXPECT_EQ(cost.limit_us, 0);
  EXPECT_GT(cost.PredictedUs(0), 0);
  workload_.set_flops(0);
  EXPECT_GT(Cost().PredictedUs(0), 0) << "a prediction has a logarithm";
}

TEST_F(TaskCostTest, ATableOfWhichIndicesChooseIsNotReadAsAWhole) {
  workload_.set_flops(0);
  workload_.mutable_arguments(0)->set_role(v1::ARGUMENT_ROLE_CONSTANT);
  EXPECT_DOUBLE_EQ(Cost().limit_us, 10);
  v1::Argument& indices = *workload_.add_arguments();
  indices.set_element_type(v1::ELEMENT_TYPE_I64);
  indices.add_shape(500);
  indices.set_bound(1000);
  EXPECT_DOUBLE_EQ(Cost().limit_us, 0.1);
}

}  // namespace
}  // namespace diapason::tuner
