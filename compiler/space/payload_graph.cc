#include "compiler/space/payload_graph.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "compiler/transform/argument_roles.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/Support/MathExtras.h"

namespace diapason::compiler::space {
namespace {

using mlir::linalg::LinalgOp;

uint64_t Iterations(LinalgOp op) {
  uint64_t product = 1;
  for (int64_t extent : op.getStaticLoopRanges())
    product = llvm::SaturatingMultiply<uint64_t>(product, extent);
  return product;
}

// Calls `join(producer, here, there)` for each pair of dimensions that index the same axis of a tensor:
// `here` is a dimension of `op`, and `there` one of the producer of the operand.
template <typename F>
void ForEachSharedDim(LinalgOp op, F join) {
  for (mlir::OpOperand& operand : op->getOpOperands()) {
    auto producer = operand.get().getDefiningOp<LinalgOp>();
    if (!producer) continue;
    const mlir::AffineMap read = op.getMatchingIndexingMap(&operand);
    const mlir::AffineMap written =
        producer.getIndexingMapMatchingResult(llvm::cast<mlir::OpResult>(operand.get()));
    for (auto [here, there] : llvm::zip(read.getResults(), written.getResults())) {
      auto a = mlir::dyn_cast<mlir::AffineDimExpr>(here);
      auto b = mlir::dyn_cast<mlir::AffineDimExpr>(there);
      if (a && b) join(producer, a.getPosition(), b.getPosition());
    }
  }
}

void FindClasses(PayloadGraph& graph) {
  llvm::EquivalenceClasses<std::pair<int, int>> shared;
  for (size_t o = 0; o < graph.ops.size(); ++o) {
    for (unsigned d = 0; d < graph.ops[o].getNumLoops(); ++d)
      shared.insert({static_cast<int>(o), static_cast<int>(d)});
  }
  // For each axis of a tensor the first dimension that indexes it.
  std::map<std::pair<void*, int>, std::pair<int, int>> readers;
  for (size_t o = 0; o < graph.ops.size(); ++o) {
    const int index = static_cast<int>(o);
    ForEachSharedDim(graph.ops[o], [&](LinalgOp producer, int here, int there) {
      shared.unionSets({index, here}, {graph.IndexOf(producer), there});
    });
    for (mlir::OpOperand& operand : graph.ops[o]->getOpOperands()) {
      for (auto [axis, e] : llvm::enumerate(graph.ops[o].getMatchingIndexingMap(&operand).getResults())) {
        auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(e);
        if (!dim) continue;
        const std::pair<int, int> self = {index, static_cast<int>(dim.getPosition())};
        auto [it, first] =
            readers.try_emplace({operand.get().getAsOpaquePointer(), static_cast<int>(axis)}, self);
        if (!first) shared.unionSets(it->second, self);
      }
    }
  }
  std::map<std::pair<int, int>, int> numbers;
  for (size_t o = 0; o < graph.ops.size(); ++o) {
    graph.classes.emplace_back();
    for (unsigned d = 0; d < graph.ops[o].getNumLoops(); ++d) {
      const auto leader = shared.getLeaderValue({static_cast<int>(o), static_cast<int>(d)});
      graph.classes.back().push_back(numbers.try_emplace(leader, graph.num_classes).first->second);
      graph.num_classes = static_cast<int>(numbers.size());
    }
  }
}

// Returns for each dimension of each operation the dimension of operation `nest_op` that tiling it tiles.
std::vector<std::vector<int>> FindNestDims(PayloadGraph& graph, int nest_op) {
  std::vector<std::vector<int>> nest_dims(graph.ops.size());
  std::vector<int>& identity = nest_dims[nest_op];
  identity.resize(graph.ops[nest_op].getNumLoops());
  std::iota(identity.begin(), identity.end(), 0);
  for (size_t o = static_cast<size_t>(nest_op) + 1; o < graph.ops.size(); ++o) {  // producers come first
    LinalgOp op = graph.ops[o];
    std::vector<int> dims(op.getNumLoops(), -1);
    bool depends = false;
    for (mlir::Value operand : op->getOperands()) {
      const int producer = graph.IndexOf(operand.getDefiningOp());
      depends |= producer >= 0 && !nest_dims[producer].empty();
    }
    if (!depends) continue;
    ForEachSharedDim(op, [&](LinalgOp producer, int here, int there) {
      const std::vector<int>& through = nest_dims[graph.IndexOf(producer)];
      if (!through.empty() && dims[here] < 0) dims[here] = through[there];
    });
    nest_dims[o] = dims;
  }
  return nest_dims;
}

// Returns the operation with the most iterations. Of several, returns `anchor` if it is one of them, and
// otherwise the last.
int LargestOp(PayloadGraph& graph, mlir::Operation* anchor) {
  int largest = 0;
  for (size_t o = 1; o < graph.ops.size(); ++o) {
    const uint64_t most = Iterations(graph.ops[largest]), here = Iterations(graph.ops[o]);
    const bool keep_anchor = static_cast<mlir::Operation*>(graph.ops[largest]) == anchor;
    if (here > most || (here == most && !keep_anchor)) largest = static_cast<int>(o);
  }
  return largest;
}

void AddTerms(mlir::AffineExpr index, int64_t coefficient, std::vector<IndexTerm>& terms) {
  if (auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(index)) {
    terms.push_back({coefficient, static_cast<int>(dim.getPosition())});
  } else if (auto binary = mlir::dyn_cast<mlir::AffineBinaryOpExpr>(index)) {
    auto factor = mlir::dyn_cast<mlir::AffineConstantExpr>(binary.getRHS());
    if (binary.getKind() == mlir::AffineExprKind::Add) {
      AddTerms(binary.getLHS(), coefficient, terms);
      AddTerms(binary.getRHS(), coefficient, terms);
    } else if (binary.getKind() == mlir::AffineExprKind::Mul && factor) {
      AddTerms(
          binary.getLHS(),
          static_cast<int64_t>(static_cast<uint64_t>(coefficient) * static_cast<uint64_t>(factor.getValue())),
          terms);
    }
  }
}

}  // namespace

int PayloadGraph::IndexOf(mlir::Operation* op) const {
  for (size_t o = 0; o < ops.size(); ++o) {
    if (static_cast<mlir::Operation*>(ops[o]) == op) return static_cast<int>(o);
  }
  return -1;
}

PayloadGraph MakePayloadGraph(mlir::ModuleOp payload, mlir::Operation* anchor) {
  PayloadGraph graph;
  bool dynamic = false;
  payload.walk([&](LinalgOp op) {
    dynamic |= op.hasDynamicShape();
    graph.ops.push_back(op);
  });
  if (dynamic) graph.ops.clear();
  if (graph.ops.empty()) return graph;
  graph.nest_ops = {LargestOp(graph, anchor)};
  FindClasses(graph);
  for (int op : graph.nest_ops) graph.nest_dims.push_back(FindNestDims(graph, op));
  return graph;
}

std::vector<OperandAccess> OperandsOf(LinalgOp op) {
  std::vector<OperandAccess> operands;
  for (mlir::OpOperand& operand : op->getOpOperands()) {
    OperandAccess access;
    mlir::Type element = mlir::getElementTypeOrSelf(operand.get().getType());
    if (element.isIntOrFloat()) access.element_bytes = std::max(1u, element.getIntOrFloatBitWidth() / 8);
    mlir::BlockArgument argument = transform::FindArgument(operand.get());
    access.constant = argument && transform::HasArgumentAttr(argument, workload::kConstantAttr);
    for (mlir::AffineExpr index : op.getMatchingIndexingMap(&operand).getResults()) {
      AddTerms(index, 1, access.axes.emplace_back());
    }
    operands.push_back(std::move(access));
  }
  return operands;
}

}  // namespace diapason::compiler::space
