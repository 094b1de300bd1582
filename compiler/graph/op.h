// The operators of a graph, and one table of what the compiler must know about each.
//
// The operators are few. They have ONNX's names and semantics, and the importer converts the operators
// of all opsets to them. A bias, a scale or an activation is an elementwise operator behind its anchor;
// fusion (kernels.h) computes them together with the anchor.
#ifndef DIAPASON_COMPILER_GRAPH_OP_H_
#define DIAPASON_COMPILER_GRAPH_OP_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::graph {

// An operator. The comments give its operands in parentheses and its attributes in braces.
enum class Op : uint8_t {
  // Elementwise, with broadcasting. element_ops.h says what each computes.
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,  // the result has the divisor's sign
  kRem,  // the result has the dividend's sign, as for % in C
  kPow,
  kMax,
  kMin,
  kEqual,
  kLess,
  kLessOrEqual,
  kAnd,  // of bools, or of the bits of integers; Or and Xor, too
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
  // (parts...) {axis}: takes one element along the axis from each part in turn. A part may have one element
  // more than those behind it.
  kInterleave,
  // Anchors: each begins a kernel of its own.
  kConv,                // (input, weights) {strides, dilations, pads_begin, pads_end, group}
  kMaxPool,             // {kernel, strides, dilations, pads_begin, pads_end}
  kAveragePool,         // {kernel, strides, dilations, pads_begin, pads_end, count_include_pad}
  kMatMul,              // (a, b): each has at least two dimensions; the leading ones broadcast
  kReduce,              // {axes, kind}: a reduced dimension stays, with extent 1
  kSoftmax,             // {axis}
  kLogSoftmax,          // {axis}
  kLayerNormalization,  // {axis, epsilon}: over all dimensions from `axis` on
  // (data, indices) {axis}. A negative index counts from the end. An index outside of the axis is an
  // error if it is known at compile time. If it is known only when the model runs, the nearest element
  // of the axis is read.
  kGather,
  // Portable kernels (portable.h): C functions, with dense operands and results.
  // (x) {axis, k, largest}: int64 positions of the k largest or smallest elements along the axis, in order
  kTopK,
  // (data, indices, updates) {axis, combine}: `combine` is one of DIAPASON_SCATTER_NONE, ...
  kScatterElements,
  kScatterND,  // (data, indices, updates) {combine}
  // (a, b, size) {axis}: the first `size` entries of a along the axis, then those of b, and then zeros
  kJoin,
  // The results of the following ones begin with the number of entries. Room for all possible entries is
  // behind it (portable_kernels.h).
  kNonZero,            // (x)
  kNonMaxSuppression,  // (boxes, scores, most, iou_threshold, score_threshold)
                       // {by_centre, has_threshold, most}
  kUnique,             // (x) {axis, sorted}
  kRoiAlign,           // (x, rois, batch_indices) {height, width, max, samples, half_pixel, scale}
  kCopy,               // {dense}: only layout planning adds it, if a value must lie in a second place
};

// Operators of one kind share the code that infers their shapes, evaluates them on constants, and writes
// their kernels.
enum class OpKind : uint8_t {
  kElementwise,
  kView,
  kConcat,  // joins parts
  kConvolution,
  kPooling,
  kMatrixProduct,
  kReduction,
  kRowwise,  // reduces each row, then applies the result to the row
  kGather,
  kPortable,  // a C function of the run-time computes it
  kCopy,
};

// When all elements of an operator's result are known to be at least 0, or NaN.
enum class NonNegative : uint8_t { kUnknown, kAlways, kIfFirstIs, kIfAnyIs, kIfAllAre };

// The strides that an operator needs in its operands.
enum class StrideNeed : uint8_t {
  kNone,
  kAdjacentChannels,       // stride 1 along dimension 1 of the first operand
  kAdjacentRowsOrColumns,  // stride 1 along either of the last two dimensions, in every operand
  kDense,                  // no gaps, row-major, in every operand and in the result
};

// The order in which the dimensions of the result lie in memory.
enum class ResultOrder : uint8_t { kAsOperand, kRowMajor, kChannelsLast };

// What the compiler must know about an operator.
struct OpTraits {
  // Sets of element types.
  // kStored stands for all types that are not computed with (proto/domain/element_type.h).
  enum ElementTypes : uint8_t {
    kFloats = 1,
    kIntegers = 2,
    kBools = 4,
    kStored = 8,
    kNumbers = kFloats | kIntegers,
    kNoFloats = kIntegers | kBools,
    kComputed = kNumbers | kBools,
    kAllTypes = kComputed | kStored,
  };
  // Stands for any number of operands from one on.
  static constexpr int kAnyNumber = -1;

  Op op;
  absl::string_view name;
  OpKind kind;
  int operands;  // the number of operands, or kAnyNumber
  // The types that the operands may have. For a Where these are the last two operands, for a Gather its
  // data.
  ElementTypes element_types;
  // Whether the result is of type bool. If not, the result has the type of the operands; the result of a
  // Cast has the type of its attribute.
  bool gives_bool = false;

  NonNegative non_negative = NonNegative::kUnknown;
  StrideNeed strides = StrideNeed::kNone;
  ResultOrder order = ResultOrder::kAsOperand;
  // Whether the operator's kernel may write over an operand of its epilogue that has the result's shape.
  bool works_in_place = false;

  // Whether the operator takes elements of that type.
  bool Takes(v1::ElementType type) const;
};

// Returns the operator's row of the table.
const OpTraits& TraitsOf(Op op);

// Returns the traits of all operators, in the order of the enumeration.
absl::Span<const OpTraits> AllOps();

// Short forms for fields of an operator's traits.
inline absl::string_view OpName(Op op) { return TraitsOf(op).name; }
inline OpKind KindOf(Op op) { return TraitsOf(op).kind; }
inline bool IsElementwise(Op op) { return KindOf(op) == OpKind::kElementwise; }
inline bool IsView(Op op) { return KindOf(op) == OpKind::kView; }
// Whether the operator slides a window over the dimensions behind the first two.
inline bool IsWindow(Op op) { return KindOf(op) == OpKind::kConvolution || KindOf(op) == OpKind::kPooling; }
// Whether the operator only changes where elements lie. Such an operator does not belong to a kernel.
inline bool OnlyMovesElements(Op op) { return IsView(op) || KindOf(op) == OpKind::kConcat; }

// What a Reduce computes from the elements that it reduces (reduction.h).
enum class Reduction : uint8_t { kSum, kMean, kProd, kMax, kMin, kL1, kL2, kSumSquare };

// Returns "sum", "mean", ...
absl::string_view ReductionName(Reduction reduction);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_OP_H_
