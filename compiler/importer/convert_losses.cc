// Converts losses. Exporters leave them in models that were trained.
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// Returns the negative log-likelihood loss of `scores`, [batch, classes, ...]. Operand 1 has the class of
// each element, and operand 2 may have a weight for each class. A class that is outside counts as a score of
// 0.
absl::StatusOr<ValueId> NegativeLogLikelihood(NodeConverter& node, Expression& e, ValueId scores) {
  const graph::Shape in = node.InShape(0), labels = node.InShape(1);
  graph::Shape expected = in;
  if (in.size() >= 2) expected.erase(expected.begin() + 1);
  if (in.size() < 2 || labels != expected || (node.Has(2) && node.InShape(2) != graph::Shape{in[1]}))
    return absl::InvalidArgumentError(absl::StrCat("labels of shape ", graph::ShapeText(labels),
                                                   ", or the weights, do not fit scores of shape ",
                                                   graph::ShapeText(in)));
  const ValueId classes = e.ToInt64(node.In(1));
  graph::Shape apart = labels, along(in.size(), 1);
  apart.insert(apart.begin() + 1, 1);
  along[1] = in[1];
  const ValueId hit = e(Op::kEqual, {e.Reshape(classes, apart), e.Positions(in.size(), 1, in[1])});
  const auto at_class = [&](ValueId values) {
    const ValueId chosen = e(Op::kWhere, {hit, values, e.Number(values, 0)});
    return e.Reshape(e.Reduce(chosen, {1}, graph::Reduction::kSum), labels);
  };
  const ValueId one = e.Number(scores, 1), zero = e.Number(scores, 0);
  ValueId weights = node.Has(2) ? at_class(e.Reshape(node.In(2), along)) : one;
  if (node.HasAttribute("ignore_index")) {
    const ValueId ignored =
        e(Op::kEqual, {classes, e.Number(classes, static_cast<double>(node.Int("ignore_index", 0)))});
    weights = e(Op::kWhere, {ignored, zero, weights});
  }
  const ValueId loss = e(Op::kWhere, {e(Op::kEqual, {weights, zero}), zero,
                                      e(Op::kMul, {e(Op::kNeg, {at_class(scores)}), weights})});
  const std::string reduction = node.String("reduction", "mean");
  if (reduction == "none") return loss;
  const auto sum = [&](ValueId values) {
    std::vector<int64_t> axes;
    values = e.Expand(values, labels);
    for (size_t d = 0; d < labels.size(); ++d) axes.push_back(static_cast<int64_t>(d));
    return e.Reshape(e.Reduce(values, axes, graph::Reduction::kSum), {});
  };
  if (reduction == "sum") return sum(loss);
  if (reduction == "mean") return e(Op::kDiv, {sum(loss), sum(weights)});
  return absl::InvalidArgumentError(absl::StrCat("'", reduction, "' is not a reduction of ONNX"));
}

}  // namespace

absl::StatusOr<ValueIds> ConvertNegativeLogLikelihoodLoss(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId loss, NegativeLogLikelihood(node, e, node.In(0)));
  return e.Result(loss);
}

absl::StatusOr<ValueIds> ConvertSoftmaxCrossEntropyLoss(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  const ValueId scores = e(Op::kLogSoftmax, {node.In(0)}, {{"axis", int64_t{1}}});
  DIAPASON_ASSIGN_OR_RETURN(const ValueId loss, NegativeLogLikelihood(node, e, scores));
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{loss, scores};
}

}  // namespace diapason::compiler::importer
