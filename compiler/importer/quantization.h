// What the converters of quantised operators share. Quantised numbers are small integers (narrow_types.h),
// which the graph keeps as 32-bit integers. Each stands for (number - zero point) * scale.
#ifndef DIAPASON_COMPILER_IMPORTER_QUANTIZATION_H_
#define DIAPASON_COMPILER_IMPORTER_QUANTIZATION_H_

#include "compiler/importer/expression.h"

namespace diapason::compiler::importer {

// Returns the numbers as floats.
graph::ValueId ToFloat(const NodeConverter& node, Expression& e, graph::ValueId value);

// Returns operand `input`, a scale or a zero point, as floats that broadcast to a tensor of this rank: one
// number for all, or one for each position of the axis.
absl::StatusOr<graph::ValueId> AlongAxis(NodeConverter& node, Expression& e, size_t input, size_t rank,
                                         int64_t axis);

// Returns x / scale, rounded to the nearest even integer, plus the zero point, as the nearest number of the
// type. The zero point may be kNone.
graph::ValueId Quantized(Expression& e, graph::ValueId x, graph::ValueId scale, graph::ValueId zero_point,
                         const NarrowType& type);

// Returns the operand minus its zero point, as floats.
absl::StatusOr<graph::ValueId> Centred(NodeConverter& node, Expression& e, size_t input, size_t zero_point,
                                       int64_t axis);

// Returns the type of a zero point, which is that of the quantised numbers: uint8 if the operand is absent.
absl::StatusOr<const NarrowType*> TypeOfZeroPoint(const NodeConverter& node, size_t input);

// Requantises a product: its scale is that of both operands, and the result has the scale of operand
// `result_scale` and the zero point behind it.
absl::StatusOr<ValueIds> Requantized(NodeConverter& node, Expression& e, graph::ValueId product,
                                     graph::ValueId scale, size_t result_scale);

// Quantised numbers, and what they stand for.
struct QuantizedTensor {
  graph::ValueId numbers, scale, zero_point;
};
// Quantises x to uint8. The range is that of the elements and 0.
QuantizedTensor DynamicallyQuantized(NodeConverter& node, Expression& e, graph::ValueId x);

// The numbers minus their zero point, as floats, and their scale.
struct QuantizedFloats {
  graph::ValueId centred, scale;
};
QuantizedFloats DynamicallyRounded(NodeConverter& node, Expression& e, graph::ValueId x);

// Returns the floats that operand `input` stands for. Its scale and its zero point follow it.
absl::StatusOr<graph::ValueId> Dequantized(NodeConverter& node, Expression& e, size_t input, int64_t axis);

// Returns floats, quantised to the scale of operand `scale` and the zero point behind it, as the only output.
absl::StatusOr<ValueIds> QuantizedResult(NodeConverter& node, Expression& e, graph::ValueId value,
                                         size_t scale);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_QUANTIZATION_H_
