// Converts matrix products.
#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

// A vector is a row if it is the left operand, and a column if it is the right one, as in numpy.
absl::StatusOr<ValueIds> ConvertMatMul(NodeConverter& node) {
  graph::ValueId a = node.In(0), b = node.In(1);
  const graph::Shape a_shape = node.InShape(0), b_shape = node.InShape(1);
  if (a_shape.empty() || b_shape.empty())
    return absl::InvalidArgumentError("an operand is a scalar, but must be a matrix or a vector");
  if (a_shape.size() == 1) {
    DIAPASON_ASSIGN_OR_RETURN(a, node.Reshape(a, {1, a_shape[0]}));
  }
  if (b_shape.size() == 1) {
    DIAPASON_ASSIGN_OR_RETURN(b, node.Reshape(b, {b_shape[0], 1}));
  }
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId product, node.Add(graph::Op::kMatMul, {a, b}));
  graph::Shape shape = node.graph.value(product).shape;
  if (b_shape.size() == 1) shape.pop_back();
  if (a_shape.size() == 1) shape.erase(shape.end() - (b_shape.size() == 1 ? 1 : 2));
  return One(node.Reshape(product, std::move(shape)));
}

absl::StatusOr<ValueIds> ConvertGemm(NodeConverter& node) {
  graph::ValueId operands[2] = {node.In(0), node.In(1)};
  const char* transposed[2] = {"transA", "transB"};
  for (int i = 0; i < 2; ++i) {
    if (node.InShape(i).size() != 2)
      return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is not a matrix"));
    if (node.Int(transposed[i], 0) == 0) continue;
    DIAPASON_ASSIGN_OR_RETURN(
        operands[i], node.Add(graph::Op::kTranspose, {operands[i]}, {{"perm", std::vector<int64_t>{1, 0}}}));
  }
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId result, node.Add(graph::Op::kMatMul, {operands[0], operands[1]}));
  const double alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
  if (alpha != 1) {
    DIAPASON_ASSIGN_OR_RETURN(result, node.Add(graph::Op::kMul, {result, node.Number(result, alpha)}));
  }
  if (!node.Has(2)) return ValueIds{result};
  DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(2, node.graph.value(result).shape));
  if (beta == 0) return ValueIds{result};  // not c * 0, because 0 * infinity is NaN
  graph::ValueId c = node.In(2);
  if (beta != 1) {
    DIAPASON_ASSIGN_OR_RETURN(c, node.Add(graph::Op::kMul, {c, node.Number(c, beta)}));
  }
  return One(node.Add(graph::Op::kAdd, {result, c}));
}

}  // namespace diapason::compiler::importer
