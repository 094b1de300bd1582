// Calculator builds arithmetic operations on values that all have one shape (scalars, or vectors of one
// size). Patterns that replace a function by arithmetic use it. All operands of one call have the same
// element type. Constants get the shape that the calculator was constructed with.
#ifndef DIAPASON_COMPILER_CODEGEN_CALCULATOR_H_
#define DIAPASON_COMPILER_CODEGEN_CALCULATOR_H_

#include <initializer_list>

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::codegen {

class Calculator {
 public:
  using Value = mlir::Value;
  using Compare = mlir::arith::CmpFPredicate;

  // `shape` is a float or integer type, or a vector of one; its element type does not matter. `builder` must
  // outlive the calculator.
  Calculator(mlir::OpBuilder& builder, mlir::Location loc, mlir::Type shape)
      : builder_(builder), loc_(loc), shape_(shape) {}

  Value F32(float value) { return Constant(builder_.getF32FloatAttr(value)); }
  Value F64(double value) { return Constant(builder_.getF64FloatAttr(value)); }
  Value I32(int32_t value) { return Constant(builder_.getI32IntegerAttr(value)); }
  Value I64(int64_t value) { return Constant(builder_.getI64IntegerAttr(value)); }

  // Arithmetic on floats. LLVM may fuse a product and the sum that uses it, which are then rounded only once.
  Value Add(Value a, Value b) {
    return mlir::arith::AddFOp::create(builder_, loc_, a, b, mlir::arith::FastMathFlags::contract);
  }
  Value Mul(Value a, Value b) {
    return mlir::arith::MulFOp::create(builder_, loc_, a, b, mlir::arith::FastMathFlags::contract);
  }
  Value Fma(Value a, Value b, Value c) { return Add(Mul(a, b), c); }
  Value Sub(Value a, Value b) { return mlir::arith::SubFOp::create(builder_, loc_, a, b); }
  Value Div(Value a, Value b) { return mlir::arith::DivFOp::create(builder_, loc_, a, b); }
  Value Negative(Value a) { return mlir::arith::NegFOp::create(builder_, loc_, a); }
  // Returns c0 x^n + c1 x^(n-1) + ... + cn.
  Value Polynomial(Value x, std::initializer_list<float> coefficients) {
    Value sum;
    for (float c : coefficients) sum = sum ? Fma(sum, x, F32(c)) : F32(c);
    return sum;
  }

  // Arithmetic on integers. It wraps around on overflow, and comparisons are signed.
  Value AddInt(Value a, Value b) { return mlir::arith::AddIOp::create(builder_, loc_, a, b); }
  Value SubInt(Value a, Value b) { return mlir::arith::SubIOp::create(builder_, loc_, a, b); }
  Value MinInt(Value a, Value b) { return mlir::arith::MinSIOp::create(builder_, loc_, a, b); }
  Value And(Value a, Value b) { return mlir::arith::AndIOp::create(builder_, loc_, a, b); }
  Value Or(Value a, Value b) { return mlir::arith::OrIOp::create(builder_, loc_, a, b); }
  Value Xor(Value a, Value b) { return mlir::arith::XOrIOp::create(builder_, loc_, a, b); }
  Value ShiftLeft(Value a, Value b) { return mlir::arith::ShLIOp::create(builder_, loc_, a, b); }
  Value ShiftRight(Value a, Value b) { return mlir::arith::ShRUIOp::create(builder_, loc_, a, b); }
  Value ShiftRightSigned(Value a, Value b) { return mlir::arith::ShRSIOp::create(builder_, loc_, a, b); }
  Value IsEqual(Value a, Value b) {
    return mlir::arith::CmpIOp::create(builder_, loc_, mlir::arith::CmpIPredicate::eq, a, b);
  }
  Value IsNotEqual(Value a, Value b) {
    return mlir::arith::CmpIOp::create(builder_, loc_, mlir::arith::CmpIPredicate::ne, a, b);
  }

  Value Is(Value a, Compare how, Value b) { return mlir::arith::CmpFOp::create(builder_, loc_, how, a, b); }
  Value Select(Value condition, Value yes, Value no) {
    return mlir::arith::SelectOp::create(builder_, loc_, condition, yes, no);
  }
  Value Select(Value a, Compare how, Value b, Value yes, Value no) { return Select(Is(a, how, b), yes, no); }
  // AtMost returns min(x, limit) and AtLeast returns max(x, limit). If x is NaN, both return NaN. On x86 each
  // is one instruction, because its minimum returns the second operand if one of them is NaN.
  Value AtMost(Value x, Value limit) { return Select(limit, Compare::OLT, x, limit, x); }
  Value AtLeast(Value x, Value limit) { return Select(limit, Compare::OGT, x, limit, x); }

  Value Bits(Value a) { return mlir::arith::BitcastOp::create(builder_, loc_, IntType(a), a); }
  Value FromBits(Value a) { return mlir::arith::BitcastOp::create(builder_, loc_, FloatType(a), a); }
  // For f32 only.
  Value Abs(Value a) { return FromBits(And(Bits(a), I32(0x7fffffff))); }
  // For f32 only. `magnitude` must not be negative.
  Value WithSignOf(Value magnitude, Value sign) {
    return FromBits(Or(Bits(magnitude), And(Bits(sign), I32(kSignBit))));
  }
  Value ToF32(Value a) {
    if (mlir::isa<mlir::IntegerType>(mlir::getElementTypeOrSelf(a)))
      return mlir::arith::SIToFPOp::create(builder_, loc_, Shaped(builder_.getF32Type()), a);
    return mlir::arith::TruncFOp::create(builder_, loc_, Shaped(builder_.getF32Type()), a);
  }
  Value ToF64(Value a) {
    if (mlir::isa<mlir::IntegerType>(mlir::getElementTypeOrSelf(a)))
      return mlir::arith::SIToFPOp::create(builder_, loc_, Shaped(builder_.getF64Type()), a);
    return mlir::arith::ExtFOp::create(builder_, loc_, Shaped(builder_.getF64Type()), a);
  }
  // A float must be in the range of i32 and is rounded towards zero. Of an i64, the low half is returned.
  Value ToI32(Value a) {
    if (mlir::isa<mlir::IntegerType>(mlir::getElementTypeOrSelf(a)))
      return mlir::arith::TruncIOp::create(builder_, loc_, Shaped(builder_.getI32Type()), a);
    return mlir::arith::FPToSIOp::create(builder_, loc_, Shaped(builder_.getI32Type()), a);
  }

  mlir::OpBuilder& builder() { return builder_; }
  mlir::Location loc() const { return loc_; }

  static constexpr int32_t kSignBit = static_cast<int32_t>(0x80000000);

 private:
  mlir::Type Shaped(mlir::Type element) {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(shape_)) return vector.clone(element);
    return element;
  }
  mlir::Type IntType(Value a) {
    return Shaped(builder_.getIntegerType(mlir::getElementTypeOrSelf(a).getIntOrFloatBitWidth()));
  }
  mlir::Type FloatType(Value a) {
    return Shaped(mlir::getElementTypeOrSelf(a).getIntOrFloatBitWidth() == 64
                      ? mlir::Type(builder_.getF64Type())
                      : mlir::Type(builder_.getF32Type()));
  }
  Value Constant(mlir::TypedAttr value) {
    const mlir::Type type = Shaped(value.getType());
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(type))
      value = mlir::cast<mlir::TypedAttr>(
          mlir::Attribute(mlir::DenseElementsAttr::get(vector, mlir::Attribute(value))));
    return mlir::arith::ConstantOp::create(builder_, loc_, type, value);
  }

  mlir::OpBuilder& builder_;
  const mlir::Location loc_;
  const mlir::Type shape_;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_CALCULATOR_H_
