#include "compiler/space/constraint_reader.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/space/script.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/SMT/IR/SMTOps.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler {
namespace {

namespace smt = mlir::smt;

class ConstraintReader {
 public:
  ConstraintReader(int guard, ConstraintProgram& program, llvm::DenseMap<mlir::Value, int>& slots)
      : guard_(guard), program_(program), slots_(slots) {}

  // The slot of the operation's result; nothing: the operation is not known.
  std::optional<int> Value(mlir::Operation* op) {
    std::vector<int> in;
    for (mlir::Value operand : op->getOperands()) {
      auto slot = slots_.find(operand);
      if (slot == slots_.end()) return std::nullopt;
      in.push_back(slot->second);
    }
    const bool constant = llvm::isa<smt::IntConstantOp, smt::BoolConstantOp>(op);
    if (in.empty() && !constant) return std::nullopt;  // a sum of nothing
    return llvm::TypeSwitch<mlir::Operation*, std::optional<int>>(op)
        .Case([&](smt::IntConstantOp c) { return Constant(c.getValue()); })
        .Case([&](smt::BoolConstantOp c) { return program_.Constant(c.getValue()); })
        .Case([&](smt::IntAddOp) { return Fold(Opcode::kAdd, in); })
        .Case([&](smt::IntMulOp) { return Fold(Opcode::kMul, in); })
        .Case([&](smt::AndOp) { return Fold(Opcode::kAnd, in); })
        .Case([&](smt::OrOp) { return Fold(Opcode::kOr, in); })
        .Case([&](smt::XOrOp) { return Fold(Opcode::kXor, in); })
        .Case([&](smt::IntSubOp) { return program_.Emit(Opcode::kSub, in[0], in[1]); })
        .Case([&](smt::IntDivOp) { return program_.Emit(Opcode::kDiv, in[0], in[1]); })
        .Case([&](smt::IntModOp) { return program_.Emit(Opcode::kMod, in[0], in[1]); })
        .Case([&](smt::IntAbsOp) { return program_.Emit(Opcode::kAbs, in[0]); })
        .Case([&](smt::IntCmpOp cmp) { return Compare(cmp.getPred(), in[0], in[1]); })
        .Case([&](smt::EqOp) { return Pairwise(Opcode::kEqual, in); })
        .Case([&](smt::DistinctOp) { return Distinct(in); })
        .Case([&](smt::NotOp) { return program_.Emit(Opcode::kNot, in[0]); })
        .Case([&](smt::ImpliesOp) { return Implies(in[0], in[1]); })
        .Case([&](smt::IteOp) { return program_.Emit(Opcode::kIfThenElse, in[0], in[1], in[2]); })
        .Default([](mlir::Operation*) { return std::nullopt; });
  }

  // False: what is asserted is not known.
  bool Assert(smt::AssertOp op) {
    auto asserted = slots_.find(op.getInput());
    if (asserted == slots_.end()) return false;
    program_.Assert(Implies(guard_, asserted->second), absl::StrCat("the constraint at ", LocationOf(op)));
    return true;
  }

 private:
  std::optional<int> Constant(const llvm::APInt& value) {
    if (value.getSignificantBits() > 64) return std::nullopt;
    return program_.Constant(value.getSExtValue());
  }

  int Fold(Opcode op, const std::vector<int>& in) {
    int result = in[0];
    for (size_t i = 1; i < in.size(); ++i) result = program_.Emit(op, result, in[i]);
    return result;
  }

  int Implies(int a, int b) { return program_.Emit(Opcode::kOr, program_.Emit(Opcode::kNot, a), b); }

  int Compare(smt::IntPredicate predicate, int a, int b) {
    switch (predicate) {
      case smt::IntPredicate::lt:
        return program_.Emit(Opcode::kLess, a, b);
      case smt::IntPredicate::le:
        return program_.Emit(Opcode::kLessEqual, a, b);
      case smt::IntPredicate::gt:
        return program_.Emit(Opcode::kLess, b, a);
      case smt::IntPredicate::ge:
        return program_.Emit(Opcode::kLessEqual, b, a);
    }
    return a;
  }

  // All neighbours satisfy `op`: enough for an equivalence.
  int Pairwise(Opcode op, const std::vector<int>& in) {
    int all = program_.Constant(1);
    for (size_t i = 1; i < in.size(); ++i)
      all = program_.Emit(Opcode::kAnd, all, program_.Emit(op, in[i - 1], in[i]));
    return all;
  }

  int Distinct(const std::vector<int>& in) {
    int any_equal = program_.Constant(0);
    for (size_t i = 0; i < in.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        any_equal = program_.Emit(Opcode::kOr, any_equal, program_.Emit(Opcode::kEqual, in[i], in[j]));
      }
    }
    return program_.Emit(Opcode::kNot, any_equal);
  }

  const int guard_;
  ConstraintProgram& program_;
  llvm::DenseMap<mlir::Value, int>& slots_;
};

}  // namespace

absl::Status ReadConstrainParams(mlir::transform::smt::ConstrainParamsOp op, int guard,
                                 ConstraintProgram& program, llvm::DenseMap<mlir::Value, int>& slots) {
  mlir::Block& body = op.getBody().front();
  for (auto [argument, parameter] : llvm::zip(body.getArguments(), op.getParams())) {
    auto slot = slots.find(parameter);
    if (slot == slots.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(LocationOf(op), ": parameter ", argument.getArgNumber(),
                       " of the constraint is known to the interpreter only; knobs, integer constants, "
                       "derived parameters and what "
                       "the sketch's first collect_matching yields can be constrained"));
    }
    slots[argument] = slot->second;
  }
  ConstraintReader reader(guard, program, slots);
  for (mlir::Operation& inner : body) {
    auto assertion = mlir::dyn_cast<smt::AssertOp>(inner);
    if (assertion && reader.Assert(assertion)) continue;
    if (auto yield = mlir::dyn_cast<smt::YieldOp>(inner)) {
      for (auto [result, value] : llvm::zip(op.getResults(), yield.getValues())) {
        auto slot = slots.find(value);
        if (slot != slots.end()) slots[result] = slot->second;
      }
    } else if (std::optional<int> slot = reader.Value(&inner)) {
      slots[inner.getResult(0)] = *slot;
    } else {
      return absl::InvalidArgumentError(absl::StrCat(LocationOf(&inner), ": ",
                                                     inner.getName().getStringRef().str(),
                                                     " is not supported in constraints"));
    }
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler
