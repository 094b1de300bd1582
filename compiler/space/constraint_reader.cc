#include "compiler/space/constraint_reader.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/space/knob_options.h"
#include "compiler/space/script.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/SMT/IR/SMTOps.h"
#include "mlir/IR/SymbolTable.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::space {
namespace {

namespace smt = mlir::smt;

namespace tr = mlir::transform;

// The largest number of nested includes in a sketch. Sketches come from users, and each level of nesting may
// double the number.
constexpr int kMaxIncludes = 10'000;

// The name of the function that a constraint may declare, and the largest limit that it can have.
constexpr llvm::StringRef kLargestDivisor = "largest_divisor";
constexpr int64_t kMaxDivisor = 1'024;
constexpr char kApplyHelp[] =
    " here; only largest_divisor(of, at_most) can be applied, where at_most is from 1 to 1024 and the same "
    "for "
    "all schedules";

// Reads the operations of one constrain_params.
class OperationReader {
 public:
  OperationReader(int guard, const std::string& origin, ConstraintProgram& program, ParameterSlots& slots)
      : guard_(guard), origin_(origin), program_(program), slots_(slots) {}

  // Returns the slot of the operation's result, or nullopt if the operation is not supported.
  std::optional<int> Value(mlir::Operation* op) {
    if (auto apply = llvm::dyn_cast<smt::ApplyFuncOp>(op)) return Apply(apply);
    std::vector<int> in;
    for (mlir::Value operand : op->getOperands()) {
      auto slot = slots_.find(operand);
      if (slot == slots_.end()) return std::nullopt;
      in.push_back(slot->second);
    }
    const bool constant = llvm::isa<smt::IntConstantOp, smt::BoolConstantOp>(op);
    if (in.empty() && !constant) return std::nullopt;  // for example a sum without operands
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

  // Returns false if the value that is asserted is not known.
  bool Assert(smt::AssertOp op) {
    auto asserted = slots_.find(op.getInput());
    if (asserted == slots_.end()) return false;
    program_.Assert(Implies(guard_, asserted->second),
                    absl::StrCat("the constraint at ", LocationOf(op), origin_));
    return true;
  }

  // Returns whether the operation declares a function that constraints may apply.
  static bool DeclaresFunction(mlir::Operation& op) {
    auto declaration = llvm::dyn_cast<smt::DeclareFunOp>(op);
    if (!declaration || declaration.getNamePrefix() != kLargestDivisor) return false;
    auto type = llvm::dyn_cast<smt::SMTFuncType>(declaration.getType());
    return type && llvm::isa<smt::IntType>(type.getRangeType()) && type.getDomainTypes().size() == 2 &&
           llvm::all_of(type.getDomainTypes(), llvm::IsaPred<smt::IntType>);
  }

 private:
  std::optional<int> Apply(smt::ApplyFuncOp op) {
    mlir::Operation* function = op.getFunc().getDefiningOp();
    if (function == nullptr || !DeclaresFunction(*function)) return std::nullopt;
    auto of = slots_.find(op.getArgs()[0]), most = slots_.find(op.getArgs()[1]);
    if (of == slots_.end() || most == slots_.end() || !program_.KnobsOf(most->second).empty())
      return std::nullopt;
    if (const int64_t limit = program_.Known(most->second); limit < 1 || limit > kMaxDivisor)
      return std::nullopt;
    return program_.Emit(Opcode::kLargestDivisor, of->second, most->second);
  }

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

  // Applies `op` to each two neighbours, which is enough if `op` is an equivalence.
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
  const std::string& origin_;
  ConstraintProgram& program_;
  ParameterSlots& slots_;
};

}  // namespace

bool ConstraintReader::IsConstraintSequence(tr::NamedSequenceOp sequence) {
  auto [known, is_new] = constraint_sequences_.try_emplace(sequence, false);
  if (!is_new || sequence.isExternal()) return known->second;
  const auto is_parameter = llvm::IsaPred<tr::TransformParamTypeInterface>;
  bool constrains = false;
  const bool only_parameters = llvm::all_of(sequence.getArgumentTypes(), is_parameter) &&
                               llvm::all_of(sequence.getResultTypes(), is_parameter) &&
                               llvm::all_of(sequence.getBody().front(), [&](mlir::Operation& op) {
                                 const bool here =
                                     llvm::isa<tr::smt::ConstrainParamsOp>(op) || IncludesConstraints(&op);
                                 constrains |= here;
                                 return here || llvm::isa<tr::ParamConstantOp, tr::YieldOp>(op);
                               });
  return constraint_sequences_[sequence] = only_parameters && constrains;
}

bool ConstraintReader::IncludesConstraints(mlir::Operation* op) {
  auto include = llvm::dyn_cast<tr::IncludeOp>(op);
  if (!include) return false;
  auto callee = mlir::SymbolTable::lookupNearestSymbolFrom<tr::NamedSequenceOp>(include, include.getTarget());
  return callee && IsConstraintSequence(callee);
}

absl::Status ConstraintReader::ReadInclude(tr::IncludeOp op, int guard, const std::string& origin,
                                           ParameterSlots& slots) {
  if (++includes_ > kMaxIncludes) {
    return absl::InvalidArgumentError(
        absl::StrCat(LocationOf(op), ": the sketch includes constraints more than ", kMaxIncludes, " times"));
  }
  auto callee = mlir::SymbolTable::lookupNearestSymbolFrom<tr::NamedSequenceOp>(op, op.getTarget());
  mlir::Block& body = callee.getBody().front();
  ParameterSlots inside;  // separate for each include, because the sequence's parameters differ
  for (auto [argument, operand] : llvm::zip(body.getArguments(), op->getOperands())) {
    auto slot = slots.find(operand);
    if (slot != slots.end()) inside[argument] = slot->second;
  }
  for (mlir::Operation& inner : body) {
    if (auto constant = llvm::dyn_cast<tr::ParamConstantOp>(inner)) {
      if (auto value = IntegerOf(constant.getValue()))
        inside[constant.getResult()] = program_.Constant(*value);
    } else if (auto constrain = llvm::dyn_cast<tr::smt::ConstrainParamsOp>(inner)) {
      DIAPASON_RETURN_IF_ERROR(ReadConstrainParams(constrain, guard, origin, inside));
    } else if (auto include = llvm::dyn_cast<tr::IncludeOp>(inner)) {
      DIAPASON_RETURN_IF_ERROR(ReadInclude(include, guard, origin, inside));
    }
  }
  for (auto [result, value] : llvm::zip(op->getResults(), body.getTerminator()->getOperands())) {
    auto slot = inside.find(value);
    if (slot != inside.end()) slots[result] = slot->second;
  }
  return absl::OkStatus();
}

absl::Status ConstraintReader::Read(mlir::Operation* op, int guard, ParameterSlots& slots) {
  if (auto constrain = llvm::dyn_cast<tr::smt::ConstrainParamsOp>(op))
    return ReadConstrainParams(constrain, guard, "", slots);
  return ReadInclude(llvm::cast<tr::IncludeOp>(op), guard, absl::StrCat(", included at ", LocationOf(op)),
                     slots);
}

absl::Status ConstraintReader::ReadConstrainParams(tr::smt::ConstrainParamsOp op, int guard,
                                                   const std::string& origin, ParameterSlots& slots) {
  mlir::Block& body = op.getBody().front();
  for (auto [argument, parameter] : llvm::zip(body.getArguments(), op.getParams())) {
    auto slot = slots.find(parameter);
    if (slot == slots.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(LocationOf(op), origin, ": parameter ", argument.getArgNumber(),
                       " of the constraint is known only when the interpreter runs; constrain knobs, integer "
                       "constants, derived parameters and results of the sketch's first collect_matching"));
    }
    slots[argument] = slot->second;
  }
  OperationReader reader(guard, origin, program_, slots);
  for (mlir::Operation& inner : body) {
    if (OperationReader::DeclaresFunction(inner)) continue;
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
      return absl::InvalidArgumentError(absl::StrCat(
          LocationOf(&inner), ": ", inner.getName().getStringRef().str(), " is not supported in constraints",
          llvm::isa<smt::ApplyFuncOp>(inner) ? kApplyHelp : ""));
    }
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler::space
