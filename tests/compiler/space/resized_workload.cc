#include "tests/compiler/space/resized_workload.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/random/distributions.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "compiler/workload/argument_attrs.h"
#include "compiler/workload/canonical_form.h"
#include "compiler/workload/diagnostics.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

namespace diapason::compiler::space {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

constexpr int64_t kSizes[] = {1,  1,  1,  2,  2,  3,   4,   4,   5,   7,   8,   8,  12, 12,
                              13, 14, 16, 16, 17, 24,  28,  31,  32,  32,  37,  40, 48, 56,
                              64, 64, 77, 80, 96, 100, 128, 192, 197, 256, 384, 512};

// A loop of an operation, or an axis of a tensor.
using Extent = std::pair<void*, unsigned>;

class Resizer {
 public:
  Resizer(func::FuncOp func, absl::BitGenRef random) : func_(func), random_(random) {
    func.walk([&](linalg::GenericOp op) { ops_.push_back(op); });
    FindClasses();
  }

  // Returns false if some operation would have too many iterations.
  bool Draw(int64_t max_iterations) {
    drawn_.clear();
    for (linalg::GenericOp op : ops_) {
      int64_t iterations = 1;
      for (auto [loop, extent] : llvm::enumerate(op.getStaticLoopRanges())) {
        iterations *= NewExtent({op.getOperation(), static_cast<unsigned>(loop)}, extent);
        if (iterations > max_iterations) return false;
      }
    }
    return true;
  }

  void Apply() {
    // All sizes are computed before any type changes, because sizes that no loop determines depend on old
    // ones.
    for (linalg::GenericOp op : ops_) {
      const SmallVector<int64_t> old = op.getStaticLoopRanges();
      for (OpOperand& operand : op->getOpOperands()) {
        for (auto [axis, index] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
          const auto type = cast<RankedTensorType>(operand.get().getType());
          const int64_t slack = type.getDimSize(axis) - (Last(index, old) + 1);
          sizes_[{operand.get().getAsOpaquePointer(), static_cast<unsigned>(axis)}] =
              Last(index, New(op)) + 1 + slack;
        }
        if (op.isDpsInit(&operand)) CopySizes(operand.get(), op.getTiedOpResult(&operand));
      }
    }
    SmallVector<Value> values(func_.getArguments());
    for (Operation& op : func_.front().without_terminator())
      values.append(op.result_begin(), op.result_end());
    for (Value value : values) {
      auto type = dyn_cast<RankedTensorType>(value.getType());
      if (!type) continue;
      SmallVector<int64_t> shape(type.getShape());
      for (unsigned axis = 0; axis < shape.size(); ++axis) {
        auto size = sizes_.find({value.getAsOpaquePointer(), axis});
        if (size != sizes_.end()) shape[axis] = size->second;
      }
      value.setType(RankedTensorType::get(shape, type.getElementType()));
    }
    SmallVector<Type> results;
    for (Value result : func_.front().getTerminator()->getOperands()) results.push_back(result.getType());
    func_.setType(
        FunctionType::get(func_.getContext(), llvm::to_vector(func_.front().getArgumentTypes()), results));
  }

 private:
  void FindClasses() {
    for (linalg::GenericOp op : ops_) {
      for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) classes_.insert({op.getOperation(), loop});
      for (OpOperand& operand : op->getOpOperands()) {
        for (auto [axis, index] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
          const Extent here = {operand.get().getAsOpaquePointer(), static_cast<unsigned>(axis)};
          if (auto loop = dyn_cast<AffineDimExpr>(index))
            classes_.unionSets({op.getOperation(), loop.getPosition()}, here);
          if (op.isDpsInit(&operand))
            classes_.unionSets(here, {op.getTiedOpResult(&operand).getAsOpaquePointer(), here.second});
        }
      }
    }
    // Operations that use their indices, and tensors that they read by index, keep their sizes.
    for (linalg::GenericOp op : ops_) {
      op->walk([&](Operation* inner) {
        if (isa<linalg::IndexOp, tensor::ExtractOp>(inner)) {
          for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) Keep({op.getOperation(), loop});
        }
        if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
          const int64_t rank = extract.getTensor().getType().getRank();
          for (unsigned axis = 0; axis < rank; ++axis) Keep({extract.getTensor().getAsOpaquePointer(), axis});
        }
      });
    }
  }

  void Keep(Extent extent) {
    classes_.insert(extent);
    kept_.insert(classes_.getLeaderValue(extent));
  }

  int64_t NewExtent(Extent extent, int64_t old) {
    const Extent leader = classes_.getLeaderValue(extent);
    for (const Extent& kept : kept_) {
      if (classes_.isEquivalent(kept, leader)) return drawn_[leader] = old;
    }
    auto [size, is_new] = drawn_.try_emplace(leader, old);
    if (is_new && absl::Bernoulli(random_, 0.7))
      size->second = kSizes[absl::Uniform<size_t>(random_, 0, std::size(kSizes))];
    return size->second;
  }

  SmallVector<int64_t> New(linalg::GenericOp op) {
    SmallVector<int64_t> extents;
    for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
      extents.push_back(drawn_.at(classes_.getLeaderValue({op.getOperation(), loop})));
    return extents;
  }

  // Returns the value of the index if every loop is in its last iteration.
  static int64_t Last(AffineExpr index, ArrayRef<int64_t> extents) {
    if (auto loop = dyn_cast<AffineDimExpr>(index)) return extents[loop.getPosition()] - 1;
    if (auto constant = dyn_cast<AffineConstantExpr>(index)) return constant.getValue();
    auto binary = cast<AffineBinaryOpExpr>(index);
    const int64_t a = Last(binary.getLHS(), extents), b = Last(binary.getRHS(), extents);
    return binary.getKind() == AffineExprKind::Mul ? a * b : a + b;
  }

  void CopySizes(Value from, Value to) {
    const auto rank = cast<RankedTensorType>(from.getType()).getRank();
    for (unsigned axis = 0; axis < rank; ++axis) {
      auto size = sizes_.find({from.getAsOpaquePointer(), axis});
      if (size != sizes_.end()) sizes_[{to.getAsOpaquePointer(), axis}] = size->second;
    }
  }

  func::FuncOp func_;
  absl::BitGenRef random_;
  SmallVector<linalg::GenericOp> ops_;
  llvm::EquivalenceClasses<Extent> classes_;
  std::set<Extent> kept_;
  std::map<Extent, int64_t> drawn_;  // for each class
  std::map<Extent, int64_t> sizes_;  // for axes of tensors
};

}  // namespace

std::vector<std::string> SplitWorkloads(absl::string_view file) {
  const std::vector<std::string> parts = absl::StrSplit(file, "// -----\n");
  std::vector<std::string> workloads;
  for (size_t i = 1; i < parts.size(); ++i) workloads.push_back(absl::StrCat(parts[0], parts[i]));
  return workloads;
}

absl::StatusOr<std::string> ResizedWorkload(absl::string_view workload, int64_t max_iterations,
                                            absl::BitGenRef random) {
  DialectRegistry registry;
  workload::RegisterWorkloadDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  workload::DiagnosticCollector diagnostics(&context);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(StringRef(workload.data(), workload.size()), ParserConfig(&context));
  if (!module) return absl::InvalidArgumentError(diagnostics.Text("the workload is not valid MLIR"));
  constexpr int kAttempts = 200;
  Resizer resizer(*module->getOps<func::FuncOp>().begin(), random);
  bool drawn = false;
  for (int i = 0; i < kAttempts && !drawn; ++i) drawn = resizer.Draw(max_iterations);
  if (drawn) resizer.Apply();
  std::string text;
  llvm::raw_string_ostream(text) << **module;
  return text;
}

}  // namespace diapason::compiler::space
