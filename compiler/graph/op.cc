#include "compiler/graph/op.h"

#include <cstddef>
#include <iterator>

#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

using enum OpTraits::ElementTypes;

constexpr OpTraits Unary(Op op, absl::string_view name, OpTraits::ElementTypes types,
                         NonNegative non_negative = NonNegative::kUnknown) {
  return {op, name, OpKind::kElementwise, 1, types, false, non_negative};
}
constexpr OpTraits Binary(Op op, absl::string_view name, OpTraits::ElementTypes types,
                          NonNegative non_negative = NonNegative::kUnknown) {
  return {op, name, OpKind::kElementwise, 2, types, false, non_negative};
}
constexpr OpTraits Predicate(Op op, absl::string_view name, int operands, OpTraits::ElementTypes types) {
  return {op, name, OpKind::kElementwise, operands, types, /*gives_bool=*/true};
}
constexpr OpTraits ViewOp(Op op, absl::string_view name) {
  return {op, name, OpKind::kView, 1, kAllTypes, false, NonNegative::kIfFirstIs};
}
constexpr OpTraits Anchor(Op op, absl::string_view name, OpKind kind, int operands, NonNegative non_negative,
                          StrideNeed strides, ResultOrder order, bool works_in_place = false) {
  return {op, name, kind, operands, kFloats, false, non_negative, strides, order, works_in_place};
}

constexpr OpTraits Portable(Op op, absl::string_view name, int operands, OpTraits::ElementTypes types) {
  return {op,
          name,
          OpKind::kPortable,
          operands,
          types,
          false,
          NonNegative::kUnknown,
          StrideNeed::kDense,
          ResultOrder::kRowMajor};
}

// Mod and Rem of floats are left out because no CPU has an instruction for them.
constexpr OpTraits kTraits[] = {
    Binary(Op::kAdd, "Add", kNumbers, NonNegative::kIfAllAre),
    Binary(Op::kSub, "Sub", kNumbers),
    Binary(Op::kMul, "Mul", kNumbers, NonNegative::kIfAllAre),
    Binary(Op::kDiv, "Div", kNumbers),
    Binary(Op::kMod, "Mod", kIntegers),
    Binary(Op::kRem, "Rem", kIntegers),
    Binary(Op::kPow, "Pow", kFloats),
    Binary(Op::kMax, "Max", kNumbers, NonNegative::kIfAnyIs),
    Binary(Op::kMin, "Min", kNumbers, NonNegative::kIfAllAre),
    Predicate(Op::kEqual, "Equal", 2, kComputed),
    Predicate(Op::kLess, "Less", 2, kNumbers),
    Predicate(Op::kLessOrEqual, "LessOrEqual", 2, kNumbers),
    {Op::kAnd, "And", OpKind::kElementwise, 2, kNoFloats},
    {Op::kOr, "Or", OpKind::kElementwise, 2, kNoFloats},
    {Op::kXor, "Xor", OpKind::kElementwise, 2, kNoFloats},
    Predicate(Op::kNot, "Not", 1, kBools),
    Predicate(Op::kIsNaN, "IsNaN", 1, kFloats),
    Unary(Op::kNeg, "Neg", kNumbers),
    Unary(Op::kAbs, "Abs", kNumbers, NonNegative::kAlways),
    Unary(Op::kExp, "Exp", kFloats, NonNegative::kAlways),
    Unary(Op::kExpm1, "Expm1", kFloats),
    Unary(Op::kLog, "Log", kFloats),
    Unary(Op::kLog1p, "Log1p", kFloats),
    Unary(Op::kSqrt, "Sqrt", kFloats, NonNegative::kAlways),
    Unary(Op::kErf, "Erf", kFloats),
    Unary(Op::kTanh, "Tanh", kFloats),
    Unary(Op::kSin, "Sin", kFloats),
    Unary(Op::kCos, "Cos", kFloats),
    Unary(Op::kFloor, "Floor", kFloats),
    Unary(Op::kCeil, "Ceil", kFloats),
    Unary(Op::kRound, "Round", kFloats),
    {Op::kWhere, "Where", OpKind::kElementwise, 3, kComputed},
    {Op::kCast, "Cast", OpKind::kElementwise, 1, kAllTypes},
    ViewOp(Op::kReshape, "Reshape"),
    ViewOp(Op::kTranspose, "Transpose"),
    ViewOp(Op::kSlice, "Slice"),
    ViewOp(Op::kExpand, "Expand"),
    {Op::kConcat, "Concat", OpKind::kConcat, OpTraits::kAnyNumber, kAllTypes, false, NonNegative::kIfAllAre},
    {Op::kInterleave, "Interleave", OpKind::kConcat, OpTraits::kAnyNumber, kAllTypes, false,
     NonNegative::kIfAllAre},
    Anchor(Op::kConv, "Conv", OpKind::kConvolution, 2, NonNegative::kUnknown, StrideNeed::kAdjacentChannels,
           ResultOrder::kChannelsLast, /*works_in_place=*/true),
    Anchor(Op::kMaxPool, "MaxPool", OpKind::kPooling, 1, NonNegative::kIfFirstIs,
           StrideNeed::kAdjacentChannels, ResultOrder::kChannelsLast),
    Anchor(Op::kAveragePool, "AveragePool", OpKind::kPooling, 1, NonNegative::kIfFirstIs,
           StrideNeed::kAdjacentChannels, ResultOrder::kChannelsLast),
    Anchor(Op::kMatMul, "MatMul", OpKind::kMatrixProduct, 2, NonNegative::kUnknown,
           StrideNeed::kAdjacentRowsOrColumns, ResultOrder::kRowMajor, /*works_in_place=*/true),
    {Op::kReduce, "Reduce", OpKind::kReduction, 1, kNumbers, false, NonNegative::kIfFirstIs},
    Anchor(Op::kSoftmax, "Softmax", OpKind::kRowwise, 1, NonNegative::kAlways, StrideNeed::kNone,
           ResultOrder::kAsOperand),
    Anchor(Op::kLogSoftmax, "LogSoftmax", OpKind::kRowwise, 1, NonNegative::kUnknown, StrideNeed::kNone,
           ResultOrder::kAsOperand),
    Anchor(Op::kLayerNormalization, "LayerNormalization", OpKind::kRowwise, 1, NonNegative::kUnknown,
           StrideNeed::kNone, ResultOrder::kAsOperand),
    {Op::kGather, "Gather", OpKind::kGather, 2, kAllTypes, false, NonNegative::kUnknown, StrideNeed::kNone,
     ResultOrder::kRowMajor},
    Portable(Op::kTopK, "TopK", 1, kAllTypes),
    Portable(Op::kScatterElements, "ScatterElements", 3, kAllTypes),
    Portable(Op::kScatterND, "ScatterND", 3, kAllTypes),
    Portable(Op::kJoin, "Join", 3, kAllTypes),
    Portable(Op::kNonZero, "NonZero", 1, kAllTypes),
    Portable(Op::kNonMaxSuppression, "NonMaxSuppression", 5, kAllTypes),
    Portable(Op::kUnique, "Unique", 1, kAllTypes),
    Portable(Op::kRoiAlign, "RoiAlign", 3, kAllTypes),
    {Op::kCopy, "Copy", OpKind::kCopy, 1, kAllTypes, false, NonNegative::kIfFirstIs},
};

constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < std::size(kTraits); ++i) {
    if (static_cast<size_t>(kTraits[i].op) != i) return false;
  }
  return static_cast<size_t>(Op::kCopy) + 1 == std::size(kTraits);
}
static_assert(RowsAreInOrder());

}  // namespace

bool OpTraits::Takes(v1::ElementType type) const {
  const uint8_t needed = type != ComputedType(type)      ? kStored
                         : type == v1::ELEMENT_TYPE_F32  ? kFloats
                         : type == v1::ELEMENT_TYPE_BOOL ? kBools
                                                         : kIntegers;
  return (element_types & needed) != 0;
}

const OpTraits& TraitsOf(Op op) { return kTraits[static_cast<size_t>(op)]; }

absl::Span<const OpTraits> AllOps() { return kTraits; }

absl::string_view ReductionName(Reduction reduction) {
  switch (reduction) {
    case Reduction::kSum:
      return "sum";
    case Reduction::kMean:
      return "mean";
    case Reduction::kProd:
      return "prod";
    case Reduction::kMax:
      return "max";
    case Reduction::kMin:
      return "min";
    case Reduction::kL1:
      return "l1";
    case Reduction::kL2:
      return "l2";
    case Reduction::kSumSquare:
      return "sum_square";
  }
  return "";
}

}  // namespace diapason::compiler::graph
