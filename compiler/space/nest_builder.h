// One walk of the symbolic trace: steps in, loop nest out. Private to compiler/space; LoopTrace keeps what it finds.
#ifndef DIAPASON_COMPILER_SPACE_NEST_BUILDER_H_
#define DIAPASON_COMPILER_SPACE_NEST_BUILDER_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/space/anchor.h"
#include "compiler/space/loop_nest.h"
#include "compiler/space/payload_graph.h"
#include "compiler/space/sketch_program.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Linalg/TransformOps/LinalgTransformOps.h"

namespace diapason::compiler {

class NestBuilder {
 public:
  // `ask(slot, is_zero)` answers what the structure depends on: the slot's value, or whether it is zero. `see` is told
  // every parameter that shapes the nest.
  struct Environment {
    const SketchProgram& sketch;
    const Anchor& anchor;
    std::function<int64_t(int slot, bool is_zero)> ask;
    std::function<void(int slot)> see;
  };

  NestBuilder(Environment environment, const PayloadGraph& graph);

  // Follows the steps of a block. False: error() says at which one the trace ends.
  bool Follow(mlir::Block& block);

  const std::string& error() const { return error_; }
  LoopNest TakeNest() { return std::move(nest_); }

 private:
  // One loop. Pending: applied to a consumer only; fuse_into_containing_op brings the main operation under it.
  struct Tiling {
    int dim;        // of the main operation; -1: none
    int dim_class;  // of the tiled operation's dim
    int step;
    bool parallel;
  };
  struct Item {
    int op;     // of the graph
    int piece;  // of the nest
  };
  // What a handle stands for, as far as the trace follows it. Nothing: functions, modules, ops the trace ignores.
  struct Handle {
    std::vector<Item> ops;
    std::vector<std::pair<int, int>> loops;  // piece, loop
    std::vector<Tiling> pending;
    bool empty() const { return ops.empty() && loops.empty() && pending.empty(); }
  };

  bool Step(mlir::Operation& op);
  bool Fail(mlir::Operation& op, const std::string& why);

  void Find(mlir::transform::CollectMatchingOp op);
  void Match(mlir::transform::MatchOp op);
  bool Consumers(mlir::transform::GetConsumersOfResult op);
  bool Producer(mlir::transform::GetProducerOfOperand op);
  void SplitHandle(mlir::transform::SplitHandleOp op);
  void Merge(mlir::transform::MergeHandlesOp op);
  void Replicate(mlir::transform::ReplicateOp op);
  bool Annotate(mlir::transform::AnnotateOp op);
  bool Reorder(mlir::transform::AnnotateOp op, const Handle& forall);
  bool Alternatives(mlir::transform::tune::AlternativesOp op);
  bool Include(mlir::transform::IncludeOp op);

  bool Fuse(mlir::transform::FuseOp op);
  bool TileFor(mlir::transform::TileUsingForOp op);
  bool TileForall(mlir::transform::TileUsingForallOp op);
  bool FuseInto(mlir::transform::FuseIntoContainingOp op);
  bool TileRoot(TileRootOp op);
  bool Split(mlir::transform::SplitOp op);
  bool SplitDim(SplitDimOp op);
  bool Pack(PackOperandOp op);
  void Unroll(UnrollFullOp op);

  // The slots of sizes, in the order in which their loops stand; sizes of zero make no loop.
  struct SizedDim {
    int dim;  // of the tiled operation
    int step;
  };
  bool Sizes(mlir::Operation& op, const Handle& target, llvm::ArrayRef<mlir::OpFoldResult> sizes,
             std::vector<SizedDim>& out);
  // Whether the item's operation has a loop of that number; fails where it has not.
  bool HasLoop(mlir::Operation& op, const Item& item, int64_t loop);
  // Notes which of the loops that are to run in parallel are reductions.
  void NoteSharedReductions(mlir::Operation& op, const Item& item, const std::vector<SizedDim>& sizes);
  // Tiles the main operation in `item`'s piece; `alone`: producers are not fused. Appends the new loops to `loops`, one
  // handle for each size.
  void Tile(const Item& item, const std::vector<SizedDim>& sizes, bool alone, bool parallel,
            std::vector<Handle>& loops);
  void AddLoop(int piece, const Tiling& tiling, Handle& loop);

  std::vector<int> LivePieces() const;
  int SlotOf(mlir::Value parameter) const;  // -1: not known
  void Forward(mlir::Value from, mlir::Value to);
  int Constant(int64_t value);
  int Emit(Opcode op, int a, int b);
  bool IsKnown(int slot) const;
  int64_t Known(int slot) const;

  const Environment environment_;
  PayloadGraph graph_;  // dims change with split_dim
  LoopNest nest_;
  std::vector<std::vector<int>> class_tiles_;  // of each piece: slots, what is left of each class of dims
  std::vector<bool> own_known_;                // of each own slot
  std::map<int64_t, int> constants_;
  llvm::DenseMap<mlir::Value, Handle> handles_;
  llvm::DenseMap<mlir::Value, int>
      parameters_;                             // of block arguments and results that only pass a parameter on
  std::vector<std::set<std::string>> marks_;   // of each op
  std::vector<std::vector<bool>> reductions_;  // of each op's loops
  int steps_ = 0;
  size_t num_loops_ = 0;
  std::string error_;
};

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_SPACE_NEST_BUILDER_H_
