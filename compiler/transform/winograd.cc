#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>

#include "compiler/transform/loop_motion.h"
#include "compiler/transform/step_parameters.h"
#include "compiler/transform/transform_ops.h"
#include "compiler/transform/winograd_consumer.h"
#include "compiler/transform/winograd_tiles.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace diapason::compiler::transform {
namespace {

using llvm::SmallVector;
using mlir::DiagnosedSilenceableFailure;
using mlir::OpBuilder;
using mlir::OpFoldResult;
using mlir::RankedTensorType;
using mlir::Value;
using mlir::VectorType;

// The numbers of the convolution's loops.
enum Loop : unsigned { kBatch, kRow, kColumn, kOutChannel, kFilterRow, kFilterColumn, kInChannel, kNumLoops };

// The number of weights that are transformed at a time, in double precision. It is small because the
// code that gathers them should be short.
constexpr int64_t kPreciseLanes = 4;

// The weights of a block of output channels: the whole constant, and the place in it where the block begins.
struct Weights {
  mlir::TypedValue<RankedTensorType> all;
  mlir::AffineMap map;  // from the loops to the axes of `all`
  OpFoldResult first_channel;
};

unsigned AxisOf(mlir::AffineMap map, Loop loop) {
  return *map.getResultPosition(mlir::getAffineDimExpr(loop, map.getContext()));
}

// Rewrites one convolution, as WinogradOp describes.
class Winograd {
 public:
  // A tile has `outputs` rows and columns of results.
  Winograd(mlir::RewriterBase& rewriter, mlir::linalg::GenericOp conv, std::pair<int64_t, int64_t> outputs,
           int64_t lanes, int64_t split)
      : rewriter_(rewriter),
        conv_(conv),
        outputs_(outputs),
        lanes_(lanes),
        split_(split),
        loc_(conv.getLoc()) {}

  // Returns why the operation cannot be rewritten, or an empty text if it can.
  std::string WhyNot();

  // Requires that WhyNot() has returned an empty text. Returns the products.
  llvm::ArrayRef<mlir::Operation*> Rewrite();

 private:
  mlir::AffineExpr dim(unsigned number) { return rewriter_.getAffineDimExpr(number); }
  std::optional<Weights> FindWeights();
  Value TransformWeights(TileLoops& loops, const Weights& weights);
  Value BlockOf(Value transformed, const Weights& weights);
  Value TransformInput(TileLoops& loops);
  Value Multiply(Value input, Value weights, Value all, int64_t first, int64_t count);
  Value TransformOutput(TileLoops& loops, Value products, mlir::linalg::GenericOp consumer);

  mlir::RewriterBase& rewriter_;
  mlir::linalg::GenericOp conv_;
  std::pair<int64_t, int64_t> outputs_;
  int64_t lanes_;
  int64_t split_;
  mlir::Location loc_;
  SmallVector<int64_t> extents_;
  SmallVector<mlir::Operation*> products_;
};

std::optional<Weights> Winograd::FindWeights() {
  mlir::AffineMap map = conv_.getMatchingIndexingMap(conv_.getDpsInputOperand(1));
  Value value = conv_.getDpsInputOperand(1)->get();
  OpFoldResult first = OpBuilder(conv_).getIndexAttr(0);
  const unsigned channel_axis = AxisOf(map, kOutChannel);
  // The weights may have been sliced only into blocks of output channels, perhaps several times.
  while (auto slice = value.getDefiningOp<mlir::tensor::ExtractSliceOp>()) {
    value = slice.getSource();
    const auto type = llvm::cast<RankedTensorType>(value.getType());
    if (type.getRank() != slice.getType().getRank() || !slice.hasUnitStride()) return std::nullopt;
    for (unsigned axis = 0; axis < type.getRank(); ++axis) {
      if (axis != channel_axis && slice.getStaticSizes()[axis] != type.getDimSize(axis)) return std::nullopt;
    }
    OpBuilder builder(conv_);
    first = mlir::affine::makeComposedFoldedAffineApply(builder, loc_, dim(0) + dim(1),
                                                        {first, slice.getMixedOffsets()[channel_axis]});
  }
  return Weights{llvm::cast<mlir::TypedValue<RankedTensorType>>(value), map, first};
}

std::string Winograd::WhyNot() {
  const auto multiplies_and_adds = [](mlir::Operation* first, mlir::Operation* second) {
    return llvm::isa<mlir::arith::MulFOp>(first) && llvm::isa<mlir::arith::AddFOp>(second);
  };
  if (!mlir::linalg::detail::isContractionBody(*conv_.getBody(), multiplies_and_adds))
    return "the target does not add products";
  if (conv_.getNumLoops() != kNumLoops || conv_.getNumDpsInputs() != 2 || conv_.getNumDpsInits() != 1)
    return "the target is not a convolution of a batch of images";
  extents_ = conv_.getStaticLoopRanges();
  if (llvm::any_of(extents_, mlir::ShapedType::isDynamic)) return "the target's shape is dynamic";
  const SmallVector<mlir::AffineMap> maps = conv_.getIndexingMapsArray();
  const auto image = mlir::AffineMap::get(
      kNumLoops, 0,
      {dim(kBatch), dim(kRow) + dim(kFilterRow), dim(kColumn) + dim(kFilterColumn), dim(kInChannel)},
      rewriter_.getContext());
  const auto result = mlir::AffineMap::get(
      kNumLoops, 0, {dim(kBatch), dim(kRow), dim(kColumn), dim(kOutChannel)}, rewriter_.getContext());
  if (maps[0] != image || maps[2] != result || !maps[1].isProjectedPermutation() ||
      maps[1].getNumResults() != 4 || maps[1].isFunctionOfDim(kBatch) || maps[1].isFunctionOfDim(kRow) ||
      maps[1].isFunctionOfDim(kColumn))
    return "the target is not a dense convolution of stride 1 and dilation 1";
  for (Value value : conv_->getOperands()) {
    if (!mlir::getElementTypeOrSelf(value.getType()).isF32()) return "the target does not compute in f32";
  }
  if (lanes_ < 1 || extents_[kInChannel] % lanes_ != 0 || extents_[kOutChannel] % lanes_ != 0)
    return "the lanes do not divide the target's channels";
  for (auto [outputs, taps] : {std::pair(outputs_.first, extents_[kFilterRow]),
                               std::pair(outputs_.second, extents_[kFilterColumn])}) {
    if (outputs < 1 || outputs + taps - 1 > kMaxWinogradPoints)
      return "a tile of that many outputs has too many points";
  }
  const auto weights = FindWeights();
  if (!weights) return "the target's weights are not a block of output channels of a value of the function";
  if (!IsMultipleOf(weights->first_channel, extents_[kOutChannel]) ||
      weights->all.getType().getDimSize(AxisOf(weights->map, kOutChannel)) % extents_[kOutChannel] != 0)
    return "the target's output channels are not a block of all channels";
  return "";
}

// Returns the transformed weights: blocks of output channels x points x input channels x channels of a
// block. They are computed in double precision.
Value Winograd::TransformWeights(TileLoops& loops, const Weights& weights) {
  OpBuilder::InsertionGuard guard(rewriter_);
  rewriter_.setInsertionPointAfterValue(weights.all);
  const int64_t block = extents_[kOutChannel];
  const int64_t in_channels = extents_[kInChannel];
  const int64_t blocks = weights.all.getType().getDimSize(AxisOf(weights.map, kOutChannel)) / block;
  const int64_t lanes = std::gcd(block, kPreciseLanes);
  const auto taps_map =
      mlir::AffineMap::get(4, 0,
                           {dim(AxisOf(weights.map, kFilterRow)), dim(AxisOf(weights.map, kFilterColumn)),
                            dim(AxisOf(weights.map, kOutChannel))},
                           rewriter_.getContext());
  auto transform = [&](Value b, Value in, Value o, Value tensor) {
    SmallVector<Value> indices(4, loops.Index(0));
    indices[AxisOf(weights.map, kOutChannel)] = loops.Apply(dim(0) * block + dim(1), {b, o});
    indices[AxisOf(weights.map, kInChannel)] = in;
    const Value taps =
        loops.Read(weights.all, indices, {loops.rows().taps, loops.columns().taps, lanes}, taps_map);
    const auto wide =
        VectorType::get(llvm::cast<VectorType>(taps.getType()).getShape(), rewriter_.getF64Type());
    const Value points =
        loops.MultiplyBothSides(loops.rows().matrices.filter, loops.columns().matrices.filter,
                                mlir::arith::ExtFOp::create(rewriter_, loc_, wide, taps));
    const auto narrow =
        VectorType::get(llvm::cast<VectorType>(points.getType()).getShape(), rewriter_.getF32Type());
    const Value rounded = mlir::arith::TruncFOp::create(rewriter_, loc_, narrow, points);
    return loops.Write(loops.Reshape(rounded, {loops.NumPoints(), 1, lanes}), tensor,
                       {b, loops.Index(0), in, o});
  };
  const Value empty = loops.Empty({blocks, loops.NumPoints(), in_channels, block});
  return loops.For(blocks, 1, empty, [&](Value b, Value in_block) {
    return loops.For(in_channels, 1, in_block, [&](Value in, Value in_channel) {
      return loops.For(block, lanes, in_channel,
                       [&](Value o, Value innermost) { return transform(b, in, o, innermost); });
    });
  });
}

// Returns the part of the transformed weights that this block of output channels needs.
Value Winograd::BlockOf(Value transformed, const Weights& weights) {
  const Value first = mlir::getValueOrCreateConstantIndexOp(rewriter_, loc_, weights.first_channel);
  const OpFoldResult number = mlir::affine::makeComposedFoldedAffineApply(
      rewriter_, loc_, dim(0).floorDiv(extents_[kOutChannel]), {first});
  const auto shape = llvm::cast<RankedTensorType>(transformed.getType()).getShape();
  SmallVector<OpFoldResult> offsets(4, rewriter_.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes = mlir::getAsIndexOpFoldResult(rewriter_.getContext(), shape);
  const SmallVector<OpFoldResult> strides(4, rewriter_.getIndexAttr(1));
  offsets[0] = number;
  sizes[0] = rewriter_.getIndexAttr(1);
  return mlir::tensor::ExtractSliceOp::create(
      rewriter_, loc_, RankedTensorType::get(shape.drop_front(), rewriter_.getF32Type()), transformed,
      offsets, sizes, strides);
}

// Returns the transformed input: points x tiles x input channels. It is computed before the loops that the
// image does not depend on.
Value Winograd::TransformInput(TileLoops& loops) {
  OpBuilder::InsertionGuard guard(rewriter_);
  const Value tile = conv_.getDpsInputOperand(0)->get();
  rewriter_.setInsertionPoint(FrontOfLoops(conv_, tile));
  const Value image = ComputeInFront(rewriter_, tile);
  const Value empty = loops.Empty({loops.NumPoints(), loops.NumTiles(), extents_[kInChannel]});
  const int64_t height = loops.rows().Points(), width = loops.columns().Points();
  const auto all_rows = loops.rows().AllTiles(), all_columns = loops.columns().AllTiles();
  return loops.ForEachTile(
      all_rows, all_columns, extents_[kInChannel], empty, [&](const TileLoops::Place& at, Value tensor) {
        const Value inputs =
            loops.Read(image, {at.image, at.row, at.column, at.channel}, {height, width, lanes_});
        const Value by_rows = loops.Multiply(loops.rows().matrices.input, inputs, 0);
        // Row by row, so that few results wait in registers until they are written.
        for (int64_t row = 0; row < height; ++row) {
          const Value points = loops.Multiply(loops.columns().matrices.input, loops.Row(by_rows, row), 0);
          tensor = loops.Write(loops.Reshape(points, {width, 1, lanes_}), tensor,
                               {loops.Index(row * width), at.tile, at.channel});
        }
        return tensor;
      });
}

// Multiplies the tiles [first, first + count) and writes the products into `all`, points x tiles x o.
Value Winograd::Multiply(Value input, Value weights, Value all, int64_t first, int64_t count) {
  const auto part = [&](Value tensor) {
    const auto shape = llvm::cast<RankedTensorType>(tensor.getType()).getShape();
    SmallVector<OpFoldResult> offsets(3, rewriter_.getIndexAttr(0));
    SmallVector<OpFoldResult> sizes = mlir::getAsIndexOpFoldResult(rewriter_.getContext(), shape);
    offsets[1] = rewriter_.getIndexAttr(first);
    sizes[1] = rewriter_.getIndexAttr(count);
    return std::tuple(offsets, sizes, SmallVector<OpFoldResult>(3, rewriter_.getIndexAttr(1)));
  };
  const auto slice = [&](Value tensor) -> Value {
    if (llvm::cast<RankedTensorType>(tensor.getType()).getDimSize(1) == count) return tensor;
    const auto [offsets, sizes, strides] = part(tensor);
    return mlir::tensor::ExtractSliceOp::create(rewriter_, loc_, tensor, offsets, sizes, strides);
  };
  const Value zero = mlir::arith::ConstantOp::create(rewriter_, loc_, rewriter_.getF32FloatAttr(0));
  const Value zeros = mlir::linalg::FillOp::create(rewriter_, loc_, zero, slice(all)).getResult(0);
  mlir::AffineExpr p, t, o, i;
  bindDims(rewriter_.getContext(), p, t, o, i);
  const SmallVector<mlir::AffineExpr, 4> indices[] = {{p, t, i}, {p, i, o}, {p, t, o}};
  const auto maps = mlir::AffineMap::inferFromExprList(llvm::ArrayRef(indices), rewriter_.getContext());
  using mlir::utils::IteratorType;
  auto product = mlir::linalg::GenericOp::create(
      rewriter_, loc_, mlir::TypeRange{zeros.getType()}, mlir::ValueRange{slice(input), weights},
      mlir::ValueRange{zeros}, maps,
      {IteratorType::parallel, IteratorType::parallel, IteratorType::parallel, IteratorType::reduction});
  rewriter_.cloneRegionBefore(conv_.getRegion(), product.getRegion(), product.getRegion().end());
  product->setDiscardableAttrs(conv_->getDiscardableAttrDictionary());
  products_.push_back(product);
  if (zeros.getType() == all.getType()) return product.getResult(0);
  const auto [offsets, sizes, strides] = part(all);
  return mlir::tensor::InsertSliceOp::create(rewriter_, loc_, product.getResult(0), all, offsets, sizes,
                                             strides);
}

// Returns the outputs, or what the consumer makes of them. Each is written once, to the consumer's
// destination or a new tensor: start values that are read must not have been replaced.
Value Winograd::TransformOutput(TileLoops& loops, Value products, mlir::linalg::GenericOp consumer) {
  const Value starts = conv_.getDpsInitOperand(0)->get();
  const Value common = CommonStart(conv_);
  const bool from_zero = common && mlir::matchPattern(common, mlir::m_AnyZeroFloat());
  Value tensor = consumer ? consumer.getDpsInits()[0]
                          : loops.Empty(llvm::cast<RankedTensorType>(starts.getType()).getShape());
  const int64_t height = loops.rows().Points(), width = loops.columns().Points();
  const auto part_of = [](const Matrix& matrix, const TileRange& range) {
    return Matrix(matrix.begin() + range.first_output, matrix.begin() + range.first_output + range.outputs);
  };
  const auto transform = [&](const TileRange& rows, const TileRange& columns, const TileLoops::Place& at,
                             Value written) {
    const Value points = loops.Reshape(
        loops.Read(products, {loops.Index(0), at.tile, at.channel}, {loops.NumPoints(), 1, lanes_}),
        {height, width, lanes_});
    const Value by_rows = loops.Multiply(part_of(loops.rows().matrices.output, rows), points, 0);
    const int64_t shape[] = {columns.outputs, lanes_};
    for (int64_t row = 0; row < rows.outputs; ++row) {
      const Value place[] = {at.image, loops.Apply(dim(0) + row, at.row), at.column, at.channel};
      Value outputs =
          loops.Multiply(part_of(loops.columns().matrices.output, columns), loops.Row(by_rows, row), 0);
      Value start;
      if (!common) {
        start = loops.Read(starts, place, shape);
      } else if (!from_zero) {
        const bool is_vector = llvm::isa<RankedTensorType>(common.getType());
        start = loops.Broadcast(is_vector ? loops.Read(common, {at.channel}, {lanes_}) : common, shape);
      }
      if (start) outputs = mlir::arith::AddFOp::create(rewriter_, loc_, outputs, start);
      written = consumer ? ConsumeRow(rewriter_, loops, consumer, conv_, outputs, place, written)
                         : loops.Write(outputs, written, place);
    }
    return written;
  };
  for (const TileRange& rows : loops.rows().EachOutputOnce()) {
    for (const TileRange& columns : loops.columns().EachOutputOnce()) {
      tensor = loops.ForEachTile(
          rows, columns, extents_[kOutChannel], tensor,
          [&](const TileLoops::Place& at, Value written) { return transform(rows, columns, at, written); });
    }
  }
  return tensor;
}

llvm::ArrayRef<mlir::Operation*> Winograd::Rewrite() {
  mlir::Block& function = conv_->getParentOfType<mlir::FunctionOpInterface>().getFunctionBody().front();
  TileLoops loops(rewriter_, loc_, function, extents_[kBatch],
                  TileAxis(extents_[kRow], extents_[kFilterRow], outputs_.first),
                  TileAxis(extents_[kColumn], extents_[kFilterColumn], outputs_.second), lanes_);
  const Weights weights = *FindWeights();
  const Value transformed = TransformWeights(loops, weights);
  const Value input = TransformInput(loops);
  rewriter_.setInsertionPoint(conv_);
  const Value block = BlockOf(transformed, weights);
  Value products = loops.Empty({loops.NumPoints(), loops.NumTiles(), extents_[kOutChannel]});
  const int64_t split = split_ > 0 ? std::min(split_, loops.NumTiles()) : loops.NumTiles();
  products = Multiply(input, block, products, 0, split);
  if (split < loops.NumTiles()) products = Multiply(input, block, products, split, loops.NumTiles() - split);
  if (mlir::linalg::GenericOp consumer = FindRowConsumer(conv_)) {
    rewriter_.setInsertionPoint(consumer);
    rewriter_.replaceAllUsesWith(consumer->getResults(), TransformOutput(loops, products, consumer));
    rewriter_.eraseOp(consumer);
    rewriter_.eraseOp(conv_);
  } else {
    rewriter_.replaceOp(conv_, TransformOutput(loops, products, {}));
  }
  return products_;
}

}  // namespace

DiagnosedSilenceableFailure WinogradOp::apply(mlir::transform::TransformRewriter& rewriter,
                                              mlir::transform::TransformResults& results,
                                              mlir::transform::TransformState& state) {
  const auto rows = IntegerOf(state, getRows());
  const auto columns = IntegerOf(state, getColumns());
  const auto lanes = IntegerOf(state, getLanes());
  const auto split = IntegerOf(state, getSplit());
  if (!rows || !columns || !lanes || !split)
    return emitSilenceableError() << "rows, columns, lanes and split must each be one integer";
  SmallVector<mlir::Operation*> products;
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto conv = llvm::dyn_cast<mlir::linalg::GenericOp>(target);
    if (!conv) return emitSilenceableError() << "the target is not a linalg.generic";
    Winograd winograd(rewriter, conv, {*rows, *columns}, *lanes, *split);
    const std::string why = winograd.WhyNot();
    if (!why.empty()) return emitSilenceableError() << why;
    llvm::append_range(products, winograd.Rewrite());
  }
  results.set(llvm::cast<mlir::OpResult>(getProducts()), products);
  return DiagnosedSilenceableFailure::success();
}

void WinogradOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::consumesHandle(getTargetMutable(), effects);
  mlir::transform::onlyReadsHandle(getRowsMutable(), effects);
  mlir::transform::onlyReadsHandle(getColumnsMutable(), effects);
  mlir::transform::onlyReadsHandle(getLanesMutable(), effects);
  mlir::transform::onlyReadsHandle(getSplitMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
