#include "compiler/importer/attributes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::importer {
namespace {

// Operators, and the names and types of their attributes. The types are i(nteger), f(loat), s(tring),
// t(ensor), g(raph) and tp (a type); "is", "fs" and "ss" are lists.
struct Row {
  absl::string_view operators;
  absl::string_view attributes;
};
constexpr Row kRows[] = {
    {"ArgMax ArgMin", "axis:i keepdims:i select_last_index:i"},
    {"Compress", "axis:i"},
    {"MaxUnpool", "kernel_shape:is pads:is strides:is"},
    {"NonMaxSuppression", "center_point_box:i"},
    {"RoiAlign",
     "coordinate_transformation_mode:s mode:s output_height:i output_width:i sampling_ratio:i "
     "spatial_scale:f"},
    {"TopK", "axis:i k:i largest:i sorted:i"},
    {"Unique", "axis:i sorted:i"},
    {"AffineGrid", "align_corners:i"},
    {"BitShift", "direction:s"},
    {"BlackmanWindow HammingWindow HannWindow", "output_datatype:i periodic:i"},
    {"CumProd CumSum", "exclusive:i reverse:i"},
    {"DFT", "axis:i inverse:i onesided:i"},
    {"GridSample", "align_corners:i mode:s padding_mode:s"},
    {"MelWeightMatrix", "output_datatype:i"},
    {"NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", "ignore_index:i reduction:s"},
    {"ReverseSequence", "batch_axis:i time_axis:i"},
    {"STFT", "onesided:i"},
    {"Einsum", "equation:s"},
    {"EyeLike", "dtype:i k:i"},
    {"GroupNormalization", "epsilon:f num_groups:i stash_type:i"},
    {"Loop SequenceMap", "body:g"},
    {"SequenceEmpty", "dtype:i"},
    {"SplitToSequence", "axis:i keepdims:i"},
    {"ConcatFromSequence", "axis:i new_axis:i"},
    {"Optional", "type:tp"},
    {"Scan",
     "body:g num_scan_inputs:i scan_input_axes:is scan_input_directions:is scan_output_axes:is "
     "scan_output_directions:is"},
    {"LRN", "alpha:f beta:f bias:f size:i"},
    {"LpNormalization", "axis:i p:i"},
    {"MeanVarianceNormalization", "axes:is"},
    {"Attention",
     "is_causal:i kv_num_heads:i q_num_heads:i qk_matmul_output_mode:i scale:f softcap:f "
     "softmax_precision:i"},
    {"RotaryEmbedding", "interleaved:i num_heads:i rotary_embedding_dim:i"},
    {"com.microsoft.QuickGelu", "alpha:f"},
    {"com.microsoft.Attention com.microsoft.QAttention",
     "do_rotary:i mask_filter_value:f num_heads:i past_present_share_buffer:i qkv_hidden_sizes:is "
     "rotary_embedding_dim:i scale:f unidirectional:i"},
    {"com.microsoft.MultiHeadAttention", "mask_filter_value:f num_heads:i scale:f unidirectional:i"},
    {"com.microsoft.GroupQueryAttention",
     "do_rotary:i k_quant_type:s kv_cache_bit_width:i kv_num_heads:i local_window_size:i num_heads:i "
     "qk_output:i "
     "rotary_interleaved:i scale:f smooth_softmax:i softcap:f v_quant_type:s"},
    {"com.microsoft.RotaryEmbedding",
     "interleaved:i is_packed_batching:i num_heads:i rotary_embedding_dim:i scale:f"},
    {"ai.onnx.ml.Scaler", "offset:fs scale:fs"},
    {"ai.onnx.ml.Binarizer", "threshold:f"},
    {"ai.onnx.ml.Imputer",
     "imputed_value_floats:fs imputed_value_int64s:is replaced_value_float:f replaced_value_int64:i"},
    {"ai.onnx.ml.Normalizer", "norm:s"},
    {"ai.onnx.ml.LabelEncoder",
     "default_float:f default_int64:i default_string:s keys_floats:fs keys_int64s:is keys_strings:ss "
     "values_floats:fs values_int64s:is values_strings:ss"},
    {"ai.onnx.ml.LinearRegressor", "coefficients:fs intercepts:fs post_transform:s targets:i"},
    {"ai.onnx.ml.LinearClassifier",
     "classlabels_ints:is classlabels_strings:ss coefficients:fs intercepts:fs multi_class:i "
     "post_transform:s"},
    {"ai.onnx.ml.TreeEnsembleClassifier ai.onnx.ml.TreeEnsembleRegressor",
     "base_values:fs base_values_as_tensor:t nodes_falsenodeids:is nodes_featureids:is nodes_hitrates:fs "
     "nodes_hitrates_as_tensor:t nodes_missing_value_tracks_true:is nodes_modes:ss nodes_nodeids:is "
     "nodes_treeids:is nodes_truenodeids:is nodes_values:fs nodes_values_as_tensor:t post_transform:s"},
    {"ai.onnx.ml.TreeEnsembleClassifier",
     "class_ids:is class_nodeids:is class_treeids:is class_weights:fs class_weights_as_tensor:t "
     "classlabels_int64s:is classlabels_strings:ss"},
    {"ai.onnx.ml.TreeEnsembleRegressor",
     "aggregate_function:s n_targets:i target_ids:is target_nodeids:is target_treeids:is target_weights:fs "
     "target_weights_as_tensor:t"},
    {"com.microsoft.FusedConv",
     "activation:s activation_params:fs auto_pad:s dilations:is group:i kernel_shape:is pads:is strides:is"},
    {"com.microsoft.FusedGemm",
     "activation:s activation_alpha:f activation_beta:f activation_gamma:f alpha:f beta:f transA:i transB:i"},
    {"com.microsoft.FusedMatMul", "alpha:f transA:i transB:i transBatchA:i transBatchB:i"},
    {"com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization", "epsilon:f"},
    {"com.microsoft.EmbedLayerNormalization", "epsilon:f mask_index_type:i"},
    {"com.microsoft.MatMulNBits", "K:i N:i accuracy_level:i bits:i block_size:i weight_prepacked:i"},
    {"com.microsoft.QGemm", "alpha:f transA:i transB:i"},
    {"com.microsoft.QLinearLeakyRelu", "alpha:f"},
    {"com.microsoft.QLinearGlobalAveragePool", "channels_last:i"},
    {"com.microsoft.QLinearAveragePool",
     "auto_pad:s ceil_mode:i channels_last:i count_include_pad:i kernel_shape:is pads:is strides:is"},
    {"com.microsoft.QLinearConcat", "axis:i"},
    {"com.microsoft.QuantizeLinear com.microsoft.DequantizeLinear", "axis:i block_size:i"},
    {"RMSNormalization SimplifiedLayerNormalization", "axis:i epsilon:f stash_type:i"},
    {"Resize",
     "antialias:i axes:is coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i "
     "extrapolation_value:f keep_aspect_ratio_policy:s mode:s nearest_mode:s scales:fs"},
    {"Scatter", "axis:i"},
    {"ScatterElements", "axis:i reduction:s"},
    {"ScatterND", "reduction:s"},
    {"Shrink", "bias:f lambd:f"},
    {"Trilu", "upper:i"},
    {"Upsample", "height_scale:f mode:s scales:fs width_scale:f"},
    {"Abs Ceil Exp Floor Log Max Mean Min Neg PRelu Reciprocal Relu Sigmoid Sqrt Sum Tanh",
     "consumed_inputs:is"},
    {"Add Div Mul Sub", "axis:i broadcast:i consumed_inputs:is"},
    {"And Equal Greater Less Or Pow Xor", "axis:i broadcast:i"},
    {"AveragePool",
     "auto_pad:s ceil_mode:i count_include_pad:i dilations:is kernel_shape:is pads:is strides:is"},
    {"BatchNormalization", "consumed_inputs:is epsilon:f is_test:i momentum:f spatial:i training_mode:i"},
    {"Cast", "saturate:i to:i to:s"},
    {"CastLike", "saturate:i"},
    {"Celu Swish ThresholdedRelu", "alpha:f"},
    {"TensorScatter", "axis:i mode:s"},
    {"CenterCropPad", "axes:is"},
    {"Col2Im", "dilations:is pads:is strides:is"},
    {"GlobalLpPool", "p:f p:i"},
    {"LpPool", "auto_pad:s ceil_mode:i dilations:is kernel_shape:is p:i pads:is strides:is"},
    {"Clip", "consumed_inputs:is max:f min:f"},
    {"Concat Flatten Gather GatherElements Hardmax LogSoftmax OneHot Softmax", "axis:i"},
    {"Constant",
     "value:t value_float:f value_floats:fs value_int:i value_ints:is value_string:s value_strings:ss"},
    {"ConstantOfShape", "value:t"},
    {"Conv ConvInteger QLinearConv", "auto_pad:s dilations:is group:i kernel_shape:is pads:is strides:is"},
    {"ConvTranspose",
     "auto_pad:s dilations:is group:i kernel_shape:is output_padding:is output_shape:is pads:is strides:is"},
    {"DequantizeLinear", "axis:i block_size:i"},
    {"DepthToSpace", "blocksize:i mode:s"},
    {"Dropout", "consumed_inputs:is is_test:i ratio:f seed:i"},
    {"Elu LeakyRelu", "alpha:f consumed_inputs:is"},
    {"GatherND", "batch_dims:i"},
    {"Gelu", "approximate:s"},
    {"GRU",
     "activation_alpha:fs activation_beta:fs activations:ss clip:f direction:s hidden_size:i layout:i "
     "linear_before_reset:i output_sequence:i"},
    {"Gemm", "alpha:f beta:f broadcast:i transA:i transB:i"},
    {"HardSigmoid", "alpha:f beta:f consumed_inputs:is"},
    {"If", "else_branch:g then_branch:g"},
    {"InstanceNormalization", "consumed_inputs:is epsilon:f"},
    {"IsInf", "detect_negative:i detect_positive:i"},
    {"LSTM com.microsoft.DynamicQuantizeLSTM",
     "activation_alpha:fs activation_beta:fs activations:ss clip:f direction:s hidden_size:i input_forget:i "
     "layout:i output_sequence:i"},
    {"LayerNormalization", "axis:i epsilon:f stash_type:i"},
    {"MaxPool", "auto_pad:s ceil_mode:i dilations:is kernel_shape:is pads:is storage_order:i strides:is"},
    {"Mod", "fmod:i"},
    {"Pad", "mode:s paddings:is pads:is value:f"},
    {"QuantizeLinear", "axis:i block_size:i output_dtype:i precision:i saturate:i"},
    {"RNN",
     "activation_alpha:fs activation_beta:fs activations:ss clip:f direction:s hidden_size:i layout:i "
     "output_sequence:i"},
    {"ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
     "ReduceSumSquare",
     "axes:is keepdims:i noop_with_empty_axes:i"},
    {"Reshape", "allowzero:i consumed_inputs:is shape:is"},
    {"Selu", "alpha:f consumed_inputs:is gamma:f"},
    {"Shape", "end:i start:i"},
    {"Slice", "axes:is ends:is starts:is"},
    {"SpaceToDepth", "blocksize:i"},
    {"Split", "axis:i num_outputs:i split:is"},
    {"Squeeze Unsqueeze", "axes:is"},
    {"Transpose", "perm:is"},
};

constexpr std::pair<absl::string_view, onnx::AttributeProto::AttributeType> kKinds[] = {
    {"i", onnx::AttributeProto::INT},        {"f", onnx::AttributeProto::FLOAT},
    {"s", onnx::AttributeProto::STRING},     {"t", onnx::AttributeProto::TENSOR},
    {"g", onnx::AttributeProto::GRAPH},      {"is", onnx::AttributeProto::INTS},
    {"fs", onnx::AttributeProto::FLOATS},    {"ss", onnx::AttributeProto::STRINGS},
    {"tp", onnx::AttributeProto::TYPE_PROTO}};

// Returns the names of the operator's attributes, and the types that each may have.
std::map<absl::string_view, std::set<onnx::AttributeProto::AttributeType>> AttributesOf(
    const std::string& op) {
  std::map<absl::string_view, std::set<onnx::AttributeProto::AttributeType>> attributes;
  for (const Row& row : kRows) {
    const std::vector<absl::string_view> operators = absl::StrSplit(row.operators, ' ');
    if (std::find(operators.begin(), operators.end(), op) == operators.end()) continue;
    for (absl::string_view attribute : absl::StrSplit(row.attributes, ' ')) {
      const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(attribute, ':');
      for (const auto& [letters, kind] : kKinds) {
        if (letters == parts.second) attributes[parts.first].insert(kind);
      }
    }
  }
  return attributes;
}

std::string KindName(onnx::AttributeProto::AttributeType kind) {
  return onnx::AttributeProto::AttributeType_Name(kind);
}

template <typename... Args>
absl::Status Wrong(const onnx::AttributeProto& attribute, const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("attribute '", attribute.name(), "' ", args...));
}

}  // namespace

std::string QualifiedName(absl::string_view domain, absl::string_view name) {
  if (domain.empty() || domain == "ai.onnx") return std::string(name);
  return absl::StrCat(domain, ".", name);
}

absl::Status CheckAttributes(const onnx::NodeProto& node) {
  const auto known = AttributesOf(QualifiedName(node.domain(), node.op_type()));
  std::set<std::string> seen;
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (!seen.insert(attribute.name()).second) return Wrong(attribute, "occurs twice");
    const auto found = known.find(attribute.name());
    if (found == known.end()) {
      const std::string names = absl::StrJoin(
          known, ", ", [](std::string* text, const auto& one) { absl::StrAppend(text, one.first); });
      return Wrong(attribute, "does not exist for ", node.op_type(),
                   " in ONNX, whose attributes are: ", names.empty() ? "none" : names);
    }
    if (!attribute.has_type() || attribute.type() == onnx::AttributeProto::UNDEFINED) continue;
    if (found->second.count(attribute.type()) == 0)
      return Wrong(attribute, "is of type ", KindName(attribute.type()), ", not ",
                   absl::StrJoin(found->second, " or ", [](std::string* text, auto kind) {
                     absl::StrAppend(text, KindName(kind));
                   }));
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler::importer
