// Converts operators of the domain ai.onnx.ml, which are written for models of scikit-learn, LightGBM and
// XGBoost: linear models, ensembles of trees, and what prepares their inputs. Labels must be numbers.
#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/activation_formulas.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/quantization.h"
#include "compiler/importer/trees.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

ValueId Floats(NodeConverter& node, const std::vector<double>& numbers, graph::Shape shape) {
  std::vector<graph::Scalar> scalars;
  for (const double number : numbers) scalars.push_back({number, 0});
  return node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_F32, std::move(shape),
                                     graph::ToBytes(v1::ELEMENT_TYPE_F32, scalars));
}

// Returns the numbers of an attribute as a row that broadcasts to rows of operand 0: one for all columns, or
// one for each. Without the attribute, `absent` is the number.
absl::StatusOr<ValueId> Row(NodeConverter& node, absl::string_view name, double absent) {
  std::vector<double> numbers = node.Floats(name);
  if (numbers.empty()) numbers = {absent};
  const graph::Shape& in = node.InShape(0);
  const int64_t count = static_cast<int64_t>(numbers.size());
  if (count != 1 && (in.empty() || in.back() != count))
    return absl::InvalidArgumentError(absl::StrCat("the attribute '", name, "' has ", count,
                                                   " numbers, but the input has the shape ",
                                                   graph::ShapeText(in)));
  return Floats(node, numbers, {count});
}

// Returns operand 0 as rows of floats. A single row may have one dimension.
absl::StatusOr<ValueId> Rows(NodeConverter& node, Expression& e) {
  graph::Shape shape = node.InShape(0);
  if (shape.size() == 1) shape.insert(shape.begin(), 1);
  if (shape.size() != 2)
    return absl::InvalidArgumentError(
        absl::StrCat("an input of shape ", graph::ShapeText(shape), " has no rows"));
  const ValueId rows = e.Reshape(ToFloat(node, e, node.In(0)), shape);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return rows;
}

// Applies the attribute post_transform to rows of scores.
absl::StatusOr<ValueId> Transformed(NodeConverter& node, Expression& e, ValueId scores) {
  const std::string transform = node.String("post_transform", "NONE");
  if (transform == "NONE") return scores;
  if (transform == "LOGISTIC") return Sigmoid(e, scores);
  if (transform == "SOFTMAX") return e(Op::kSoftmax, {scores}, {{"axis", int64_t{1}}});
  return absl::UnimplementedError(absl::StrCat("post_transform '", transform, "'"));
}

// Returns the labels of the classes. `integers` and `texts` name the attributes that hold them.
absl::StatusOr<std::vector<int64_t>> Labels(const NodeConverter& node, absl::string_view integers,
                                            absl::string_view texts) {
  if (!node.Strings(texts).empty()) return absl::UnimplementedError("labels that are texts");
  std::vector<int64_t> labels = node.Ints(integers).value_or(std::vector<int64_t>());
  if (labels.empty()) return absl::InvalidArgumentError("the labels are missing");
  return labels;
}

// Returns for each row the label of its largest score, the first of several.
ValueId LabelOfLargest(NodeConverter& node, Expression& e, ValueId scores,
                       const std::vector<int64_t>& labels) {
  const int64_t rows = e.ShapeOf(scores)[0], classes = e.ShapeOf(scores)[1];
  const ValueId most = e.Reduce(scores, {1}, graph::Reduction::kMax), positions = e.Positions(2, 1, classes);
  const ValueId found = e(Op::kWhere, {e(Op::kEqual, {scores, most}), positions,
                                       e.Number(positions, static_cast<double>(classes - 1))});
  const ValueId position = e.Reshape(e.Reduce(found, {1}, graph::Reduction::kMin), {rows});
  const ValueId table = node.Integers(labels, {static_cast<int64_t>(labels.size())});
  return e(Op::kGather, {table, position}, {{"axis", int64_t{0}}});
}

// Returns the labels and the scores of a classifier whose scores before post_transform are `scores`. Of two
// classes, there may be one score: that of the second class.
absl::StatusOr<ValueIds> Classified(NodeConverter& node, Expression& e, ValueId scores,
                                    const std::vector<int64_t>& labels, double threshold) {
  DIAPASON_RETURN_IF_ERROR(e.status());
  const int64_t rows = e.ShapeOf(scores)[0], classes = static_cast<int64_t>(labels.size());
  node.SetNarrow(0, nullptr);
  node.SetNarrow(1, nullptr);
  if (e.ShapeOf(scores)[1] == 1 && classes == 2) {
    const std::string transform = node.String("post_transform", "NONE");
    ValueId first = e(Op::kNeg, {scores});
    if (transform == "NONE" && threshold != 0) first = e(Op::kSub, {e.Number(scores, 1), scores});
    const ValueId is_second = e(Op::kLess, {e.Number(scores, threshold), scores});
    const ValueId label =
        e(Op::kWhere, {is_second, node.Integers({labels[1]}, {}), node.Integers({labels[0]}, {})});
    if (transform == "LOGISTIC") {
      scores = Sigmoid(e, scores);
      first = e(Op::kSub, {e.Number(scores, 1), scores});
    } else if (transform != "NONE") {
      DIAPASON_ASSIGN_OR_RETURN(const ValueId both, Transformed(node, e, e.Concat({first, scores}, 1)));
      return ValueIds{e.Reshape(label, {rows}), both};
    }
    const ValueId both = e.Concat({first, scores}, 1), flat = e.Reshape(label, {rows});
    DIAPASON_RETURN_IF_ERROR(e.status());
    return ValueIds{flat, both};
  }
  if (e.ShapeOf(scores)[1] != classes)
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", e.ShapeOf(scores)[1], " scores for ", classes, " classes"));
  const ValueId label = LabelOfLargest(node, e, scores, labels);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId transformed, Transformed(node, e, scores));
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{label, transformed};
}

// Returns x times the coefficients, of which there are `count` rows, plus the intercepts.
absl::StatusOr<ValueId> Linear(NodeConverter& node, Expression& e, ValueId x, int64_t count) {
  const std::vector<double> coefficients = node.Floats("coefficients"),
                            intercepts = node.Floats("intercepts");
  const int64_t features = e.ShapeOf(x)[1];
  if (count < 1 || static_cast<int64_t>(coefficients.size()) != count * features ||
      (!intercepts.empty() && static_cast<int64_t>(intercepts.size()) != count))
    return absl::InvalidArgumentError("the coefficients or the intercepts do not fit the input");
  const ValueId weights = e.Transpose(Floats(node, coefficients, {count, features}), {1, 0});
  ValueId y = e(Op::kMatMul, {x, weights});
  if (!intercepts.empty()) y = e(Op::kAdd, {y, Floats(node, intercepts, {count})});
  DIAPASON_RETURN_IF_ERROR(e.status());
  return y;
}

}  // namespace

absl::StatusOr<ValueIds> ConvertArrayFeatureExtractor(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  if (in.empty()) return absl::InvalidArgumentError("the input has no columns");
  Expression e(node);
  ValueId data = node.In(0);
  if (in.size() == 1) data = e.Reshape(data, {1, in[0]});
  const ValueId columns = e.Reshape(e.ToInt64(node.In(1)), {graph::NumElements(node.InShape(1))});
  return e.Result(e(Op::kGather, {data, columns},
                    {{"axis", static_cast<int64_t>(e.status().ok() ? e.ShapeOf(data).size() - 1 : 0)}}));
}

absl::StatusOr<ValueIds> ConvertScaler(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId offset, Row(node, "offset", 0));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scale, Row(node, "scale", 1));
  node.SetNarrow(0, nullptr);
  return e.Result(e(Op::kMul, {e(Op::kSub, {ToFloat(node, e, node.In(0)), offset}), scale}));
}

absl::StatusOr<ValueIds> ConvertBinarizer(NodeConverter& node) {
  Expression e(node);
  const ValueId x = node.In(0), threshold = e.Number(x, node.Float("threshold", 0));
  return e.Result(e(Op::kWhere, {e(Op::kLess, {threshold, x}), e.Number(x, 1), e.Number(x, 0)}));
}

absl::StatusOr<ValueIds> ConvertImputer(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId instead, Row(node, "imputed_value_floats", 0));
  const double replaced = node.Float("replaced_value_float", 0);
  const ValueId x = node.In(0);
  const ValueId is_missing =
      std::isnan(replaced) ? e(Op::kIsNaN, {x}) : e(Op::kEqual, {x, e.Number(x, replaced)});
  return e.Result(e(Op::kWhere, {is_missing, instead, x}));
}

// A row of zeros stays as it is.
absl::StatusOr<ValueIds> ConvertNormalizer(NodeConverter& node) {
  const std::string norm = node.String("norm", "MAX");
  Expression e(node);
  const ValueId x = ToFloat(node, e, node.In(0));
  if (node.InShape(0).empty()) return absl::InvalidArgumentError("the input has no rows");
  const std::vector<int64_t> axis = {static_cast<int64_t>(node.InShape(0).size()) - 1};
  ValueId size;
  if (norm == "L1") {
    size = e.Reduce(x, axis, graph::Reduction::kL1);
  } else if (norm == "L2") {
    size = e.Reduce(x, axis, graph::Reduction::kL2);
  } else if (norm == "MAX") {
    size = e.Reduce(x, axis, graph::Reduction::kMax);
  } else {
    return absl::InvalidArgumentError(absl::StrCat("norm '", norm, "' does not exist"));
  }
  const ValueId is_zero = e(Op::kEqual, {size, e.Number(x, 0)});
  node.SetNarrow(0, nullptr);
  return e.Result(e(Op::kDiv, {x, e(Op::kWhere, {is_zero, e.Number(x, 1), size})}));
}

// Numbers to numbers. A key that is not listed becomes the default.
absl::StatusOr<ValueIds> ConvertLabelEncoder(NodeConverter& node) {
  const bool from_integers = node.HasAttribute("keys_int64s"),
             to_integers = node.HasAttribute("values_int64s");
  if ((!from_integers && !node.HasAttribute("keys_floats")) ||
      (!to_integers && !node.HasAttribute("values_floats")))
    return absl::UnimplementedError("keys or values that are texts or tensors");
  const auto numbers = [&](absl::string_view name, bool are_integers) {
    if (!are_integers) return node.Floats(absl::StrCat(name, "_floats"));
    const std::vector<int64_t> integers = *node.Ints(absl::StrCat(name, "_int64s"));
    return std::vector<double>(integers.begin(), integers.end());
  };
  const std::vector<double> keys = numbers("keys", from_integers), values = numbers("values", to_integers);
  if (keys.size() != values.size()) return absl::InvalidArgumentError("there are not as many keys as values");
  const v1::ElementType type = to_integers ? v1::ELEMENT_TYPE_I64 : v1::ELEMENT_TYPE_F32;
  Expression e(node);
  ValueId result = node.graph.AddScalar(type, to_integers ? static_cast<double>(node.Int("default_int64", -1))
                                                          : node.Float("default_float", -0.0));
  const ValueId x = node.In(0);
  for (size_t i = keys.size(); i-- > 0;)  // the first of equal keys counts
    result = e(Op::kWhere,
               {e(Op::kEqual, {x, e.Number(x, keys[i])}), node.graph.AddScalar(type, values[i]), result});
  node.SetNarrow(0, nullptr);
  return e.Result(e.Expand(result, node.InShape(0)));
}

absl::StatusOr<ValueIds> ConvertLinearRegressor(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Rows(node, e));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId y, Linear(node, e, x, node.Int("targets", 1)));
  node.SetNarrow(0, nullptr);
  return One(Transformed(node, e, y));
}

absl::StatusOr<ValueIds> ConvertLinearClassifier(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> labels,
                            Labels(node, "classlabels_ints", "classlabels_strings"));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Rows(node, e));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scores, Linear(node, e, x, static_cast<int64_t>(labels.size())));
  return Classified(node, e, scores, labels, 0);
}

absl::StatusOr<ValueIds> ConvertTreeEnsembleRegressor(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Rows(node, e));
  DIAPASON_ASSIGN_OR_RETURN(const Trees trees, ReadTrees(node, "target", node.Int("n_targets", 1)));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId y, Evaluate(node, e, trees, x));
  node.SetNarrow(0, nullptr);
  return One(Transformed(node, e, y));
}

absl::StatusOr<ValueIds> ConvertTreeEnsembleClassifier(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> labels,
                            Labels(node, "classlabels_int64s", "classlabels_strings"));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Rows(node, e));
  const std::vector<int64_t> ids = node.Ints("class_ids").value_or(std::vector<int64_t>());
  // With two classes, the trees may weigh one of them only: then the weights are scores of the second class.
  const bool is_binary =
      labels.size() == 2 && std::all_of(ids.begin(), ids.end(), [&](int64_t id) { return id == ids[0]; });
  DIAPASON_ASSIGN_OR_RETURN(const Trees trees,
                            ReadTrees(node, "class", is_binary ? 1 : static_cast<int64_t>(labels.size())));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scores, Evaluate(node, e, trees, x));
  const std::vector<double> weights = node.Floats("class_weights");
  const bool all_positive = std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0; });
  if (is_binary && all_positive && node.String("post_transform", "NONE") != "NONE")
    return absl::UnimplementedError("a post_transform of probabilities of one class");
  return Classified(node, e, scores, labels, is_binary && all_positive ? 0.5 : 0.0);
}

}  // namespace diapason::compiler::importer
