#include "compiler/codegen/reassociate_addresses.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

namespace diapason::compiler::codegen {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Returns the function's text after ReassociateAddresses.
std::string Shared(const char* text) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  EXPECT_TRUE(module);
  module->walk([](mlir::LLVM::LLVMFuncOp func) { ReassociateAddresses(func); });
  EXPECT_TRUE(succeeded(mlir::verify(*module)));
  std::string result;
  llvm::raw_string_ostream(result) << **module;
  return result;
}

TEST(ReassociateAddresses, UnrolledAccessesShareOnePointerThatTheirLoopCarries) {
  EXPECT_THAT(Shared(R"(
llvm.func @f(%base: !llvm.ptr, %outer: i64, %n: i64) {
  %zero = llvm.mlir.constant(0 : i64) : i64
  %one = llvm.mlir.constant(1 : i64) : i64
  %row = llvm.mlir.constant(100 : i64) : i64
  llvm.br ^loop(%zero : i64)
^loop(%inner: i64):
  %next = llvm.add %inner, %one : i64
  %r0 = llvm.mul %outer, %row : i64
  %i0 = llvm.add %r0, %inner : i64
  %p0 = llvm.getelementptr %base[%i0] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %x = llvm.load %p0 : !llvm.ptr -> f32
  %down = llvm.add %outer, %one : i64
  %r1 = llvm.mul %down, %row : i64
  %i1 = llvm.add %r1, %next : i64
  %p1 = llvm.getelementptr %base[%i1] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  llvm.store %x, %p1 : f32, !llvm.ptr
  %more = llvm.icmp "slt" %next, %n : i64
  llvm.cond_br %more, ^loop(%next : i64), ^end
^end:
  llvm.return
})"),
              HasSubstr(R"(
    %0 = llvm.mlir.constant(400 : i64) : i64
    %1 = llvm.mul %arg1, %0 : i64
    %2 = llvm.getelementptr %arg0[%1] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %3 = llvm.mlir.constant(0 : i64) : i64
    %4 = llvm.mlir.constant(1 : i64) : i64
    llvm.br ^bb1(%3, %2 : i64, !llvm.ptr)
  ^bb1(%5: i64, %6: !llvm.ptr):  // 2 preds: ^bb0, ^bb1
    %7 = llvm.add %5, %4 : i64
    %8 = llvm.load %6 : !llvm.ptr -> f32
    %9 = llvm.mlir.constant(404 : i64) : i64
    %10 = llvm.getelementptr %6[%9] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.store %8, %10 : f32, !llvm.ptr
    %11 = llvm.icmp "slt" %7, %arg2 : i64
    %12 = llvm.mlir.constant(4 : i64) : i64
    %13 = llvm.getelementptr %6[%12] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.cond_br %11, ^bb1(%7, %13 : i64, !llvm.ptr), ^bb2
)"));
}

TEST(ReassociateAddresses, CountersMayStartAnywhereAndGoDown) {
  EXPECT_THAT(Shared(R"(
llvm.func @f(%base: !llvm.ptr, %start: i64) -> f32 {
  %zero = llvm.mlir.constant(0 : i64) : i64
  %two = llvm.mlir.constant(2 : i64) : i64
  llvm.br ^loop(%start : i64)
^loop(%i: i64):
  %p = llvm.getelementptr %base[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %x = llvm.load %p : !llvm.ptr -> f32
  %next = llvm.sub %i, %two : i64
  %more = llvm.icmp "sgt" %next, %zero : i64
  llvm.cond_br %more, ^loop(%next : i64), ^end
^end:
  llvm.return %x : f32
})"),
              AllOf(HasSubstr(R"(
    %2 = llvm.mlir.constant(4 : i64) : i64
    %3 = llvm.mul %arg1, %2 : i64
    %4 = llvm.getelementptr %arg0[%3] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.br ^bb1(%arg1, %4 : i64, !llvm.ptr)
)"),
                    HasSubstr(R"(
    %10 = llvm.mlir.constant(-8 : i64) : i64
    %11 = llvm.getelementptr %6[%10] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    llvm.cond_br %9, ^bb1(%8, %11 : i64, !llvm.ptr), ^bb2
)")));
}

TEST(ReassociateAddresses, TermsThatCancelAreGoneAndUnknownIndicesStay) {
  EXPECT_THAT(Shared(R"(
llvm.func @f(%base: !llvm.ptr, %i: i64, %j: i32) -> !llvm.ptr {
  %three = llvm.mlir.constant(3 : i64) : i64
  %more = llvm.add %i, %three : i64
  %same = llvm.sub %more, %i : i64
  %p = llvm.getelementptr %base[%same] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  %q = llvm.getelementptr %p[%j] : (!llvm.ptr, i32) -> !llvm.ptr, f32
  llvm.return %q : !llvm.ptr
})"),
              HasSubstr(R"(
    %0 = llvm.mlir.constant(24 : i64) : i64
    %1 = llvm.getelementptr %arg0[%0] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    %2 = llvm.getelementptr %1[%arg2] : (!llvm.ptr, i32) -> !llvm.ptr, f32
    llvm.return %2 : !llvm.ptr
)"));
}

TEST(ReassociateAddresses, FieldsOfDescriptorsAreSeenThrough) {
  const std::string text = Shared(R"(
llvm.func @f(%base: !llvm.ptr, %i: i64) -> !llvm.ptr {
  %none = llvm.mlir.poison : !llvm.struct<(ptr, i64)>
  %offset = llvm.mlir.constant(8 : i64) : i64
  %a = llvm.insertvalue %base, %none[0] : !llvm.struct<(ptr, i64)>
  %b = llvm.insertvalue %offset, %a[1] : !llvm.struct<(ptr, i64)>
  %pointer = llvm.extractvalue %b[0] : !llvm.struct<(ptr, i64)>
  %start = llvm.extractvalue %b[1] : !llvm.struct<(ptr, i64)>
  %index = llvm.add %start, %i : i64
  %p = llvm.getelementptr %pointer[%index] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  llvm.return %p : !llvm.ptr
})");
  EXPECT_THAT(text, HasSubstr("llvm.getelementptr %arg0[%arg1]"));
  EXPECT_THAT(text, Not(HasSubstr("struct")));
}

}  // namespace
}  // namespace diapason::compiler::codegen
