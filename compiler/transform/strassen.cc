#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/transform/loop_motion.h"
#include "compiler/transform/step_parameters.h"
#include "compiler/transform/tensor_loops.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace diapason::compiler::transform {
namespace {

using llvm::SmallVector;
using mlir::DiagnosedSilenceableFailure;
using mlir::OpFoldResult;
using mlir::RankedTensorType;
using mlir::Value;
using mlir::tensor::ExtractSliceOp;

// V. Strassen, Gaussian Elimination is not Optimal (1969). Product p multiplies a sum of quarters of the left
// matrix by one of the right matrix, and each quarter of the result is a sum of products. A sum is given by
// its coefficients. Quarters are in the order 11, 12, 21, 22.
constexpr size_t kProducts = 7, kQuarters = 4;
using Coefficients = std::vector<int>;
const std::array<Coefficients, kProducts> kLeft = {
    {{1, 0, 0, 1}, {0, 0, 1, 1}, {1, 0, 0, 0}, {0, 0, 0, 1}, {1, 1, 0, 0}, {-1, 0, 1, 0}, {0, 1, 0, -1}}};
const std::array<Coefficients, kProducts> kRight = {
    {{1, 0, 0, 1}, {1, 0, 0, 0}, {0, 1, 0, -1}, {-1, 0, 1, 0}, {0, 0, 0, 1}, {1, 1, 0, 0}, {0, 0, 1, 1}}};
const std::array<Coefficients, kQuarters> kResult = {
    {{1, 0, 0, 1, -1, 0, 1}, {0, 0, 1, 0, 1, 0, 0}, {0, 1, 0, 1, 0, 0, 0}, {1, -1, 1, 0, 0, 1, 0}}};

// The numbers of the target's loops.
enum Loop : unsigned { kRow, kColumn, kDepth, kNumLoops };

// The part of a tensor of the function that the target reads, along one axis.
struct Part {
  Value all;
  OpFoldResult first;
};

// Rewrites one product, as StrassenOp describes.
class Strassen {
 public:
  Strassen(mlir::RewriterBase& rewriter, mlir::linalg::GenericOp product, int64_t lanes, int64_t split)
      : rewriter_(rewriter),
        product_(product),
        lanes_(lanes),
        split_(split),
        loc_(product.getLoc()),
        loops_(rewriter, product.getLoc()) {}

  // Returns why the operation cannot be rewritten, or an empty text if it can.
  std::string WhyNot();

  // Requires that WhyNot() has returned an empty text. Returns the products.
  llvm::ArrayRef<mlir::Operation*> Rewrite();

 private:
  mlir::AffineExpr dim(unsigned number) { return rewriter_.getAffineDimExpr(number); }
  OpFoldResult index(int64_t value) { return rewriter_.getIndexAttr(value); }
  int64_t Half(Loop loop) const { return (extents_[loop] + 1) / 2; }
  bool PartOf(unsigned operand, Loop loop, Part& part);
  Value SumOf(const Coefficients& coefficients, llvm::ArrayRef<Value> values);
  Value SumsOfRight();
  Value SumsOfLeft(mlir::Operation* stage);
  Value Slice(Value tensor, llvm::ArrayRef<OpFoldResult> first, llvm::ArrayRef<int64_t> sizes);
  Value Number(OpFoldResult first, int64_t size, int64_t scale);
  Value Multiply(Value left, Value right, Value all, int64_t first, int64_t count);
  mlir::linalg::GenericOp FindCopy();
  Value SumsOfProducts(Value products, Value destination);

  mlir::RewriterBase& rewriter_;
  mlir::linalg::GenericOp product_;
  int64_t lanes_;
  int64_t split_;
  mlir::Location loc_;
  TensorLoops loops_;
  SmallVector<int64_t> extents_;
  Part left_, right_;
  SmallVector<mlir::Operation*> products_;
};

// Finds the tensor of which an operand is a slice along the axis that `loop` indexes.
bool Strassen::PartOf(unsigned operand, Loop loop, Part& part) {
  const mlir::AffineMap map = product_.getMatchingIndexingMap(product_.getDpsInputOperand(operand));
  const unsigned sliced = *map.getResultPosition(dim(loop));
  part = {product_.getDpsInputOperand(operand)->get(), index(0)};
  if (auto slice = part.all.getDefiningOp<ExtractSliceOp>()) {
    const auto type = slice.getSourceType();
    if (type.getRank() != slice.getType().getRank() || !slice.hasUnitStride()) return false;
    for (unsigned axis = 0; axis < type.getRank(); ++axis) {
      if (axis != sliced && slice.getStaticSizes()[axis] != type.getDimSize(axis)) return false;
    }
    part = {slice.getSource(), slice.getMixedOffsets()[sliced]};
  }
  const auto type = llvm::cast<RankedTensorType>(part.all.getType());
  mlir::Block& body = product_->getParentOfType<mlir::FunctionOpInterface>().getFunctionBody().front();
  return type.hasStaticShape() && part.all.getParentBlock() == &body &&
         IsMultipleOf(part.first, extents_[loop]) && type.getDimSize(sliced) % extents_[loop] == 0;
}

std::string Strassen::WhyNot() {
  const auto multiplies_and_adds = [](mlir::Operation* first, mlir::Operation* second) {
    return llvm::isa<mlir::arith::MulFOp>(first) && llvm::isa<mlir::arith::AddFOp>(second);
  };
  if (!mlir::linalg::detail::isContractionBody(*product_.getBody(), multiplies_and_adds))
    return "the target does not add products";
  if (product_.getNumLoops() != kNumLoops || product_.getNumDpsInputs() != 2)
    return "the target is not a product of two matrices";
  extents_ = product_.getStaticLoopRanges();
  if (llvm::any_of(extents_, mlir::ShapedType::isDynamic)) return "the target's shape is dynamic";
  mlir::MLIRContext* context = rewriter_.getContext();
  const auto map = [&](Loop first, Loop second) {
    return mlir::AffineMap::get(kNumLoops, 0, {dim(first), dim(second)}, context);
  };
  const SmallVector<mlir::AffineMap> maps = product_.getIndexingMapsArray();
  if (maps[0] != map(kRow, kDepth) || maps[2] != map(kRow, kColumn) ||
      (maps[1] != map(kDepth, kColumn) && maps[1] != map(kColumn, kDepth)))
    return "the target is not a product of two matrices";
  for (Value value : product_->getOperands()) {
    if (!mlir::getElementTypeOrSelf(value.getType()).isF32()) return "the target does not compute in f32";
  }
  if (lanes_ < 1 || extents_[kDepth] % (2 * lanes_) != 0 || extents_[kColumn] % (2 * lanes_) != 0)
    return "the lanes do not divide half of the target's columns and of its reduction";
  if (!PartOf(0, kRow, left_)) return "the left matrix is not a band of rows of a value of the function";
  if (!PartOf(1, kColumn, right_))
    return "the right matrix is not a block of columns of a value of the function";
  return "";
}

// Returns the sum of the values whose coefficient is not 0.
Value Strassen::SumOf(const Coefficients& coefficients, llvm::ArrayRef<Value> values) {
  Value sum;
  for (const bool negative : {false, true}) {
    for (auto [coefficient, value] : llvm::zip(coefficients, values)) {
      if (coefficient == 0 || (coefficient < 0) != negative) continue;
      if (!sum)
        sum = value;
      else if (negative)
        sum = mlir::arith::SubFOp::create(rewriter_, loc_, sum, value);
      else
        sum = mlir::arith::AddFOp::create(rewriter_, loc_, sum, value);
    }
  }
  return sum;
}

// Returns the sums of the right matrix: blocks of columns x products x half of the depth x half of a block.
Value Strassen::SumsOfRight() {
  mlir::OpBuilder::InsertionGuard guard(rewriter_);
  rewriter_.setInsertionPointAfterValue(right_.all);
  const mlir::AffineMap map = product_.getMatchingIndexingMap(product_.getDpsInputOperand(1));
  const unsigned depth_axis = *map.getResultPosition(dim(kDepth)), column_axis = 1 - depth_axis;
  const auto along_columns = mlir::AffineMap::get(2, 0, dim(column_axis));
  const int64_t block = Half(kColumn), depth = Half(kDepth);
  const int64_t blocks =
      llvm::cast<RankedTensorType>(right_.all.getType()).getDimSize(column_axis) / extents_[kColumn];
  const Value empty = loops_.Empty({blocks, kProducts, depth, block});
  return loops_.For(blocks, 1, empty, [&](Value b, Value in_block) {
    return loops_.For(depth, 1, in_block, [&](Value k, Value in_row) {
      return loops_.For(block, lanes_, in_row, [&](Value j, Value tensor) {
        SmallVector<Value> quarters;
        for (int64_t quarter = 0; quarter < static_cast<int64_t>(kQuarters); ++quarter) {
          SmallVector<Value> at(2);
          at[depth_axis] = loops_.Apply(dim(0) + quarter / 2 * depth, {k});
          at[column_axis] = loops_.Apply(dim(0) * extents_[kColumn] + dim(1) + quarter % 2 * block, {b, j});
          quarters.push_back(loops_.Read(right_.all, at, {lanes_}, along_columns));
        }
        for (size_t p = 0; p < kProducts; ++p) {
          tensor = loops_.Write(SumOf(kRight[p], quarters), tensor,
                                {b, loops_.Index(static_cast<int64_t>(p)), k, j});
        }
        return tensor;
      });
    });
  });
}

// Returns the sums of the left matrix: products x halves of the bands of rows x half of the depth. They are
// computed by a parallel loop before `stage`. If a band has an odd number of rows, its halves share one.
Value Strassen::SumsOfLeft(mlir::Operation* stage) {
  mlir::OpBuilder::InsertionGuard guard(rewriter_);
  rewriter_.setInsertionPoint(stage);
  const int64_t rows = extents_[kRow], half = Half(kRow), depth = Half(kDepth);
  const int64_t bands = llvm::cast<RankedTensorType>(left_.all.getType()).getDimSize(0) / rows;
  constexpr int64_t kMostRows = 8;  // of a unit of work
  int64_t unit = std::min(kMostRows, half);
  while (half % unit != 0) --unit;
  const Value empty = loops_.Empty({kProducts, bands * half, depth});
  auto forall = mlir::scf::ForallOp::create(
      rewriter_, loc_, SmallVector<OpFoldResult>{index(0)}, SmallVector<OpFoldResult>{index(bands * half)},
      SmallVector<OpFoldResult>{index(unit)}, mlir::ValueRange{empty}, std::nullopt);
  const Value first = forall.getInductionVar(0), destination = forall.getRegionIterArgs().front();
  const SmallVector<OpFoldResult> offsets = {index(0), first, index(0)},
                                  sizes = {index(kProducts), index(unit), index(depth)}, strides(3, index(1));
  rewriter_.setInsertionPointToStart(forall.getBody());
  const Value slice = ExtractSliceOp::create(rewriter_, loc_, destination, offsets, sizes, strides);
  const Value sums = loops_.For(unit, 1, slice, [&](Value i, Value in_row) {
    const mlir::AffineExpr pair = dim(0) + dim(1);
    const mlir::AffineExpr top = pair.floorDiv(half) * rows + pair % half;
    return loops_.For(depth, lanes_, in_row, [&](Value k, Value tensor) {
      SmallVector<Value> quarters;
      for (int64_t quarter = 0; quarter < static_cast<int64_t>(kQuarters); ++quarter) {
        const Value row = loops_.Apply(top + quarter / 2 * (rows - half), {first, i});
        const Value column = loops_.Apply(dim(0) + quarter % 2 * depth, {k});
        quarters.push_back(loops_.Read(left_.all, {row, column}, {lanes_}));
      }
      for (size_t p = 0; p < kProducts; ++p) {
        tensor =
            loops_.Write(SumOf(kLeft[p], quarters), tensor, {loops_.Index(static_cast<int64_t>(p)), i, k});
      }
      return tensor;
    });
  });
  rewriter_.setInsertionPointToStart(forall.getTerminator().getBody());
  mlir::tensor::ParallelInsertSliceOp::create(rewriter_, loc_, sums, destination, offsets, sizes, strides);
  return forall.getResult(0);
}

// Returns a slice without the leading axes for which no size is given; they have one element.
Value Strassen::Slice(Value tensor, llvm::ArrayRef<OpFoldResult> first, llvm::ArrayRef<int64_t> sizes) {
  if (llvm::cast<RankedTensorType>(tensor.getType()).getShape() == sizes) return tensor;
  SmallVector<OpFoldResult> all_sizes(first.size() - sizes.size(), index(1));
  for (int64_t size : sizes) all_sizes.push_back(index(size));
  const SmallVector<OpFoldResult> strides(first.size(), index(1));
  return ExtractSliceOp::create(rewriter_, loc_, RankedTensorType::get(sizes, rewriter_.getF32Type()), tensor,
                                first, all_sizes, strides);
}

// Returns first / size * scale.
Value Strassen::Number(OpFoldResult first, int64_t size, int64_t scale) {
  const OpFoldResult number =
      mlir::affine::makeComposedFoldedAffineApply(rewriter_, loc_, dim(0).floorDiv(size) * scale, {first});
  return mlir::getValueOrCreateConstantIndexOp(rewriter_, loc_, number);
}

// Multiplies the rows [first, first + count) and writes the products into `all`, products x rows x columns.
Value Strassen::Multiply(Value left, Value right, Value all, int64_t first, int64_t count) {
  const auto rows = [&](Value tensor) {
    SmallVector<int64_t> sizes(llvm::cast<RankedTensorType>(tensor.getType()).getShape());
    sizes[1] = count;
    return Slice(tensor, {index(0), index(first), index(0)}, sizes);
  };
  const Value zero = mlir::arith::ConstantOp::create(rewriter_, loc_, rewriter_.getF32FloatAttr(0));
  const Value zeros = mlir::linalg::FillOp::create(rewriter_, loc_, zero, rows(all)).getResult(0);
  mlir::AffineExpr p, m, n, k;
  bindDims(rewriter_.getContext(), p, m, n, k);
  const SmallVector<mlir::AffineExpr, 4> indices[] = {{p, m, k}, {p, k, n}, {p, m, n}};
  const auto maps = mlir::AffineMap::inferFromExprList(llvm::ArrayRef(indices), rewriter_.getContext());
  using mlir::utils::IteratorType;
  auto product = mlir::linalg::GenericOp::create(
      rewriter_, loc_, mlir::TypeRange{zeros.getType()}, mlir::ValueRange{rows(left), right},
      mlir::ValueRange{zeros}, maps,
      {IteratorType::parallel, IteratorType::parallel, IteratorType::parallel, IteratorType::reduction});
  rewriter_.cloneRegionBefore(product_.getRegion(), product.getRegion(), product.getRegion().end());
  product->setDiscardableAttrs(product_->getDiscardableAttrDictionary());
  products_.push_back(product);
  if (zeros.getType() == all.getType()) return product.getResult(0);
  SmallVector<OpFoldResult> sizes = mlir::getAsIndexOpFoldResult(
      rewriter_.getContext(), llvm::cast<RankedTensorType>(zeros.getType()).getShape());
  return mlir::tensor::InsertSliceOp::create(rewriter_, loc_, product.getResult(0), all,
                                             SmallVector<OpFoldResult>{index(0), index(first), index(0)},
                                             sizes, SmallVector<OpFoldResult>(3, index(1)));
}

// Returns the operation that copies the target's result to somewhere else, if that is its only use, or null.
mlir::linalg::GenericOp Strassen::FindCopy() {
  if (!product_->hasOneUse()) return {};
  auto copy = llvm::dyn_cast<mlir::linalg::GenericOp>(*product_->user_begin());
  if (!copy || copy.getNumDpsInputs() != 1 || copy.getNumDpsInits() != 1 ||
      copy.getDpsInputOperand(0)->get() != product_->getResult(0) ||
      !llvm::all_of(copy.getIndexingMapsArray(), [](mlir::AffineMap map) { return map.isIdentity(); }))
    return {};
  const Value result = llvm::cast<mlir::linalg::YieldOp>(copy.getBody()->getTerminator()).getOperand(0);
  return result == copy.getBody()->getArgument(0) ? copy : mlir::linalg::GenericOp();
}

// Returns the quarters of the result, written to `destination`. They do not replace their start values,
// because a row that both halves have is written twice.
Value Strassen::SumsOfProducts(Value products, Value destination) {
  const Value starts = product_.getDpsInitOperand(0)->get();
  const Value common = CommonStart(product_);
  const bool from_zero = common && mlir::matchPattern(common, mlir::m_AnyZeroFloat());
  const int64_t half = Half(kRow), block = Half(kColumn);
  return loops_.For(half, 1, destination, [&](Value i, Value in_row) {
    return loops_.For(block, lanes_, in_row, [&](Value j, Value tensor) {
      SmallVector<Value> values;
      for (size_t p = 0; p < kProducts; ++p)
        values.push_back(loops_.Read(products, {loops_.Index(static_cast<int64_t>(p)), i, j}, {lanes_}));
      for (size_t quarter = 0; quarter < kQuarters; ++quarter) {
        const bool lower = quarter / 2 == 1, right = quarter % 2 == 1;
        const Value row = lower ? loops_.Apply(dim(0) + (extents_[kRow] - half), {i}) : i;
        const Value column = right ? loops_.Apply(dim(0) + block, {j}) : j;
        Value sum = SumOf(kResult[quarter], values), start;
        if (!common)
          start = loops_.Read(starts, {row, column}, {lanes_});
        else if (!from_zero)
          start = llvm::isa<RankedTensorType>(common.getType()) ? loops_.Read(common, {column}, {lanes_})
                                                                : loops_.Broadcast(common, {lanes_});
        if (start) sum = mlir::arith::AddFOp::create(rewriter_, loc_, sum, start);
        tensor = loops_.Write(sum, tensor, {row, column});
      }
      return tensor;
    });
  });
}

llvm::ArrayRef<mlir::Operation*> Strassen::Rewrite() {
  mlir::Block& body = product_->getParentOfType<mlir::FunctionOpInterface>().getFunctionBody().front();
  const Value all_right = SumsOfRight();
  const Value all_left = SumsOfLeft(body.findAncestorOpInBlock(*product_));
  rewriter_.setInsertionPoint(product_);
  const int64_t half = Half(kRow), depth = Half(kDepth), block = Half(kColumn);
  const Value left = Slice(all_left, {index(0), Number(left_.first, extents_[kRow], half), index(0)},
                           {kProducts, half, depth});
  const Value right =
      Slice(all_right, {Number(right_.first, extents_[kColumn], 1), index(0), index(0), index(0)},
            {kProducts, depth, block});
  Value products = loops_.Empty({kProducts, half, block});
  const int64_t split = split_ > 0 ? std::min(split_, half) : half;
  products = Multiply(left, right, products, 0, split);
  if (split < half) products = Multiply(left, right, products, split, half - split);
  if (mlir::linalg::GenericOp copy = FindCopy()) {
    rewriter_.setInsertionPoint(copy);
    rewriter_.replaceOp(copy, SumsOfProducts(products, copy.getDpsInitOperand(0)->get()));
    rewriter_.eraseOp(product_);
  } else {
    rewriter_.replaceOp(product_,
                        SumsOfProducts(products, loops_.Empty({extents_[kRow], extents_[kColumn]})));
  }
  return products_;
}

}  // namespace

DiagnosedSilenceableFailure StrassenOp::apply(mlir::transform::TransformRewriter& rewriter,
                                              mlir::transform::TransformResults& results,
                                              mlir::transform::TransformState& state) {
  const auto lanes = IntegerOf(state, getLanes());
  const auto split = IntegerOf(state, getSplit());
  if (!lanes || !split) return emitSilenceableError() << "lanes and split must each be one integer";
  SmallVector<mlir::Operation*> products;
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto product = llvm::dyn_cast<mlir::linalg::GenericOp>(target);
    if (!product) return emitSilenceableError() << "the target is not a linalg.generic";
    Strassen strassen(rewriter, product, *lanes, *split);
    const std::string why = strassen.WhyNot();
    if (!why.empty()) return emitSilenceableError() << why;
    llvm::append_range(products, strassen.Rewrite());
  }
  results.set(llvm::cast<mlir::OpResult>(getProducts()), products);
  return DiagnosedSilenceableFailure::success();
}

void StrassenOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::consumesHandle(getTargetMutable(), effects);
  mlir::transform::onlyReadsHandle(getLanesMutable(), effects);
  mlir::transform::onlyReadsHandle(getSplitMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
