#include "tests/compiler/space/applied_loops.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "compiler/space/payload_graph.h"
#include "compiler/transform/registration.h"
#include "compiler/transform/transform_ops.h"
#include "compiler/workload/diagnostics.h"
#include "mlir/Dialect/Linalg/TransformOps/LinalgTransformOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Transform/Transforms/TransformInterpreterUtils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Parser/Parser.h"

namespace diapason::compiler::space {
namespace {

namespace tr = mlir::transform;

constexpr char kMain[] = "test.main";

bool MakesLoops(mlir::Operation* op) {
  return op
      ->walk([](mlir::Operation* inner) {
        bool makes = mlir::isa<tr::FuseOp, tr::TileUsingForOp, tr::TileUsingForallOp, tr::SplitOp,
                               transform::TileRootOp, transform::TilePlaneOp>(inner);
        if (auto include = mlir::dyn_cast<tr::IncludeOp>(inner)) {
          makes = MakesLoops(mlir::SymbolTable::lookupNearestSymbolFrom(include, include.getTarget()));
        }
        return makes ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

void CutBehindLoops(tr::NamedSequenceOp main) {
  for (mlir::Operation& op : llvm::make_early_inc_range(llvm::reverse(main.getBody().front()))) {
    if (op.hasTrait<mlir::OpTrait::IsTerminator>()) continue;
    if (MakesLoops(&op)) return;
    op.erase();
  }
}

int64_t TripCount(mlir::OpFoldResult low, mlir::OpFoldResult high, mlir::OpFoldResult step) {
  auto l = mlir::getConstantIntValue(low), h = mlir::getConstantIntValue(high),
       s = mlir::getConstantIntValue(step);
  return l && h && s ? (*h - *l + *s - 1) / *s : -1;
}

// Returns the trip counts of the loops around `op`, the outermost first.
std::vector<int64_t> TripCounts(mlir::Operation* op) {
  std::vector<int64_t> trips;
  for (mlir::Operation* parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
    std::vector<int64_t> here;
    if (auto loop = mlir::dyn_cast<mlir::scf::ForOp>(parent)) {
      here.push_back(TripCount(loop.getLowerBound(), loop.getUpperBound(), loop.getStep()));
    } else if (auto forall = mlir::dyn_cast<mlir::scf::ForallOp>(parent)) {
      auto low = forall.getMixedLowerBound(), high = forall.getMixedUpperBound(),
           step = forall.getMixedStep();
      auto order = forall->getAttrOfType<mlir::ArrayAttr>("diapason.order");
      for (size_t i = 0; i < low.size(); ++i) {
        const size_t d = order ? mlir::cast<mlir::IntegerAttr>(order[i]).getInt() : i;
        here.push_back(TripCount(low[d], high[d], step[d]));
      }
    }
    trips.insert(trips.begin(), here.begin(), here.end());
  }
  return trips;
}

std::string Describe(const std::vector<int64_t>& trips, llvm::ArrayRef<int64_t> tile) {
  std::vector<std::string> words;
  for (int64_t trip : trips) {
    if (trip != 1) words.push_back(absl::StrCat(trip));
  }
  words.push_back("|");
  for (int64_t size : tile) {
    if (size != 1) words.push_back(absl::StrCat(size));
  }
  return absl::StrJoin(words, " ");
}

}  // namespace

absl::StatusOr<Pieces> AppliedPieces(absl::string_view payload_text, absl::string_view script_text) {
  mlir::DialectRegistry registry;
  transform::RegisterDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  workload::DiagnosticCollector diagnostics(&context);
  auto parse = [&](absl::string_view text) {
    return mlir::parseSourceString<mlir::ModuleOp>(llvm::StringRef(text.data(), text.size()), &context);
  };
  auto payload = parse(payload_text), script = parse(script_text);
  if (!payload || !script)
    return absl::InvalidArgumentError(diagnostics.Text("the payload or the script is not valid MLIR"));
  PayloadGraph graph = MakePayloadGraph(*payload, nullptr);
  graph.ops[graph.nest_ops.front()]->setAttr(kMain, mlir::UnitAttr::get(&context));
  auto main = mlir::cast<tr::NamedSequenceOp>(
      mlir::SymbolTable::lookupSymbolIn(*script, tr::TransformDialect::kTransformEntryPointSymbolName));
  CutBehindLoops(main);
  if (mlir::failed(tr::applyTransformNamedSequence(*payload, main, *script, tr::TransformOptions()))) {
    return absl::InvalidArgumentError(diagnostics.Text("the script cannot be applied"));
  }
  Pieces pieces;
  // Tiling leaves chains of dead originals. They are erased in reverse order, so that uses go before
  // definitions.
  payload->walk<mlir::WalkOrder::PostOrder, mlir::ReverseIterator>([&](mlir::Operation* op) {
    if (mlir::isOpTriviallyDead(op)) op->erase();
  });
  payload->walk([&](mlir::linalg::LinalgOp op) {
    if (!op->hasAttr(kMain)) return;
    pieces.push_back(Describe(TripCounts(op), op.getStaticLoopRanges()));
  });
  std::sort(pieces.begin(), pieces.end());
  return pieces;
}

Pieces TracedPieces(absl::string_view loop_nest) {
  Pieces pieces;
  std::vector<int64_t> trips;
  for (absl::string_view line : absl::StrSplit(loop_nest, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    auto number = [&](size_t i) {
      int64_t n = 0;
      return absl::SimpleAtoi(words[i], &n) ? n : -1;
    };
    if (words[0] == "tile") {
      std::vector<int64_t> tile;
      for (size_t i = 1; i < words.size(); ++i) tile.push_back(number(i));
      pieces.push_back(Describe(trips, tile));
      trips.clear();
    } else {  // for d1 in EXTENT by STEP
      trips.push_back((number(3) + number(5) - 1) / number(5));
    }
  }
  std::sort(pieces.begin(), pieces.end());
  return pieces;
}

}  // namespace diapason::compiler::space
