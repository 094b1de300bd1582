#include "compiler/transform/vector_pieces.h"

#include "llvm/ADT/bit.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace diapason::compiler::transform {
namespace {

Position RowPosition(mlir::VectorType type, int64_t row) {
  Position position(type.getRank() - 1);
  for (int64_t axis = type.getRank() - 2; axis >= 0; --axis) {
    position[axis] = row % type.getDimSize(axis);
    row /= type.getDimSize(axis);
  }
  return position;
}

int64_t NumRows(mlir::VectorType type) { return type.getNumElements() / type.getShape().back(); }

// Returns whether a vector needs no cutting.
bool IsPiece(mlir::VectorType type) {
  return type.isScalable() || type.getRank() == 0 ||
         (type.getRank() == 1 && llvm::isPowerOf2_64(static_cast<uint64_t>(type.getDimSize(0))));
}

PieceValues SplitIntoPieces(mlir::OpBuilder& b, mlir::TypeRange, mlir::ValueRange whole, mlir::Location loc) {
  PieceValues out;
  if (whole.size() != 1) return out;
  const auto type = llvm::cast<mlir::VectorType>(whole.front().getType());
  for (const VectorPiece& piece : PiecesOf(type)) {
    mlir::Value row = whole.front();
    if (type.getRank() > 1) row = mlir::vector::ExtractOp::create(b, loc, row, piece.row);
    if (piece.length != type.getShape().back())
      row = mlir::vector::ExtractStridedSliceOp::create(b, loc, row, {piece.start}, {piece.length}, {1});
    out.push_back(row);
  }
  return out;
}

mlir::Value Assemble(mlir::OpBuilder& b, mlir::VectorType type, mlir::ValueRange pieces, mlir::Location loc) {
  const auto row_type = mlir::VectorType::get({type.getShape().back()}, type.getElementType());
  mlir::Value out = mlir::ub::PoisonOp::create(b, loc, type), row;
  for (auto [piece, value] : llvm::zip(PiecesOf(type), pieces)) {
    if (piece.length == row_type.getDimSize(0)) {
      row = value;
    } else {
      if (piece.start == 0) row = mlir::ub::PoisonOp::create(b, loc, row_type);
      row = mlir::vector::InsertStridedSliceOp::create(b, loc, value, row, {piece.start}, {1});
    }
    if (piece.start + piece.length < row_type.getDimSize(0)) continue;
    out = type.getRank() == 1 ? row : mlir::vector::InsertOp::create(b, loc, row, out, piece.row).getResult();
  }
  return out;
}

}  // namespace

llvm::SmallVector<std::pair<int64_t, int64_t>> CutRow(int64_t length) {
  llvm::SmallVector<std::pair<int64_t, int64_t>> parts;
  for (int64_t start = 0; start < length; start += parts.back().second)
    parts.push_back({start, static_cast<int64_t>(llvm::bit_floor(static_cast<uint64_t>(length - start)))});
  return parts;
}

llvm::SmallVector<VectorPiece> PiecesOf(mlir::VectorType type) {
  llvm::SmallVector<VectorPiece> pieces;
  for (int64_t row = 0; row < NumRows(type); ++row) {
    for (auto [start, length] : CutRow(type.getShape().back()))
      pieces.push_back({RowPosition(type, row), start, length});
  }
  return pieces;
}

mlir::VectorType PieceType(mlir::VectorType type, const VectorPiece& piece) {
  return mlir::VectorType::get({piece.length}, type.getElementType());
}

PieceTypes::PieceTypes() {
  addConversion([](mlir::Type type) { return type; });
  addConversion([](mlir::VectorType type,
                   llvm::SmallVectorImpl<mlir::Type>& types) -> std::optional<mlir::LogicalResult> {
    if (IsPiece(type)) return std::nullopt;
    for (const VectorPiece& piece : PiecesOf(type)) types.push_back(PieceType(type, piece));
    return mlir::success();
  });
  addSourceMaterialization(Assemble);
  addTargetMaterialization(SplitIntoPieces);
}

}  // namespace diapason::compiler::transform
