// The operators of a graph, and one table of what the compiler must know about each.
//
// The operators are few, with ONNX's names and semantics; import brings the spellings of all opsets to them.
// A bias, a scale or an activation is an elementwise operator behind its anchor; fusion (kernels.h) puts them
// together again.
#ifndef DIAPASON_COMPILER_GRAPH_OP_H_
#define DIAPASON_COMPILER_GRAPH_OP_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::graph {

enum class Op : uint8_t {
  // Elementwise, with broadcasting. element_ops.h says what each computes.
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,  // has the divisor's sign
  kRem,  // has the dividend's sign, as % in C
  kPow,
  kMax,
  kMin,
  kEqual,
  kLess,
  kLessOrEqual,
  kAnd,
  kOr,
  kXor,
  kNot,
  kIsNaN,
  kNeg,
  kAbs,
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSqrt,
  kErf,
  kTanh,
  kSin,
  kCos,
  kFloor,
  kCeil,
  kRound,
  kWhere,  // (condition, a, b)
  kCast,   // {to}
  // Views: the result's elements are elements of the operand.
  kReshape,    // {shape}
  kTranspose,  // {perm}
  kSlice,      // {starts, steps, shape}
  kExpand,     // {shape}
  kConcat,     // (parts...) {axis}
  // Anchors: each begins a kernel of its own.
  kConv,                // (input, weights) {strides, dilations, pads_begin, pads_end, group}
  kMaxPool,             // {kernel, strides, dilations, pads_begin, pads_end}
  kAveragePool,         // {kernel, strides, dilations, pads_begin, pads_end, count_include_pad}
  kMatMul,              // (a, b): at least two dimensions each; leading ones broadcast
  kReduce,              // {axes, kind}: reduced dimensions stay, as 1
  kSoftmax,             // {axis}
  kLogSoftmax,          // {axis}
  kLayerNormalization,  // {axis, epsilon}: over all dimensions from `axis` on
  // (data, indices) {axis}. A negative index counts from the end. An index outside of the axis is refused
  // where it is known; where it arrives when the model runs, it means the nearest element inside.
  kGather,
  kCopy,  // {dense}: made by layout planning only, where a value must lie in a second place
};

// Operators of one kind share the code that infers their shapes, evaluates them on constants, and writes
// their kernels.
enum class OpKind : uint8_t {
  kElementwise,
  kView,
  kConcat,
  kConvolution,
  kPooling,
  kMatrixProduct,
  kReduction,
  kRowwise,  // reduces each row, then uses the result on it
  kGather,
  kCopy,
};

// When all elements of the result are known to be at least 0 (or NaN).
enum class NonNegative : uint8_t { kUnknown, kAlways, kIfFirstIs, kIfAnyIs, kIfAllAre };

// Which strides an operator needs in its operands.
enum class StrideNeed : uint8_t {
  kNone,
  kAdjacentChannels,       // stride 1 along dimension 1 of the first operand
  kAdjacentRowsOrColumns,  // stride 1 along one of the last two dimensions of every operand
};

// The order in which the dimensions of the result lie in memory.
enum class ResultOrder : uint8_t { kAsOperand, kRowMajor, kChannelsLast };

struct OpTraits {
  // Sets of element types.
  enum ElementTypes : uint8_t { kFloats = 1, kIntegers = 2, kBools = 4, kNumbers = 3, kAllTypes = 7 };
  static constexpr int kAnyNumber = -1;

  Op op;
  absl::string_view name;
  OpKind kind;
  // kAnyNumber: at least one.
  int operands;
  // Of the operands; of a Where: of its last two; of a Gather: of its data.
  ElementTypes element_types;
  // If not, the result has the type of the operands; that of a Cast has the type of its attribute.
  bool gives_bool = false;
  NonNegative non_negative = NonNegative::kUnknown;
  StrideNeed strides = StrideNeed::kNone;
  ResultOrder order = ResultOrder::kAsOperand;
  // The operator's kernel may write over an operand of its epilogue that has the result's shape.
  bool works_in_place = false;

  bool Takes(v1::ElementType type) const;
};

const OpTraits& TraitsOf(Op op);

// All of them, in the order of the enumeration.
absl::Span<const OpTraits> AllOps();

inline absl::string_view OpName(Op op) { return TraitsOf(op).name; }
inline OpKind KindOf(Op op) { return TraitsOf(op).kind; }
inline bool IsElementwise(Op op) { return KindOf(op) == OpKind::kElementwise; }
inline bool IsView(Op op) { return KindOf(op) == OpKind::kView; }
// A window slides over the dimensions behind the first two.
inline bool IsWindow(Op op) { return KindOf(op) == OpKind::kConvolution || KindOf(op) == OpKind::kPooling; }
// A view or a Concat only says where elements lie: it is no part of a kernel.
inline bool OnlyMovesElements(Op op) { return IsView(op) || KindOf(op) == OpKind::kConcat; }

// What a Reduce computes of the elements that it reduces (reduction.h).
enum class Reduction : uint8_t { kSum, kMean, kProd, kMax, kMin, kL1, kL2, kSumSquare };

// "sum", "mean", ...
absl::string_view ReductionName(Reduction reduction);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_OP_H_
