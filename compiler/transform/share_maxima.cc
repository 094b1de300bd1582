// transform.diapason.share_maxima computes maxima and minima of several values with one test for NaN, and
// what several of them have in common once.
#include "compiler/transform/transform_ops.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace diapason::compiler::transform {
namespace {

namespace arith = mlir::arith;
using mlir::Value;

constexpr size_t kFewestLeaves = 3;  // the maximum of two values needs a test for NaN of its own in any case

// A value, and whether none of the values that it was computed from is NaN. `ordered` is null if that has not
// been tested yet.
struct Partial {
  Value value;
  Value ordered;
};

// Rewrites all chains of one operation (arith.maximumf or arith.minimumf) in a block.
template <typename Op>
class Chains {
 public:
  Chains(mlir::RewriterBase& rewriter, mlir::Block& block) : b_(rewriter), block_(block) {}

  void Rewrite() {
    for (Op op : block_.getOps<Op>()) {
      if (!IsLink(op) || IsInner(op)) continue;
      llvm::SmallSetVector<Value, 16> leaves;
      Collect(op, leaves);
      if (leaves.size() < kFewestLeaves) continue;
      for (Value leaf : leaves) users_[leaf].push_back(roots_.size());
      roots_.emplace_back(op, leaves.takeVector());
    }
    for (auto& [root, leaves] : roots_) Replace(root, leaves);
    // A chain's links are dead, the last one first.
    for (auto& [root, leaves] : roots_) Erase(root);
  }

 private:
  using Users = llvm::SmallVector<size_t, 4>;  // the numbers of roots, in the order of the block

  static constexpr bool kIsMaximum = std::is_same_v<Op, arith::MaximumFOp>;

  // The sign of a zero does not matter to links, so their order does not matter either.
  static bool IsLink(Op op) { return op && bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::nsz); }

  Op LinkOf(Value value) const {
    auto op = value.getDefiningOp<Op>();
    return op && op->getBlock() == &block_ && value.hasOneUse() && IsLink(op) ? op : Op();
  }

  bool IsInner(Op op) const {
    if (!op->hasOneUse()) return false;
    auto user = llvm::dyn_cast<Op>(*op->user_begin());
    return user && user->getBlock() == &block_ && IsLink(user);
  }

  // The infinity that changes no maximum, not even if the other value is NaN.
  static bool IsNeutral(Value value) {
    llvm::APFloat constant(0.0f);
    return mlir::matchPattern(value, mlir::m_ConstantFloat(&constant)) && constant.isInfinity() &&
           constant.isNegative() == kIsMaximum;
  }

  void Collect(Op link, llvm::SmallSetVector<Value, 16>& leaves) {
    for (Value operand : link->getOperands()) {
      if (Op inner = LinkOf(operand)) {
        Collect(inner, leaves);
      } else if (!IsNeutral(operand)) {
        leaves.insert(operand);
      }
    }
  }

  void Erase(Op link) {
    const llvm::SmallVector<Value, 2> operands(link->getOperands());
    b_.eraseOp(link);
    for (Value operand : operands) {
      auto inner = operand.getDefiningOp<Op>();
      if (inner && inner->getBlock() == &block_ && inner->use_empty() && IsLink(inner)) Erase(inner);
    }
  }

  Value And(mlir::Location at, Value a, Value b) {
    return a ? arith::AndIOp::create(b_, at, a, b).getResult() : b;
  }

  // Combines partial results. Values that have not been tested for NaN are tested in pairs.
  Partial Combine(mlir::Location at, llvm::ArrayRef<Partial> parts) {
    constexpr auto kBetter = kIsMaximum ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT;
    Partial all;
    Value untested;
    for (const Partial& part : parts) {
      if (all.value) {
        Value better = arith::CmpFOp::create(b_, at, kBetter, part.value, all.value);
        all.value = arith::SelectOp::create(b_, at, better, part.value, all.value);
      } else {
        all.value = part.value;
      }
      if (part.ordered) {
        all.ordered = And(at, all.ordered, part.ordered);
      } else if (untested) {
        all.ordered = And(at, all.ordered, Ordered(at, untested, part.value));
        untested = Value();
      } else {
        untested = part.value;
      }
    }
    if (untested) all.ordered = And(at, all.ordered, Ordered(at, untested, untested));
    return all;
  }

  Value Ordered(mlir::Location at, Value a, Value b) {
    return arith::CmpFOp::create(b_, at, arith::CmpFPredicate::ORD, a, b);
  }

  // Leaves with the same users are combined once, before the first of these users.
  void Replace(Op root, llvm::ArrayRef<Value> leaves) {
    llvm::MapVector<Users, llvm::SmallVector<Partial>, std::map<Users, unsigned>> groups;
    for (Value leaf : leaves) groups[users_[leaf]].push_back({leaf, Value()});
    b_.setInsertionPoint(root);
    llvm::SmallVector<Partial> parts;
    for (auto& [users, group] : groups) {
      if (group.size() == 1) {
        parts.push_back(group[0]);
        continue;
      }
      auto [known, is_new] = shared_.try_emplace(users);
      if (is_new) known->second = Combine(root.getLoc(), group);
      parts.push_back(known->second);
    }
    const Partial result = Combine(root.getLoc(), parts);
    auto type = mlir::cast<mlir::FloatType>(mlir::getElementTypeOrSelf(root.getType()));
    mlir::TypedAttr nan = b_.getFloatAttr(type, llvm::APFloat::getNaN(type.getFloatSemantics()));
    if (auto shaped = mlir::dyn_cast<mlir::ShapedType>(root.getType()))
      nan = mlir::DenseElementsAttr::get(shaped, mlir::cast<mlir::FloatAttr>(nan).getValue());
    Value none = arith::ConstantOp::create(b_, root.getLoc(), nan);
    Value value = arith::SelectOp::create(b_, root.getLoc(), result.ordered, result.value, none);
    b_.replaceAllUsesWith(root.getResult(), value);
  }

  mlir::RewriterBase& b_;
  mlir::Block& block_;
  llvm::SmallVector<std::pair<Op, llvm::SmallVector<Value, 16>>> roots_;
  llvm::DenseMap<Value, Users> users_;
  std::map<Users, Partial> shared_;
};

}  // namespace

mlir::DiagnosedSilenceableFailure ShareMaximaOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                       mlir::transform::TransformResults& results,
                                                       mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    target->walk([&](mlir::Block* block) {
      Chains<arith::MaximumFOp>(rewriter, *block).Rewrite();
      Chains<arith::MinimumFOp>(rewriter, *block).Rewrite();
    });
  }
  return mlir::DiagnosedSilenceableFailure::success();
}

void ShareMaximaOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
