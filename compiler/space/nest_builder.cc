#include "compiler/space/nest_builder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/transform/tile_root.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/SymbolTable.h"

namespace diapason::compiler {
namespace {

namespace tr = mlir::transform;

constexpr llvm::StringRef kOrderAttr = "diapason.order";  // of an scf.forall; compiler/codegen reads it

// Sketches come from users: one whose includes or splits grow without measure is left untraced.
constexpr int kMaxSteps = 100'000;
constexpr size_t kMaxPieces = 1'000;
constexpr size_t kMaxLoops = 10'000;

// Steps that leave loops and tiles as they are, or turn tiles into what computes them. What works on functions and modules need not stand here,
// nor our own steps: those that make loops are followed by name.
bool LeavesNest(mlir::Operation& op) {
  static const llvm::StringSet<> kSteps = {
      "transform.apply_cse",
      "transform.apply_dce",
      "transform.apply_licm",
      "transform.apply_patterns",
      "transform.cast",
      "transform.debug.emit_remark_at",
      "transform.loop.hoist_loop_invariant_subsets",
      "transform.loop.unroll",
      "transform.print",
      "transform.structured.convert_to_loops",
      "transform.structured.generalize",
      "transform.structured.specialize",
      "transform.structured.vectorize",
      "transform.structured.vectorize_children_and_apply_patterns",
      "transform.yield",
  };
  const llvm::StringRef name = op.getName().getStringRef();
  return kSteps.contains(name) || name.starts_with("transform.diapason.");
}

// Whether a region decides on loops, itself or through the sequences it includes.
bool MakesLoops(mlir::Region& region) {
  return region
      .walk([](mlir::Operation* op) {
        if (auto include = mlir::dyn_cast<tr::IncludeOp>(op)) {
          auto sequence =
              mlir::SymbolTable::lookupNearestSymbolFrom<tr::NamedSequenceOp>(include, include.getTarget());
          return sequence && MakesLoops(sequence.getBody()) ? mlir::WalkResult::interrupt()
                                                            : mlir::WalkResult::advance();
        }
        return mlir::isa<tr::FuseOp, tr::TileUsingForOp, tr::TileUsingForallOp, tr::FuseIntoContainingOp,
                         tr::SplitOp, TileRootOp, SplitDimOp, PackOperandOp>(op)
                   ? mlir::WalkResult::interrupt()
                   : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

}  // namespace

NestBuilder::NestBuilder(Environment environment, const PayloadGraph& graph)
    : environment_(std::move(environment)), graph_(graph), marks_(graph.ops.size()) {
  mlir::linalg::LinalgOp main = graph_.ops[graph_.main];
  for (mlir::utils::IteratorType kind : main.getIteratorTypesArray()) {
    nest_.reduction.push_back(kind == mlir::utils::IteratorType::reduction);
  }
  nest_.operands = OperandsOf(main);
  Piece whole;
  for (int64_t extent : main.getStaticLoopRanges()) whole.tile.push_back(Constant(extent));
  nest_.pieces.push_back(std::move(whole));
  std::vector<int>& extents = class_tiles_.emplace_back(graph_.num_classes);
  for (size_t o = 0; o < graph_.ops.size(); ++o) {
    std::vector<bool>& reductions = reductions_.emplace_back();
    for (mlir::utils::IteratorType kind : graph_.ops[o].getIteratorTypesArray())
      reductions.push_back(kind == mlir::utils::IteratorType::reduction);
    for (auto [dim, extent] : llvm::enumerate(graph_.ops[o].getStaticLoopRanges())) {
      extents[graph_.classes[o][dim]] = Constant(extent);
    }
  }
}

bool NestBuilder::Fail(mlir::Operation& op, const std::string& why) {
  error_ = absl::StrCat(LocationOf(&op), ": ", op.getName().getStringRef().str(), ": ", why);
  return false;
}

bool NestBuilder::Follow(mlir::Block& block) {
  return llvm::all_of(block, [this](mlir::Operation& op) {
    if (++steps_ > kMaxSteps || nest_.pieces.size() > kMaxPieces || num_loops_ > kMaxLoops)
      return Fail(op, "the sketch makes more steps, pieces or loops than are traced");
    return Step(op);
  });
}

bool NestBuilder::Step(mlir::Operation& op) {
  auto done = [](auto&&) { return true; };
  return llvm::TypeSwitch<mlir::Operation*, bool>(&op)
      .Case([&](tr::CollectMatchingOp o) { return done((Find(o), 0)); })
      .Case([&](tr::MatchOp o) { return done((Match(o), 0)); })
      .Case([&](tr::GetConsumersOfResult o) { return Consumers(o); })
      .Case([&](tr::GetProducerOfOperand o) { return Producer(o); })
      .Case([&](tr::SplitHandleOp o) { return done((SplitHandle(o), 0)); })
      .Case([&](tr::MergeHandlesOp o) { return done((Merge(o), 0)); })
      .Case([&](tr::ReplicateOp o) { return done((Replicate(o), 0)); })
      .Case([&](tr::AnnotateOp o) { return Annotate(o); })
      .Case([&](tr::tune::AlternativesOp o) { return Alternatives(o); })
      .Case([&](tr::IncludeOp o) { return Include(o); })
      .Case([&](tr::FuseOp o) { return Fuse(o); })
      .Case([&](tr::TileUsingForOp o) { return TileFor(o); })
      .Case([&](tr::TileUsingForallOp o) { return TileForall(o); })
      .Case([&](tr::FuseIntoContainingOp o) { return FuseInto(o); })
      .Case([&](TileRootOp o) { return TileRoot(o); })
      .Case([&](tr::SplitOp o) { return Split(o); })
      .Case([&](SplitDimOp o) { return SplitDim(o); })
      .Case([&](PackOperandOp o) { return Pack(o); })
      .Case([&](UnrollFullOp o) { return done((Unroll(o), 0)); })
      .Default([&](mlir::Operation* o) {
        if (LeavesNest(*o)) {
          for (auto [from, to] : llvm::zip(o->getOperands(), o->getResults())) Forward(from, to);
          return true;
        }
        for (mlir::Value operand : o->getOperands()) {
          if (!handles_.lookup(operand).empty()) return Fail(*o, "what it does to the loops is not known");
        }
        return true;
      });
}

// ---- handles and parameters

std::vector<int> NestBuilder::LivePieces() const {
  std::vector<int> live;
  for (size_t p = 0; p < nest_.pieces.size(); ++p) {
    if (nest_.pieces[p].live) live.push_back(static_cast<int>(p));
  }
  return live;
}

int NestBuilder::SlotOf(mlir::Value parameter) const {
  auto passed = parameters_.find(parameter);
  if (passed != parameters_.end()) return passed->second;
  auto slot = environment_.sketch.slots.find(parameter);
  return slot == environment_.sketch.slots.end() ? -1 : slot->second;
}

void NestBuilder::Forward(mlir::Value from, mlir::Value to) {
  handles_[to] = Handle(handles_.lookup(from));
  const int slot = SlotOf(from);
  if (slot >= 0) {
    parameters_[to] = slot;
  } else {
    parameters_.erase(to);
  }
}

void NestBuilder::Find(tr::CollectMatchingOp op) {
  if (op != environment_.anchor.matcher || !environment_.anchor.op) return;
  for (mlir::OpResult result : op->getResults()) {
    if (mlir::isa<tr::TransformParamTypeInterface>(result.getType())) continue;
    handles_[result].ops = {{graph_.IndexOf(environment_.anchor.op), 0}};
    return;
  }
}

void NestBuilder::Match(tr::MatchOp op) {
  Handle found;
  auto named = [&](llvm::StringRef name) {
    return !op.getOps() || llvm::any_of(op.getOps()->getAsValueRange<mlir::StringAttr>(),
                                        [&](llvm::StringRef n) { return n == name; });
  };
  std::vector<std::string> marks;
  if (auto attributes = op.getOpAttrs()) {
    for (mlir::NamedAttribute a : *attributes) marks.push_back(a.getName().str());
  }
  const bool filtered = op.getOps() || op.getInterface() || !marks.empty();
  const bool linalg = !op.getInterface() || *op.getInterface() == tr::MatchInterfaceEnum::LinalgOp ||
                      *op.getInterface() == tr::MatchInterfaceEnum::TilingInterface;
  for (size_t o = 0; filtered && linalg && o < graph_.ops.size(); ++o) {
    auto has = [&](const std::string& mark) { return marks_[o].count(mark) || graph_.ops[o]->hasAttr(mark); };
    if (!named(graph_.ops[o]->getName().getStringRef()) || !llvm::all_of(marks, has)) continue;
    for (int piece : LivePieces()) found.ops.push_back({static_cast<int>(o), piece});
  }
  for (int piece : LivePieces()) {
    for (size_t l = 0; !marks.empty() && l < nest_.pieces[piece].loops.size(); ++l) {
      const Loop& loop = nest_.pieces[piece].loops[l];
      auto has = [&](const std::string& mark) {
        return absl::StrCat(" ", loop.marks, " ").find(absl::StrCat(" ", mark, " ")) != std::string::npos;
      };
      if (named(loop.parallel ? "scf.forall" : "scf.for") && llvm::all_of(marks, has))
        found.loops.emplace_back(piece, l);
    }
  }
  handles_[op.getResult()] = std::move(found);
}

bool NestBuilder::Consumers(tr::GetConsumersOfResult op) {
  Handle consumers;
  for (const Item& item : handles_.lookup(op.getTarget()).ops) {
    if (op.getResultNumber() >= graph_.ops[item.op]->getNumResults())
      return Fail(*op, absl::StrCat("the operation has no result ", op.getResultNumber()));
    for (mlir::Operation* user : graph_.ops[item.op]->getResult(op.getResultNumber()).getUsers()) {
      const int index = graph_.IndexOf(user);
      if (index >= 0) consumers.ops.push_back({index, item.piece});
    }
  }
  handles_[op.getResult()] = std::move(consumers);
  return true;
}

bool NestBuilder::Producer(tr::GetProducerOfOperand op) {
  Handle producers;
  for (const Item& item : handles_.lookup(op.getTarget()).ops) {
    if (op.getOperandNumber() >= graph_.ops[item.op]->getNumOperands())
      return Fail(*op, absl::StrCat("the operation has no operand ", op.getOperandNumber()));
    const int index = graph_.IndexOf(graph_.ops[item.op]->getOperand(op.getOperandNumber()).getDefiningOp());
    if (index >= 0) producers.ops.push_back({index, item.piece});
  }
  handles_[op.getResult()] = std::move(producers);
  return true;
}

void NestBuilder::SplitHandle(tr::SplitHandleOp op) {
  const Handle all = handles_.lookup(op.getHandle());
  for (mlir::OpResult result : op.getResults()) {
    const size_t i = result.getResultNumber();
    Handle& one = handles_[result];
    one = Handle();
    if (i < all.ops.size()) one.ops = {all.ops[i]};
    if (all.ops.empty() && i < all.loops.size()) one.loops = {all.loops[i]};
  }
}

void NestBuilder::Merge(tr::MergeHandlesOp op) {
  Handle all;
  for (mlir::Value part : op.getHandles()) {
    const Handle handle = handles_.lookup(part);
    all.ops.insert(all.ops.end(), handle.ops.begin(), handle.ops.end());
    all.loops.insert(all.loops.end(), handle.loops.begin(), handle.loops.end());
  }
  handles_[op.getResult()] = std::move(all);
}

void NestBuilder::Replicate(tr::ReplicateOp op) {
  for (auto [from, to] : llvm::zip(op.getHandles(), op.getReplicated())) Forward(from, to);
}

bool NestBuilder::Annotate(tr::AnnotateOp op) {
  const Handle handle = handles_.lookup(op.getTarget());
  for (const Item& item : handle.ops) marks_[item.op].insert(op.getName().str());
  if (op.getName() == kOrderAttr) return Reorder(op, handle);
  for (auto [piece, index] : handle.loops) {
    std::string& marks = nest_.pieces[piece].loops[index].marks;
    absl::StrAppend(&marks, marks.empty() ? "" : " ", op.getName().str());
  }
  return true;
}

// The loops of a scf.forall run in the order that the annotation lists, slowest first.
bool NestBuilder::Reorder(tr::AnnotateOp op, const Handle& forall) {
  auto constant = op.getParam() ? op.getParam().getDefiningOp<tr::ParamConstantOp>() : nullptr;
  auto list = constant ? mlir::dyn_cast<mlir::ArrayAttr>(constant.getValue()) : nullptr;
  if (!list || list.empty() || forall.loops.empty() || forall.loops.size() % list.size() != 0) return true;
  std::vector<size_t> order;
  for (mlir::Attribute place : list) {
    auto number = mlir::dyn_cast<mlir::IntegerAttr>(place);
    const int64_t index = number && number.getValue().getSignificantBits() <= 64 ? number.getInt() : -1;
    if (index < 0 || index >= static_cast<int64_t>(list.size()) ||
        llvm::is_contained(order, static_cast<size_t>(index)))
      return Fail(*op, "the order is no permutation of the loop's dimensions");
    order.push_back(static_cast<size_t>(index));
  }
  for (size_t first = 0; first < forall.loops.size(); first += order.size()) {
    const int piece = forall.loops[first].first;
    std::vector<Loop> reordered;
    for (size_t place : order) {
      const auto& [other_piece, index] = forall.loops[first + place];
      if (other_piece != piece) return Fail(*op, "the order is that of loops of different operations");
      reordered.push_back(nest_.pieces[piece].loops[index]);
    }
    for (size_t i = 0; i < reordered.size(); ++i)
      nest_.pieces[piece].loops[forall.loops[first + i].second] = reordered[i];
  }
  return true;
}

// ---- control

bool NestBuilder::Alternatives(tr::tune::AlternativesOp op) {
  int selector = environment_.sketch.SelectorOf(op);
  if (selector < 0 && op.getSelectedRegionParam()) selector = SlotOf(op.getSelectedRegionParam());
  if (selector < 0) return Fail(*op, "which region runs is known to the interpreter only");
  const int64_t selected = environment_.ask(selector, /*is_zero=*/false);
  if (selected < 0 || selected >= op->getNumRegions())
    return Fail(*op, absl::StrCat("there is no region ", selected));
  if (llvm::any_of(op->getRegions(), [](mlir::Region& region) { return MakesLoops(region); }))
    environment_.see(selector);
  mlir::Block& block = op->getRegion(static_cast<unsigned>(selected)).front();
  if (!Follow(block)) return false;
  for (auto [from, to] : llvm::zip(block.getTerminator()->getOperands(), op->getResults())) Forward(from, to);
  return true;
}

bool NestBuilder::Include(tr::IncludeOp op) {
  auto sequence = mlir::SymbolTable::lookupNearestSymbolFrom<tr::NamedSequenceOp>(op, op.getTarget());
  if (!sequence || sequence.isExternal()) return Fail(*op, "the sequence has no body here");
  if (llvm::is_contained(environment_.sketch.constraint_sequences, sequence)) return true;
  mlir::Block& block = sequence.getBody().front();
  for (auto [from, to] : llvm::zip(op->getOperands(), block.getArguments())) Forward(from, to);
  if (!Follow(block)) return false;
  for (auto [from, to] : llvm::zip(block.getTerminator()->getOperands(), op->getResults())) Forward(from, to);
  return true;
}

// ---- loops

bool NestBuilder::HasLoop(mlir::Operation& op, const Item& item, int64_t loop) {
  const auto loops = static_cast<int64_t>(graph_.classes[item.op].size());
  return loop < loops ||
         Fail(op, absl::StrCat("loop ", loop, " is tiled or split, and the operation has ", loops, " loops"));
}

void NestBuilder::NoteSharedReductions(mlir::Operation& op, const Item& item,
                                       const std::vector<SizedDim>& sizes) {
  const std::vector<int>& main_dim = graph_.main_dim[item.op];
  for (const SizedDim& size : sizes) {
    if (!reductions_[item.op][size.dim]) continue;
    const int dim = main_dim.empty() ? -1 : main_dim[size.dim];
    const int extent = dim >= 0 ? nest_.pieces[item.piece].tile[dim]
                                : class_tiles_[item.piece][graph_.classes[item.op][size.dim]];
    const std::string text = absl::StrCat(LocationOf(&op), ": ", op.getName().getStringRef().str(), ": loop ",
                                          size.dim, " of the operation");
    nest_.shared_reductions.push_back({text, size.step, extent});
  }
}

bool NestBuilder::Sizes(mlir::Operation& op, const Handle& target, llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        std::vector<SizedDim>& out) {
  for (const Item& item : target.ops) {
    if (!HasLoop(op, item, static_cast<int64_t>(sizes.size()) - 1)) return false;
  }
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    if (auto literal = mlir::getConstantIntValue(size)) {
      if (*literal != 0) out.push_back({static_cast<int>(dim), Constant(*literal)});
      continue;
    }
    const int slot = SlotOf(mlir::cast<mlir::Value>(size));
    if (slot < 0) return Fail(op, "a size is known to the interpreter only");
    environment_.see(slot);
    if (environment_.ask(slot, /*is_zero=*/true) == 0) out.push_back({static_cast<int>(dim), slot});
  }
  return true;
}

void NestBuilder::AddLoop(int piece, const Tiling& tiling, Handle& loop) {
  Piece& p = nest_.pieces[piece];
  int& tile = tiling.dim < 0 ? class_tiles_[piece][tiling.dim_class] : p.tile[tiling.dim];
  p.loops.push_back({tiling.dim, tiling.step, tile, tiling.parallel, false, ""});
  tile = Emit(Opcode::kMin, tiling.step, tile);
  ++num_loops_;
  loop.loops.emplace_back(piece, static_cast<int>(p.loops.size()) - 1);
}

void NestBuilder::Tile(const Item& item, const std::vector<SizedDim>& sizes, bool alone, bool parallel,
                       std::vector<Handle>& loops) {
  loops.resize(std::max(loops.size(), sizes.size()));
  const std::vector<int>& main_dim = graph_.main_dim[item.op];
  if (main_dim.empty() || (alone && item.op != graph_.main)) return;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int dim = sizes[i].dim;
    AddLoop(item.piece, {main_dim[dim], graph_.classes[item.op][dim], sizes[i].step, parallel}, loops[i]);
  }
}

bool NestBuilder::Fuse(tr::FuseOp op) {
  const Handle target = handles_.lookup(op.getTarget());
  std::vector<SizedDim> sizes;
  if (!Sizes(*op, target, op.getMixedTileSizes(), sizes)) return false;
  std::vector<SizedDim> ordered;
  for (mlir::OpFoldResult place : op.getMixedTileInterchange()) {
    std::optional<int64_t> index = mlir::getConstantIntValue(place);
    if (!index) {
      const int slot = SlotOf(mlir::cast<mlir::Value>(place));
      if (slot < 0) return Fail(*op, "the order of the loops is known to the interpreter only");
      environment_.see(slot);
      index = environment_.ask(slot, /*is_zero=*/false);
    }
    if (*index < 0 || *index >= static_cast<int64_t>(sizes.size()))
      return Fail(*op, "the order is no permutation");
    const int dim = sizes[*index].dim;
    if (llvm::any_of(ordered, [dim](const SizedDim& size) { return size.dim == dim; }))
      return Fail(*op, "the order is no permutation");
    ordered.push_back(sizes[*index]);
  }
  if (!ordered.empty() && ordered.size() != sizes.size()) return Fail(*op, "the order is no permutation");
  if (!ordered.empty()) sizes = ordered;
  std::vector<Handle> loops;
  for (const Item& item : target.ops) {
    if (op.getUseForall()) NoteSharedReductions(*op, item, sizes);
    Tile(item, sizes, /*alone=*/false, op.getUseForall(), loops);
  }
  handles_[op.getTransformed()] = target;
  if (op.getUseForall() && op.getLoops().size() == 1) {  // one scf.forall
    Handle forall;
    for (const Handle& loop : loops)
      forall.loops.insert(forall.loops.end(), loop.loops.begin(), loop.loops.end());
    handles_[op.getLoops().front()] = std::move(forall);
  } else {
    for (auto [result, loop] : llvm::zip(op.getLoops(), loops)) handles_[result] = loop;
  }
  return true;
}

bool NestBuilder::TileFor(tr::TileUsingForOp op) {
  const Handle target = handles_.lookup(op.getTarget());
  std::vector<SizedDim> sizes;
  if (!Sizes(*op, target, op.getMixedSizes(), sizes)) return false;
  if (!op.getInterchange().empty()) {
    std::vector<SizedDim> ordered;
    for (int64_t place : op.getInterchange()) {
      auto dim = llvm::find_if(sizes, [&](const SizedDim& s) { return s.dim == place; });
      if (dim == sizes.end()) continue;
      if (llvm::any_of(ordered, [place](const SizedDim& size) { return size.dim == place; }))
        return Fail(*op, "the order is no permutation");
      ordered.push_back(*dim);
    }
    sizes = ordered;
  }
  std::vector<Handle> loops;
  for (const Item& item : target.ops) Tile(item, sizes, /*alone=*/true, /*parallel=*/false, loops);
  handles_[op.getTiledLinalgOp()] = target;
  for (auto [result, loop] : llvm::zip(op.getLoops(), loops)) handles_[result] = loop;
  return true;
}

bool NestBuilder::TileForall(tr::TileUsingForallOp op) {
  const Handle target = handles_.lookup(op.getTarget());
  handles_[op.getTiledOp()] = target;
  if (target.ops.empty()) return true;
  if (!op.getMixedNumThreads().empty() || op.getPackedNumThreads() || op.getPackedTileSizes()) {
    return Fail(*op, "only tile_sizes are traced");
  }
  std::vector<SizedDim> sizes;
  if (!Sizes(*op, target, op.getMixedTileSizes(), sizes)) return false;
  std::vector<Handle> loops;
  Handle forall;
  for (const Item& item : target.ops) {
    NoteSharedReductions(*op, item, sizes);
    Tile(item, sizes, /*alone=*/true, /*parallel=*/true, loops);
    if (item.op == graph_.main || graph_.main_dim[item.op].empty()) continue;
    for (const SizedDim& size : sizes) {
      forall.pending.push_back(
          {graph_.main_dim[item.op][size.dim], graph_.classes[item.op][size.dim], size.step, true});
    }
  }
  for (const Handle& loop : loops)
    forall.loops.insert(forall.loops.end(), loop.loops.begin(), loop.loops.end());
  handles_[op.getForallOp()] = std::move(forall);
  return true;
}

bool NestBuilder::FuseInto(tr::FuseIntoContainingOp op) {
  const Handle producer = handles_.lookup(op.getProducerOp());
  Handle containing = handles_.lookup(op.getContainingOp());
  for (const Item& item : producer.ops) {
    if (item.op != graph_.main) continue;
    for (const Tiling& tiling : containing.pending) {
      AddLoop(item.piece, tiling, containing);
    }
    containing.pending.clear();
  }
  handles_[op.getFusedOp()] = producer;
  handles_[op.getNewContainingOp()] = containing;
  return true;
}

bool NestBuilder::TileRoot(TileRootOp op) {
  const Handle target = handles_.lookup(op.getTarget());
  const int grain = SlotOf(op.getGrain());
  if (grain < 0) return Fail(*op, "the grain is known to the interpreter only");
  environment_.see(grain);
  Handle all;
  for (const Item& item : target.ops) {
    std::vector<SizedDim> sizes;
    for (auto [dim, size] :
         llvm::enumerate(RootTileSizes(graph_.ops[item.op], environment_.ask(grain, /*is_zero=*/false)))) {
      if (size != 0) sizes.push_back({static_cast<int>(dim), Constant(size)});
    }
    std::vector<Handle> loops;
    Tile(item, sizes, /*alone=*/false, /*parallel=*/true, loops);
    for (const Handle& loop : loops) all.loops.insert(all.loops.end(), loop.loops.begin(), loop.loops.end());
  }
  handles_[op.getLoops()] = std::move(all);
  return true;
}

bool NestBuilder::Split(tr::SplitOp op) {
  const Handle target = handles_.lookup(op.getTarget());
  if (op.getMultiway()) return target.ops.empty() || Fail(*op, "a multiway split is not traced");
  int size = -1;
  if (op.getDynamicChunkSizes()) {
    size = SlotOf(op.getDynamicChunkSizes());
    if (size < 0) return Fail(*op, "the size is known to the interpreter only");
    environment_.see(size);
  } else {
    size = Constant(op.getStaticChunkSizes());
  }
  Handle parts;
  for (const Item& item : target.ops) {
    if (!HasLoop(*op, item, static_cast<int64_t>(op.getDimension()))) return false;
    const std::vector<int>& main_dim = graph_.main_dim[item.op];
    const int dim = main_dim.empty() ? -1 : main_dim[op.getDimension()];
    Item second = item;
    if (dim >= 0) {
      Piece low = nest_.pieces[item.piece], high = low;
      high.tile[dim] = Emit(Opcode::kSub, low.tile[dim], size);
      low.tile[dim] = size;
      nest_.pieces[item.piece].live = false;
      nest_.pieces.push_back(std::move(low));
      nest_.pieces.push_back(std::move(high));
      for (int i = 0; i < 2; ++i) class_tiles_.push_back(class_tiles_[item.piece]);
      const int last = static_cast<int>(nest_.pieces.size()) - 1;
      parts.ops.push_back({item.op, last - 1});
      second.piece = last;
    } else {
      parts.ops.push_back(item);
    }
    parts.ops.push_back(second);
  }
  handles_[op.getSplitList()] = std::move(parts);
  return true;
}

bool NestBuilder::SplitDim(SplitDimOp op) {
  const Handle target = handles_.lookup(op.getTarget());
  if (target.ops.empty()) return true;
  const int size = SlotOf(op.getSize());
  if (size < 0) return Fail(*op, "the size is known to the interpreter only");
  environment_.see(size);
  if (!HasLoop(*op, target.ops.front(), static_cast<int64_t>(op.getDimension()))) return false;
  const int split = graph_.classes[target.ops.front().op][op.getDimension()];
  const std::vector<int>& main_classes = graph_.classes[graph_.main];
  const auto main_at = llvm::find(main_classes, split);
  const int at = main_at == main_classes.end() ? -1 : static_cast<int>(main_at - main_classes.begin());
  for (size_t o = 0; o < graph_.ops.size(); ++o) {
    std::vector<int>&classes = graph_.classes[o], &dims = graph_.main_dim[o];
    for (int& dim : dims) dim += at >= 0 && dim > at;
    auto here = llvm::find(classes, split);
    if (here == classes.end()) continue;
    const size_t d = static_cast<size_t>(here - classes.begin());
    classes.insert(here + 1, graph_.num_classes);
    reductions_[o].insert(reductions_[o].begin() + d, reductions_[o][d]);
    if (!dims.empty()) dims.insert(dims.begin() + d + 1, dims[d] < 0 ? -1 : dims[d] + 1);
  }
  ++graph_.num_classes;
  for (std::vector<int>& tiles : class_tiles_) {
    tiles.push_back(size);
    tiles[split] = Emit(Opcode::kDiv, tiles[split], size);
  }
  if (at < 0) return true;

  nest_.reduction.insert(nest_.reduction.begin() + at, nest_.reduction[at]);
  for (OperandAccess& operand : nest_.operands) {
    std::vector<std::vector<IndexTerm>> axes;
    for (std::vector<IndexTerm> terms : operand.axes) {
      const bool hit = terms.size() == 1 && terms[0].dim == at;
      for (IndexTerm& term : terms) term.dim += term.dim > at;
      axes.push_back(terms);
      if (hit) axes.push_back({{1, at + 1}});
    }
    operand.axes = std::move(axes);
  }
  for (Piece& piece : nest_.pieces) {
    const int extent = piece.tile[at];
    piece.tile[at] = Emit(Opcode::kDiv, extent, size);
    piece.tile.insert(piece.tile.begin() + at + 1, size);
    for (Loop& loop : piece.loops) loop.dim += loop.dim > at;
  }
  return true;
}

bool NestBuilder::Pack(PackOperandOp op) {
  for (const Item& item : handles_.lookup(op.getTarget()).ops) {
    if (op.getOperand() >= graph_.ops[item.op]->getNumOperands())
      return Fail(*op, absl::StrCat("the operation has no operand ", op.getOperand()));
    std::vector<std::vector<IndexTerm>> axes;
    for (int64_t loop : op.getLoops()) {
      if (loop < 0) return Fail(*op, "a loop has a negative number");
      if (!HasLoop(*op, item, loop)) return false;
      axes.push_back({{1, static_cast<int>(loop)}});
    }
    if (item.op != graph_.main || op.getOperand() >= nest_.operands.size()) continue;
    OperandAccess& operand = nest_.operands[op.getOperand()];
    operand.axes = std::move(axes);
    operand.packed = true;
  }
  return true;
}

void NestBuilder::Unroll(UnrollFullOp op) {
  for (auto [piece, loop] : handles_.lookup(op.getTarget()).loops)
    nest_.pieces[piece].loops[loop].unrolled = true;
}

// ---- sizes

int NestBuilder::Constant(int64_t value) {
  auto [it, inserted] = constants_.try_emplace(value, 0);
  if (inserted) {
    it->second = environment_.sketch.constraints.num_slots() + static_cast<int>(nest_.own_slots.size());
    nest_.own_slots.push_back(value);
    own_known_.push_back(true);
  }
  return it->second;
}

bool NestBuilder::IsKnown(int slot) const {
  const int parameters = environment_.sketch.constraints.num_slots();
  return slot < parameters ? environment_.sketch.constraints.KnobsOf(slot).empty()
                           : own_known_[slot - parameters];
}

int64_t NestBuilder::Known(int slot) const {
  const int parameters = environment_.sketch.constraints.num_slots();
  return slot < parameters ? environment_.sketch.constraints.Known(slot) : nest_.own_slots[slot - parameters];
}

int NestBuilder::Emit(Opcode op, int a, int b) {
  if (IsKnown(a) && IsKnown(b)) {
    int64_t values[3] = {Known(a), Known(b), 0};
    Execute({op, 2, 0, 1}, values);
    return Constant(values[2]);
  }
  const int slot = environment_.sketch.constraints.num_slots() + static_cast<int>(nest_.own_slots.size());
  nest_.own_slots.push_back(0);
  own_known_.push_back(false);
  nest_.instructions.push_back({op, slot, a, b});
  return slot;
}

}  // namespace diapason::compiler
