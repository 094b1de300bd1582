// The functions that convert ONNX nodes. The table in operators.cc says which function converts which
// operator.
//
// Each function returns the values of the node's outputs. It returns Unimplemented for a form of the
// operator that is not supported, and InvalidArgument for a node that is wrong.
#ifndef DIAPASON_COMPILER_IMPORTER_CONVERTERS_H_
#define DIAPASON_COMPILER_IMPORTER_CONVERTERS_H_

#include "absl/status/statusor.h"
#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

class Expression;

// convert_activations.cc
absl::StatusOr<ValueIds> ConvertRelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSigmoid(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertHardSigmoid(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertHardSwish(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSwish(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSoftplus(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSoftsign(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMish(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLeakyRelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertElu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertCelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertThresholdedRelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertReciprocal(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSign(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertPRelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertShrink(NodeConverter& node);

// PowerOfIntegers converts a Pow whose operands are integers. convert_bits.cc
absl::StatusOr<ValueIds> ConvertBitwise(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertBitwiseNot(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertBitShift(NodeConverter& node);
absl::StatusOr<ValueIds> PowerOfIntegers(NodeConverter& node);

// Those with Microsoft in their names, and ConvertMultiHeadAttention and ConvertGroupQueryAttention, convert
// operators of the domain com.microsoft. convert_attention.cc
absl::StatusOr<ValueIds> ConvertAttention(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMicrosoftAttention(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMultiHeadAttention(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertRotaryEmbedding(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMicrosoftRotaryEmbedding(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGroupQueryAttention(NodeConverter& node);

// convert_fused.cc
absl::StatusOr<ValueIds> ConvertFusedConv(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertFusedGemm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertFusedMatMul(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertBiasGelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertFastGelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQuickGelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSkipLayerNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSkipSimplifiedLayerNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertEmbedLayerNorm(NodeConverter& node);

// convert_quantized_operators.cc
absl::StatusOr<ValueIds> ConvertQLinearBinary(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQLinearSigmoid(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQLinearLeakyRelu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQLinearAveragePool(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQLinearGlobalAveragePool(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQLinearConcat(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQGemm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertDynamicQuantizeMatMul(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMatMulIntegerToFloat(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMatMulNBits(NodeConverter& node);

// convert_constants.cc
absl::StatusOr<ValueIds> ConvertConstant(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertConstantOfShape(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertShape(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSize(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertRange(NodeConverter& node);

// convert_control_flow.cc
absl::StatusOr<ValueIds> ConvertIf(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLoop(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertScan(NodeConverter& node);

// ConvertSame converts operators that have the same meaning in the graph, ConvertVariadic those that
// combine any number of operands, and ConvertSwapped those that the graph has with swapped operands.
// convert_elementwise.cc
absl::StatusOr<ValueIds> ConvertSame(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertVariadic(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMean(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSwapped(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMod(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertPow(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertCast(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertIdentity(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertDropout(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertClip(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertIsInf(NodeConverter& node);

// convert_trigonometry.cc
absl::StatusOr<ValueIds> ConvertAsin(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertAcos(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertAtan(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertTan(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSinh(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertCosh(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertAsinh(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertAcosh(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertAtanh(NodeConverter& node);

// convert_einsum.cc
absl::StatusOr<ValueIds> ConvertEinsum(NodeConverter& node);

// convert_gather.cc
absl::StatusOr<ValueIds> ConvertGather(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGatherND(NodeConverter& node);

// convert_grid_sample.cc
absl::StatusOr<ValueIds> ConvertGridSample(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertAffineGrid(NodeConverter& node);

// JoinParts joins the values along an axis, which exists. convert_joins.cc
absl::StatusOr<graph::ValueId> JoinParts(NodeConverter& node, const ValueIds& parts, int64_t axis);
absl::StatusOr<ValueIds> ConvertConcat(NodeConverter& node);

// convert_losses.cc
absl::StatusOr<ValueIds> ConvertNegativeLogLikelihoodLoss(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSoftmaxCrossEntropyLoss(NodeConverter& node);

// convert_ml.cc
absl::StatusOr<ValueIds> ConvertArrayFeatureExtractor(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertScaler(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertBinarizer(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertImputer(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertNormalizer(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLabelEncoder(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLinearRegressor(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLinearClassifier(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertTreeEnsembleRegressor(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertTreeEnsembleClassifier(NodeConverter& node);

// convert_norms.cc
absl::StatusOr<ValueIds> ConvertSoftmax(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLayerNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertBatchNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertInstanceNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGroupNorm(NodeConverter& node);
// Returns x / sqrt(mean(x^2) + epsilon), where the mean is over the axes. convert_norms.cc
graph::ValueId OverRootMeanSquare(Expression& e, graph::ValueId x, std::vector<int64_t> axes, double epsilon);
absl::StatusOr<ValueIds> ConvertRmsNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLpNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMeanVarianceNorm(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLrn(NodeConverter& node);

// convert_pad.cc
absl::StatusOr<ValueIds> ConvertPad(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertCenterCropPad(NodeConverter& node);

// convert_portable.cc
absl::StatusOr<ValueIds> ConvertTopK(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertNonZero(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertCompress(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertUnique(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertNonMaxSuppression(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertRoiAlign(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMaxUnpool(NodeConverter& node);

// convert_products.cc
absl::StatusOr<ValueIds> ConvertMatMul(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGemm(NodeConverter& node);

// convert_reductions.cc
absl::StatusOr<ValueIds> ConvertReduce(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGlobalMaxPool(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGlobalAveragePool(NodeConverter& node);

// convert_quantization.cc
absl::StatusOr<ValueIds> ConvertQuantize(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertDequantize(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertDynamicQuantize(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMatMulInteger(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertConvInteger(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQLinearMatMul(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertQLinearConv(NodeConverter& node);

// convert_recurrent.cc
absl::StatusOr<ValueIds> ConvertRnn(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGru(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLstm(NodeConverter& node);

// convert_resize.cc
absl::StatusOr<ValueIds> ConvertResize(NodeConverter& node);

// convert_scatter.cc
absl::StatusOr<ValueIds> ConvertScatterElements(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertScatterND(NodeConverter& node);

// convert_selection.cc
absl::StatusOr<ValueIds> ConvertArgExtreme(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertCumSum(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertTensorScatter(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertOneHot(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertTrilu(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertEyeLike(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGatherElements(NodeConverter& node);
// Returns the elements of `data` at these positions along the axis, which count from its start and exist.
graph::ValueId GatherAlong(Expression& e, graph::ValueId data, graph::ValueId positions, int64_t axis);
absl::StatusOr<ValueIds> ConvertHardmax(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertReverseSequence(NodeConverter& node);

// ConvertOptional converts Optional and OptionalGetElement. convert_sequences.cc
absl::StatusOr<ValueIds> ConvertSequenceEmpty(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSequenceConstruct(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSequenceInsert(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSequenceErase(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSequenceAt(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSequenceLength(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSplitToSequence(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertConcatFromSequence(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSequenceMap(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertOptional(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertOptionalHasElement(NodeConverter& node);

// convert_slice.cc
absl::StatusOr<ValueIds> ConvertSlice(NodeConverter& node);

// convert_spectra.cc
absl::StatusOr<ValueIds> ConvertDft(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertStft(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertHannWindow(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertHammingWindow(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertBlackmanWindow(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertMelWeightMatrix(NodeConverter& node);

// convert_views.cc
absl::StatusOr<ValueIds> ConvertReshape(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertFlatten(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSqueeze(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertUnsqueeze(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertTranspose(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSplit(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertExpand(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertTile(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertDepthToSpace(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertSpaceToDepth(NodeConverter& node);

// convert_conv_transpose.cc
absl::StatusOr<ValueIds> ConvertConvTranspose(NodeConverter& node);

// AddConv adds a convolution with the attributes of the node. Operand `weights_operand` has the shape of
// the filters. convert_windows.cc
absl::StatusOr<graph::ValueId> AddConv(NodeConverter& node, graph::ValueId input, size_t weights_operand,
                                       graph::ValueId filters);
absl::StatusOr<ValueIds> ConvertConv(NodeConverter& node);
// AddPool pools `input` with the attributes of the node.
absl::StatusOr<graph::ValueId> AddPool(NodeConverter& node, graph::Op op, graph::ValueId input);
absl::StatusOr<ValueIds> ConvertPool(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertLpPool(NodeConverter& node);
absl::StatusOr<ValueIds> ConvertGlobalLpPool(NodeConverter& node);

// PositionsOfMaxima returns the second output of a MaxPool with the attributes `pool`, whose first one has
// the shape `result`. convert_window_tables.cc
absl::StatusOr<graph::ValueId> PositionsOfMaxima(NodeConverter& node, const graph::Attributes& pool,
                                                 const graph::Shape& result);
absl::StatusOr<ValueIds> ConvertCol2Im(NodeConverter& node);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_CONVERTERS_H_
