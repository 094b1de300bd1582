// Converts reductions, and pooling of whole images.
#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/string_view.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

struct OnnxReduction {
  absl::string_view name;
  graph::Reduction kind;
  bool of_exponentials = false;
  bool takes_logarithm = false;
};
constexpr OnnxReduction kReductions[] = {{"ReduceSum", graph::Reduction::kSum},
                                         {"ReduceMean", graph::Reduction::kMean},
                                         {"ReduceProd", graph::Reduction::kProd},
                                         {"ReduceMax", graph::Reduction::kMax},
                                         {"ReduceMin", graph::Reduction::kMin},
                                         {"ReduceL1", graph::Reduction::kL1},
                                         {"ReduceL2", graph::Reduction::kL2},
                                         {"ReduceSumSquare", graph::Reduction::kSumSquare},
                                         {"ReduceLogSum", graph::Reduction::kSum, false, true},
                                         {"ReduceLogSumExp", graph::Reduction::kSum, true, true}};

const OnnxReduction& ReductionOf(absl::string_view name) {
  return *std::find_if(std::begin(kReductions), std::end(kReductions),
                       [&](const OnnxReduction& reduction) { return reduction.name == name; });
}

// A reduction over no axes changes each element on its own. Returns the result of that.
absl::StatusOr<ValueIds> ReduceOverNothing(NodeConverter& node, const OnnxReduction& reduction) {
  const graph::ValueId x = node.In(0);
  if (reduction.of_exponentials) return ValueIds{x};  // log(exp(x))
  if (reduction.takes_logarithm) return One(node.Add(graph::Op::kLog, {x}));
  switch (reduction.kind) {
    case graph::Reduction::kL1:
    case graph::Reduction::kL2:
      return One(node.Add(graph::Op::kAbs, {x}));
    case graph::Reduction::kSumSquare:
      return One(node.Add(graph::Op::kMul, {x, x}));
    default:
      return ValueIds{x};
  }
}

absl::StatusOr<graph::ValueId> AddReduce(NodeConverter& node, graph::ValueId value,
                                         const std::vector<int64_t>& axes, graph::Reduction kind) {
  if (node.graph.value(value).type == v1::ELEMENT_TYPE_BOOL &&
      (kind == graph::Reduction::kMax || kind == graph::Reduction::kMin)) {
    const auto cast = [&](graph::ValueId from, v1::ElementType to) {
      return node.Add(graph::Op::kCast, {from}, {{"to", to}});
    };
    DIAPASON_ASSIGN_OR_RETURN(value, cast(value, v1::ELEMENT_TYPE_I32));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kReduce, {value}, {{"axes", axes}, {"kind", kind}}));
    return cast(value, v1::ELEMENT_TYPE_BOOL);
  }
  return node.Add(graph::Op::kReduce, {value}, {{"axes", axes}, {"kind", kind}});
}

// Returns what log-sum-exp subtracts from the exponents: the largest of them, or 0 if that is infinite,
// because infinity - infinity is NaN.
absl::StatusOr<graph::ValueId> FiniteMaximum(NodeConverter& node, graph::ValueId value,
                                             const std::vector<int64_t>& axes) {
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId most, AddReduce(node, value, axes, graph::Reduction::kMax));
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId size, node.Add(graph::Op::kAbs, {most}));
  DIAPASON_ASSIGN_OR_RETURN(
      const graph::ValueId is_infinite,
      node.Add(graph::Op::kEqual, {size, node.Number(size, std::numeric_limits<double>::infinity())}));
  return node.Add(graph::Op::kWhere, {is_infinite, node.Number(most, 0), most});
}

// Returns the operand. If a reduced dimension has a size that is known only when the model runs, the elements
// that do not exist are set to a number that changes nothing.
absl::StatusOr<graph::ValueId> MaskedOperand(NodeConverter& node, const OnnxReduction& reduction,
                                             const std::vector<int64_t>& axes) {
  const RunTimeSize* size = node.SizeOf(0);
  if (size == nullptr || !std::binary_search(axes.begin(), axes.end(), size->dim)) return node.In(0);
  const v1::ElementType type = node.InValue(0).type;
  const bool is_float = type == v1::ELEMENT_TYPE_F32, is_max = reduction.kind == graph::Reduction::kMax;
  const bool is_extreme = is_max || reduction.kind == graph::Reduction::kMin;
  if (reduction.kind == graph::Reduction::kMean || reduction.of_exponentials || (is_extreme && !is_float))
    return absl::UnimplementedError("a dimension whose size is known only when the model runs");
  double neutral = reduction.kind == graph::Reduction::kProd ? 1 : 0;
  if (is_extreme) neutral = (is_max ? -1 : 1) * std::numeric_limits<double>::infinity();
  Expression e(node);
  const graph::ValueId masked = node.Masked(e, 0, neutral);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return masked;
}

// Notes the run-time size of a dimension that is not reduced. `axes` is sorted.
void CarrySize(NodeConverter& node, const std::vector<int64_t>& axes, graph::ValueId result) {
  const RunTimeSize* size = node.SizeOf(0);
  if (size == nullptr || std::binary_search(axes.begin(), axes.end(), size->dim)) return;
  int64_t dim = size->dim;
  if (node.Int("keepdims", 1) == 0)
    dim -= std::count_if(axes.begin(), axes.end(), [&](int64_t axis) { return axis < size->dim; });
  node.SetSize(result, {dim, size->size});
}

std::vector<int64_t> SpatialAxes(const NodeConverter& node) {
  std::vector<int64_t> axes;
  for (size_t d = 2; d < node.InShape(0).size(); ++d) axes.push_back(static_cast<int64_t>(d));
  return axes;
}

}  // namespace

absl::StatusOr<ValueIds> ConvertReduce(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  const OnnxReduction& reduction = ReductionOf(node.proto().op_type());
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 1));
  if (!axes || axes->empty()) {
    if (node.Int("noop_with_empty_axes", 0) != 0) {
      DIAPASON_ASSIGN_OR_RETURN(const ValueIds results, ReduceOverNothing(node, reduction));
      if (node.SizeOf(0) != nullptr) node.SetSize(results[0], *node.SizeOf(0));
      return results;
    }
    axes.emplace();
    for (size_t d = 0; d < in.size(); ++d) axes->push_back(static_cast<int64_t>(d));
  }
  DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), in.size()));
  std::sort(axes->begin(), axes->end());
  axes->erase(std::unique(axes->begin(), axes->end()), axes->end());
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId value, MaskedOperand(node, reduction, *axes));
  graph::ValueId shift = graph::kNone;
  if (reduction.of_exponentials) {  // log(sum(exp(x - max))) + max
    DIAPASON_ASSIGN_OR_RETURN(shift, FiniteMaximum(node, value, *axes));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kSub, {value, shift}));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kExp, {value}));
  }
  DIAPASON_ASSIGN_OR_RETURN(value, AddReduce(node, value, *axes, reduction.kind));
  if (reduction.takes_logarithm) {
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kLog, {value}));
  }
  if (shift != graph::kNone) {
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kAdd, {value, shift}));
  }
  if (node.Int("keepdims", 1) != 0) {
    CarrySize(node, *axes, value);
    return ValueIds{value};
  }
  graph::Shape shape;
  for (size_t d = 0; d < in.size(); ++d) {
    if (!std::binary_search(axes->begin(), axes->end(), static_cast<int64_t>(d))) shape.push_back(in[d]);
  }
  DIAPASON_ASSIGN_OR_RETURN(value, node.Reshape(value, std::move(shape)));
  CarrySize(node, *axes, value);
  return ValueIds{value};
}

absl::StatusOr<ValueIds> ConvertGlobalMaxPool(NodeConverter& node) {
  return One(AddReduce(node, node.In(0), SpatialAxes(node), graph::Reduction::kMax));
}

absl::StatusOr<ValueIds> ConvertGlobalAveragePool(NodeConverter& node) {
  return One(AddReduce(node, node.In(0), SpatialAxes(node), graph::Reduction::kMean));
}

}  // namespace diapason::compiler::importer
