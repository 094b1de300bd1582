#include "compiler/transform/compare_slices.h"

#include "compiler/transform/registration.h"
#include "gtest/gtest.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Interfaces/SubsetOpInterface.h"
#include "mlir/Parser/Parser.h"

namespace diapason::compiler::transform {
namespace {

// Slices whose numbers are equal, are different, or must be solved for. %k equals %i, and %l does not.
constexpr char kSlices[] = R"(
#same = affine_map<(d) -> (d)>
#next = affine_map<(d) -> (d + 1)>
func.func @f(%t: tensor<8x8xf32>, %s: tensor<4xf32>, %i: index, %n: index) -> tensor<8x8xf32> {
  %k = affine.apply #same(%i)
  %l = affine.apply #next(%i)
  %c2 = arith.constant 2 : index
  %0 = tensor.extract_slice %t[2, 0] [1, 4] [1, 1] : tensor<8x8xf32> to tensor<4xf32>
  %1 = tensor.extract_slice %t[3, 0] [1, 4] [1, 1] : tensor<8x8xf32> to tensor<4xf32>
  %2 = tensor.extract_slice %t[2, 0] [1, 4] [1, 2] : tensor<8x8xf32> to tensor<4xf32>
  %3 = tensor.extract_slice %t[%i, 0] [1, 4] [1, 1] : tensor<8x8xf32> to tensor<4xf32>
  %4 = tensor.extract_slice %t[%k, 0] [1, 4] [1, 1] : tensor<8x8xf32> to tensor<4xf32>
  %5 = tensor.extract_slice %t[%l, 0] [1, 4] [1, 1] : tensor<8x8xf32> to tensor<4xf32>
  %6 = tensor.extract_slice %t[%c2, 0] [1, 4] [1, 1] : tensor<8x8xf32> to tensor<4xf32>
  %7 = tensor.extract_slice %t[2, 0] [1, %n] [1, 1] : tensor<8x8xf32> to tensor<?xf32>
  %8 = tensor.insert_slice %s into %t[2, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x8xf32>
  %9 = tensor.insert_slice %s into %8[%i, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<8x8xf32>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %v = vector.transfer_read %t[%c2, %c0], %zero {in_bounds = [true]} : tensor<8x8xf32>, vector<4xf32>
  %w = vector.transfer_read %t[%i, %c0], %zero {in_bounds = [true]} : tensor<8x8xf32>, vector<4xf32>
  %x = vector.transfer_read %t[%c2, %c2], %zero {in_bounds = [true]} : tensor<8x8xf32>, vector<4xf32>
  %y = vector.transfer_write %v, %9[%c0, %c0] {in_bounds = [true]} : vector<4xf32>, tensor<8x8xf32>
  return %y : tensor<8x8xf32>
})";

class CompareSlicesTest : public ::testing::Test {
 protected:
  CompareSlicesTest() {
    mlir::DialectRegistry registry;
    RegisterDialects(registry);
    context_.appendDialectRegistry(registry);
    context_.loadAllAvailableDialects();
    module_ = mlir::parseSourceString<mlir::ModuleOp>(kSlices, &context_);
    module_->walk([&](mlir::SubsetOpInterface slice) { slices_.push_back(slice); });
  }

  mlir::MLIRContext context_;
  mlir::OwningOpRef<mlir::ModuleOp> module_;
  llvm::SmallVector<mlir::SubsetOpInterface> slices_;
};

TEST_F(CompareSlicesTest, AnswersAsMlirDoes) {
  ASSERT_EQ(slices_.size(), 14u);
  int equivalent = 0, disjoint = 0;
  for (const bool same_tensor : {true, false}) {
    const auto tensors = [&](mlir::Value, mlir::Value) { return same_tensor; };
    for (auto [i, a] : llvm::enumerate(slices_)) {
      for (auto [j, b] : llvm::enumerate(slices_)) {
        const bool expected = mlir::detail::defaultOperatesOnEquivalentSubset(a, b, tensors);
        EXPECT_EQ(a.operatesOnEquivalentSubset(b, tensors), expected) << i << " " << j;
        equivalent += expected;
        const bool apart = mlir::detail::defaultOperatesOnDisjointSubset(a, b, tensors);
        EXPECT_EQ(a.operatesOnDisjointSubset(b, tensors), apart) << i << " " << j;
        disjoint += apart;
      }
    }
  }
  EXPECT_GT(disjoint, 0);
  // %0, %6, %8 and %v are the same slice, and so are %3, %4, %9 and %w. The other six are all different.
  EXPECT_EQ(equivalent, 4 * 4 + 4 * 4 + 6);
}

// MLIR's own model compares the tensors first, so its callback would be called.
TEST_F(CompareSlicesTest, IsTheOneRegistered) {
  const auto unexpected = [](mlir::Value, mlir::Value) {
    ADD_FAILURE() << "the numbers of the slices decide this comparison";
    return true;
  };
  EXPECT_FALSE(slices_[0].operatesOnEquivalentSubset(slices_[1], unexpected));
  EXPECT_FALSE(slices_[8].operatesOnEquivalentSubset(slices_[1], unexpected));
}

}  // namespace
}  // namespace diapason::compiler::transform
