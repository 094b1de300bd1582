// Converts control flow. A branch that is known is taken, and a loop whose number of iterations is known
// becomes the nodes of all iterations. If a condition is computed when the model runs, both branches are
// computed, and the results of one are selected. Operators have no side effects, so the result is the
// same.
#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

constexpr int64_t kMostIterations = 10'000;

// The way out where a condition is computed from an input that the user knows.
constexpr char kKnownValue[] = "; if it depends on an input, --value INPUT=NUMBER says what that is";

// Returns the value of a condition, or nullopt if it is computed when the model runs.
absl::StatusOr<std::optional<bool>> KnownCondition(const NodeConverter& node, ValueId condition) {
  if (condition < 0) return absl::InvalidArgumentError("a condition must be one bool");
  const graph::Value& value = node.graph.value(condition);
  if (value.type != v1::ELEMENT_TYPE_BOOL || graph::NumElements(value.shape) != 1)
    return absl::InvalidArgumentError("a condition must be one bool");
  if (!value.is_constant) return std::optional<bool>();
  return std::optional<bool>(graph::ReadConstant(value)[0].i != 0);
}

absl::StatusOr<ValueIds> Select(NodeConverter& node, ValueId condition, const ValueIds& a, const ValueIds& b);

// Returns `a` if the condition, a scalar, holds when the model runs, and else `b`. Both are sequences or
// optionals.
absl::StatusOr<ValueId> SelectSequence(NodeConverter& node, ValueId condition, ValueId a, ValueId b) {
  if (!Sequences::Has(a) || !Sequences::Has(b))
    return absl::UnimplementedError(absl::StrCat(
        "a condition computed when the model runs, and an optional that may be empty", kKnownValue));
  const ValueIds left = node.sequences.Elements(a), right = node.sequences.Elements(b);
  if (left.size() != right.size())
    return absl::UnimplementedError(
        absl::StrCat("a condition computed when the model runs, and sequences of ", left.size(), " and ",
                     right.size(), " elements", kKnownValue));
  DIAPASON_ASSIGN_OR_RETURN(ValueIds elements, Select(node, condition, left, right));
  return node.sequences.Add(std::move(elements));
}

// The same for two tensors. They may differ in the size of one dimension, which the condition selects, too.
absl::StatusOr<ValueId> SelectTensor(NodeConverter& node, ValueId condition, ValueId a, ValueId b) {
  const graph::Shape left = node.graph.value(a).shape, right = node.graph.value(b).shape;
  std::optional<RunTimeSize> sizes[2];
  std::set<int64_t> open;
  for (const size_t i : {0, 1}) {
    if (const RunTimeSize* size = node.SizeOfValue(i == 0 ? a : b)) {
      sizes[i] = *size;
      open.insert(size->dim);
    }
  }
  for (size_t d = 0; d < std::min(left.size(), right.size()); ++d) {
    if (left[d] != right[d]) open.insert(static_cast<int64_t>(d));
  }
  if (left.size() != right.size() || node.graph.value(a).type != node.graph.value(b).type || open.size() > 1)
    return absl::UnimplementedError(
        absl::StrCat("a condition computed when the model runs, and results of the shapes ",
                     graph::ShapeText(left), " and ", graph::ShapeText(right),
                     ", which differ in more than the size of one dimension", kKnownValue));
  Expression e(node);
  if (open.empty() || (left == right && sizes[0] == sizes[1])) {
    const ValueId selected = e(Op::kWhere, {condition, a, b});
    DIAPASON_RETURN_IF_ERROR(e.status());
    if (sizes[0]) node.SetSize(selected, *sizes[0]);
    return selected;
  }
  const size_t dim = static_cast<size_t>(*open.begin());
  const auto filled_up = [&](ValueId value, graph::Shape shape) {
    shape[dim] = std::max(left[dim], right[dim]) - shape[dim];
    if (shape[dim] == 0) return value;
    const ValueId zeros = e.Expand(e.Number(value, 0), shape);
    return shape[dim] == std::max(left[dim], right[dim])
               ? zeros
               : e.Concat({value, zeros}, static_cast<int64_t>(dim));
  };
  const auto size_of = [&](size_t i, int64_t extent) {
    return sizes[i] ? sizes[i]->size : node.Integers({extent}, {});
  };
  const ValueId size = e(Op::kWhere, {condition, size_of(0, left[dim]), size_of(1, right[dim])});
  const ValueId selected = e(Op::kWhere, {condition, filled_up(a, left), filled_up(b, right)});
  DIAPASON_RETURN_IF_ERROR(e.status());
  return node.WithSize(selected, static_cast<int64_t>(dim), size);
}

absl::StatusOr<ValueIds> Select(NodeConverter& node, ValueId condition, const ValueIds& a,
                                const ValueIds& b) {
  DIAPASON_ASSIGN_OR_RETURN(condition, node.Reshape(condition, {}));
  ValueIds selected;
  for (size_t i = 0; i < a.size(); ++i) {
    absl::StatusOr<ValueId> value = a[i];
    if (a[i] != b[i])
      value = a[i] < 0 || b[i] < 0 ? SelectSequence(node, condition, a[i], b[i])
                                   : SelectTensor(node, condition, a[i], b[i]);
    if (!value.ok()) return value.status();
    selected.push_back(*value);
  }
  return selected;
}

// Returns Unimplemented if a result from number `first` on has a size that is known only when the model runs.
absl::Status CheckStacked(const NodeConverter& node, const ValueIds& results, size_t first) {
  for (size_t i = first; i < results.size(); ++i) {
    if (results[i] < 0) return absl::InvalidArgumentError("only tensors can be stacked");
    if (node.SizeOfValue(results[i]) != nullptr)
      return absl::UnimplementedError("stacked results whose size is known only when the model runs");
  }
  return absl::OkStatus();
}

// Joins what the iterations of a loop have computed along a new axis.
ValueId Stack(Expression& e, const ValueIds& parts, int64_t axis) {
  ValueIds rows;
  for (const ValueId part : parts) {
    graph::Shape shape = e.ShapeOf(part);
    shape.insert(shape.begin() + axis, 1);
    rows.push_back(e.Reshape(part, std::move(shape)));
  }
  return e.Concat(std::move(rows), axis);
}

}  // namespace

absl::StatusOr<ValueIds> ConvertIf(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::optional<bool> known, KnownCondition(node, node.In(0)));
  if (known) return node.ImportBody(*known ? "then_branch" : "else_branch", {});
  const absl::StatusOr<ValueIds> then_results = node.ImportBody("then_branch", {});
  const absl::StatusOr<ValueIds> else_results = node.ImportBody("else_branch", {});
  for (const absl::Status& status : {then_results.status(), else_results.status()}) {
    // A branch for other inputs than these need not be valid for these.
    if (absl::IsInvalidArgument(status))
      return absl::UnimplementedError(
          absl::StrCat("a condition computed when the model runs, and a branch that is not "
                       "valid for these shapes (",
                       status.message(), ")", kKnownValue));
    DIAPASON_RETURN_IF_ERROR(status);
  }
  if (then_results->size() != else_results->size())
    return absl::InvalidArgumentError("the branches have different numbers of results");
  return Select(node, node.In(0), *then_results, *else_results);
}

// The operands are the number of iterations, the condition and the loop's variables. The body maps the
// iteration's number, the condition and the variables to the next condition, the next variables and what
// is stacked.
absl::StatusOr<ValueIds> ConvertLoop(NodeConverter& node) {
  int64_t most = kMostIterations + 1;
  if (node.Has(0)) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> given, node.ConstantInts(0));
    if (given.size() != 1) return absl::InvalidArgumentError("the number of iterations is not one number");
    most = std::min(most, given[0]);
  }
  ValueIds variables;
  for (size_t i = 2; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    variables.push_back(node.In(i));
  }
  const graph::Scalar yes = {0, 1};
  ValueId condition = node.Has(1)
                          ? node.In(1)
                          : node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_BOOL, {},
                                                        graph::ToBytes(v1::ELEMENT_TYPE_BOOL, {&yes, 1}));
  const size_t stacked = static_cast<size_t>(node.proto().output_size()) -
                         std::min<size_t>(static_cast<size_t>(node.proto().output_size()), variables.size());
  std::vector<ValueIds> stacks(stacked);
  for (int64_t i = 0; i < most; ++i) {
    DIAPASON_ASSIGN_OR_RETURN(const std::optional<bool> goes_on, KnownCondition(node, condition));
    if (goes_on == false) break;
    if (i == kMostIterations || (!goes_on && !node.Has(0)))
      return absl::UnimplementedError("a loop whose number of iterations is not known, or is above 10,000");
    if (!goes_on && stacked > 0)
      return absl::UnimplementedError(
          "a loop that stacks results and ends by a condition computed when the "
          "model runs");
    ValueIds operands = {node.Integers({i}, {}), condition};
    operands.insert(operands.end(), variables.begin(), variables.end());
    DIAPASON_ASSIGN_OR_RETURN(ValueIds results, node.ImportBody("body", operands, 1));
    if (results.size() != 1 + variables.size() + stacked)
      return absl::InvalidArgumentError("the body does not have the results that the loop needs");
    DIAPASON_RETURN_IF_ERROR(CheckStacked(node, results, 1 + variables.size()));
    for (size_t s = 0; s < stacked; ++s) stacks[s].push_back(results[1 + variables.size() + s]);
    results.resize(1 + variables.size());
    if (!goes_on) {  // after the end, nothing changes any more
      operands.erase(operands.begin());
      DIAPASON_ASSIGN_OR_RETURN(results, Select(node, condition, results, operands));
    }
    condition = results[0];
    variables.assign(results.begin() + 1, results.end());
  }
  Expression e(node);
  for (const ValueIds& parts : stacks) {
    if (parts.empty()) return absl::UnimplementedError("a loop without iterations that stacks results");
    variables.push_back(Stack(e, parts, 0));
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  return variables;
}

// The operands are the variables and then the sequences, of which each iteration gets an element.
absl::StatusOr<ValueIds> ConvertScan(NodeConverter& node) {
  if (node.opset < 9) return absl::UnimplementedError("the form of opset 8");
  const size_t sequences = static_cast<size_t>(std::max<int64_t>(0, node.Int("num_scan_inputs", 0)));
  const size_t outputs = static_cast<size_t>(node.proto().output_size());
  if (sequences < 1 || sequences > node.num_inputs() || node.num_inputs() - sequences > outputs)
    return absl::InvalidArgumentError("num_scan_inputs does not fit the operands");
  const size_t count = node.num_inputs() - sequences;
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
  }
  const auto listed = [&](absl::string_view name, size_t size) {
    std::vector<int64_t> numbers = node.Ints(name).value_or(std::vector<int64_t>());
    numbers.resize(size, 0);
    return numbers;
  };
  std::vector<int64_t> axes = listed("scan_input_axes", sequences);
  const std::vector<int64_t> backwards = listed("scan_input_directions", sequences),
                             output_axes = listed("scan_output_axes", outputs - count),
                             output_backwards = listed("scan_output_directions", outputs - count);
  int64_t steps = graph::kNone;
  for (size_t s = 0; s < sequences; ++s) {
    const graph::Shape& shape = node.InShape(count + s);
    DIAPASON_ASSIGN_OR_RETURN(axes[s], NodeConverter::Axis(axes[s], shape.size()));
    if (steps != graph::kNone && shape[axes[s]] != steps)
      return absl::InvalidArgumentError("the sequences have different lengths");
    steps = shape[axes[s]];
  }
  if (steps < 1 || steps > kMostIterations)
    return absl::UnimplementedError(absl::StrCat("a scan of ", steps, " elements"));
  Expression e(node);
  ValueIds variables;
  for (size_t i = 0; i < count; ++i) variables.push_back(node.In(i));
  std::vector<ValueIds> stacks(outputs - count);
  for (int64_t i = 0; i < steps; ++i) {
    ValueIds operands = variables;
    for (size_t s = 0; s < sequences; ++s) {
      graph::Shape shape = node.InShape(count + s);
      shape.erase(shape.begin() + axes[s]);
      const int64_t at = backwards[s] != 0 ? steps - 1 - i : i;
      operands.push_back(e.Reshape(e.Part(node.In(count + s), axes[s], at, 1), std::move(shape)));
    }
    DIAPASON_RETURN_IF_ERROR(e.status());
    DIAPASON_ASSIGN_OR_RETURN(const ValueIds results, node.ImportBody("body", operands));
    if (results.size() != outputs)
      return absl::InvalidArgumentError("the body does not have the results that the scan needs");
    DIAPASON_RETURN_IF_ERROR(CheckStacked(node, results, count));
    variables.assign(results.begin(), results.begin() + static_cast<int64_t>(count));
    for (size_t s = 0; s < stacks.size(); ++s) stacks[s].push_back(results[count + s]);
  }
  for (size_t s = 0; s < stacks.size(); ++s) {
    if (output_backwards[s] != 0) std::reverse(stacks[s].begin(), stacks[s].end());
    DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                              NodeConverter::Axis(output_axes[s], e.ShapeOf(stacks[s][0]).size() + 1));
    variables.push_back(Stack(e, stacks[s], axis));
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  return variables;
}

}  // namespace diapason::compiler::importer
