#include "compiler/codegen/reassociate_addresses.h"

#include <tuple>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// The sum of each term's value times its factor, plus the constant, modulo 2^64 as in the arithmetic of
// addresses.
struct Sum {
  struct Term {
    Value value;
    uint64_t factor;
  };
  SmallVector<Term, 4> terms;
  uint64_t constant = 0;

  void Add(const Sum& other, uint64_t factor) {
    constant += other.constant * factor;
    for (const Term& term : other.terms) {
      auto* known = llvm::find_if(terms, [&](const Term& t) { return t.value == term.value; });
      if (known == terms.end()) known = terms.insert(known, {term.value, 0});
      known->factor += term.factor * factor;
    }
  }
};

// If `value` is extracted from a descriptor that this function has built, returns the value that was inserted
// there; otherwise returns `value`.
Value LookThroughDescriptors(Value value) {
  auto extract = value.getDefiningOp<LLVM::ExtractValueOp>();
  if (!extract) return value;
  for (auto insert = extract.getContainer().getDefiningOp<LLVM::InsertValueOp>(); insert;
       insert = insert.getContainer().getDefiningOp<LLVM::InsertValueOp>()) {
    if (insert.getPosition() == extract.getPosition()) return LookThroughDescriptors(insert.getValue());
  }
  return value;
}

std::optional<int64_t> ConstantOf(Value value) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)) || constant.getBitWidth() > 64) return std::nullopt;
  return constant.getSExtValue();
}

class AddressReassociation {
 public:
  explicit AddressReassociation(LLVM::LLVMFuncOp func)
      : func_(func), builder_(func.getContext()), dominance_(func) {}

  void Run() {
    SmallVector<LLVM::GEPOp> accesses;
    func_.walk([&](LLVM::GEPOp op) { accesses.push_back(op); });
    for (LLVM::GEPOp op : accesses) Rewrite(op);
    EraseUnused();
  }

 private:
  // Must be called last, because the maps below have values as keys.
  void EraseUnused() {
    SmallVector<Operation*> ops;
    func_.walk([&](Operation* op) { ops.push_back(op); });
    for (Operation* op : llvm::reverse(ops)) {
      if (isOpTriviallyDead(op)) op->erase();
    }
  }

  void Rewrite(LLVM::GEPOp op) {
    const Type element = op.getElemType();
    if (op.getIndices().size() != 1 || !element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
      return;
    Sum bytes;
    const uint64_t size = element.getIntOrFloatBitWidth() / 8;
    const auto index = op.getIndices()[0];
    if (auto constant = dyn_cast<IntegerAttr>(index)) {
      bytes.constant = static_cast<uint64_t>(constant.getInt()) * size;
    } else if (cast<Value>(index).getType().isInteger(64)) {
      bytes.Add(Split(cast<Value>(index)), size);
    } else {
      return;
    }
    llvm::sort(bytes.terms,
               [&](const Sum::Term& a, const Sum::Term& b) { return IsBefore(a.value, b.value); });
    Value pointer = LookThroughDescriptors(op.getBase());
    for (const Sum::Term& term : bytes.terms) {
      if (term.factor != 0) pointer = Advance(pointer, term);
    }
    builder_.setInsertionPoint(op);
    if (bytes.constant != 0) pointer = Advance(pointer, Constant(bytes.constant));
    op.replaceAllUsesWith(pointer);
  }

  // Returns the sum that `value` is, as far as additions and multiplications by constants show it.
  const Sum& Split(Value value) {
    value = LookThroughDescriptors(value);
    if (const auto known = split_.find(value); known != split_.end()) return *known->second;
    auto sum = std::make_unique<Sum>();
    Operation* op = value.getDefiningOp();
    if (const auto constant = ConstantOf(value)) {
      sum->constant = *constant;
    } else if (isa_and_present<LLVM::AddOp, LLVM::SubOp>(op)) {
      sum->Add(Split(op->getOperand(0)), 1);
      sum->Add(Split(op->getOperand(1)), isa<LLVM::AddOp>(op) ? 1 : ~uint64_t{0});
    } else if (isa_and_present<LLVM::MulOp>(op) && ConstantOf(op->getOperand(1))) {
      sum->Add(Split(op->getOperand(0)), *ConstantOf(op->getOperand(1)));
    } else if (isa_and_present<LLVM::MulOp>(op) && ConstantOf(op->getOperand(0))) {
      sum->Add(Split(op->getOperand(1)), *ConstantOf(op->getOperand(0)));
    } else {
      sum->terms.push_back({value, 1});
    }
    return *split_.try_emplace(value, std::move(sum)).first->second;
  }

  // Returns whether `a` is defined before `b`. All the values that an access needs dominate it, so that of
  // two of them one always dominates the other.
  bool IsBefore(Value a, Value b) {
    if (a == b) return false;
    if (a.getParentBlock() != b.getParentBlock()) {
      return dominance_.properlyDominates(a.getParentBlock(), b.getParentBlock());
    }
    Operation* const b_op = b.getDefiningOp();
    if (Operation* const a_op = a.getDefiningOp()) return b_op != nullptr && a_op->isBeforeInBlock(b_op);
    return b_op != nullptr || cast<BlockArgument>(a).getArgNumber() < cast<BlockArgument>(b).getArgNumber();
  }

  Value Constant(uint64_t value) {
    return LLVM::ConstantOp::create(builder_, func_.getLoc(), builder_.getI64Type(),
                                    static_cast<int64_t>(value));
  }

  Value Advance(Value pointer, Value bytes) {
    return LLVM::GEPOp::create(builder_, func_.getLoc(), pointer.getType(), builder_.getI8Type(), pointer,
                               ValueRange(bytes));
  }

  // Returns pointer + term. It is computed once, at the first place where both are defined.
  Value Advance(Value pointer, const Sum::Term& term) {
    if (const auto known = sums_.find({pointer, term.value, term.factor}); known != sums_.end())
      return known->second;
    Value sum = Carry(pointer, term);
    if (!sum) {
      builder_.setInsertionPointAfterValue(IsBefore(pointer, term.value) ? term.value : pointer);
      sum = AdvanceHere(pointer, term);
    }
    return sums_[{pointer, term.value, term.factor}] = sum;
  }

  Value AdvanceHere(Value pointer, const Sum::Term& term) {
    if (term.factor == 1) return Advance(pointer, term.value);
    return Advance(pointer, LLVM::MulOp::create(builder_, func_.getLoc(), term.value, Constant(term.factor)));
  }

  // If the term is a loop's counter, makes pointer + term a value that the loop carries too and advances in
  // step with the counter, and returns it. Returns null if the term is not a counter or if the pointer is not
  // defined before the loop.
  Value Carry(Value pointer, const Sum::Term& term) {
    const auto counter = dyn_cast<BlockArgument>(term.value);
    if (!counter || counter.getOwner()->isEntryBlock()) return nullptr;
    Block* const header = counter.getOwner();
    struct Edge {
      SuccessorOperands operands;
      Operation* branch;
      Sum value;  // what the counter becomes on this edge
      bool is_back;
    };
    SmallVector<Edge, 2> edges;
    for (auto block = header->pred_begin(); block != header->pred_end(); ++block) {
      auto branch = dyn_cast<BranchOpInterface>((*block)->getTerminator());
      if (!branch) return nullptr;
      const SuccessorOperands operands = branch.getSuccessorOperands(block.getSuccessorIndex());
      const Sum& value = Split(operands[counter.getArgNumber()]);
      const bool is_back = llvm::any_of(value.terms, [&](const Sum::Term& t) { return t.value == counter; });
      if (is_back && (value.terms.size() != 1 || value.terms[0].factor != 1)) return nullptr;
      if (!is_back && !dominance_.dominates(pointer.getParentBlock(), *block)) return nullptr;
      edges.push_back({operands, branch, value, is_back});
    }
    const Value carried = header->addArgument(pointer.getType(), func_.getLoc());
    for (Edge& edge : edges) {
      builder_.setInsertionPoint(edge.branch);
      Value next = edge.is_back ? carried : pointer;
      if (!edge.is_back) {
        for (const Sum::Term& t : edge.value.terms)
          next = AdvanceHere(next, {t.value, t.factor * term.factor});
      }
      if (edge.value.constant != 0) next = Advance(next, Constant(edge.value.constant * term.factor));
      edge.operands.append(next);
    }
    return carried;
  }

  LLVM::LLVMFuncOp func_;
  OpBuilder builder_;
  DominanceInfo dominance_;
  DenseMap<Value, std::unique_ptr<Sum>> split_;
  DenseMap<std::tuple<Value, Value, uint64_t>, Value> sums_;
};

}  // namespace

void ReassociateAddresses(LLVM::LLVMFuncOp func) {
  if (!func.isExternal()) AddressReassociation(func).Run();
}

}  // namespace diapason::compiler::codegen
