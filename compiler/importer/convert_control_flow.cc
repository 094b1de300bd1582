// Converts control flow. A branch that is known is taken, and a loop whose number of iterations is known
// becomes the nodes of all iterations. If a condition is computed when the model runs, both branches are
// computed, and the results of one are selected. Operators have no side effects, so the result is the
// same.
#include <algorithm>
#include <optional>

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

// The same for two sequences or optionals.
absl::StatusOr<ValueId> SelectSequence(NodeConverter& node, ValueId condition, ValueId a, ValueId b) {
  if (a == b) return a;
  if (!Sequences::Has(a) || !Sequences::Has(b))
    return absl::UnimplementedError(
        absl::StrCat("a condition computed when the model runs, and an optional that may be empty", kKnownValue));
  const ValueIds& left = node.sequences.Elements(a);
  const ValueIds& right = node.sequences.Elements(b);
  if (left.size() != right.size())
    return absl::UnimplementedError(absl::StrCat("a condition computed when the model runs, and sequences of ",
                                                 left.size(), " and ", right.size(), " elements", kKnownValue));
  DIAPASON_ASSIGN_OR_RETURN(ValueIds elements, Select(node, condition, left, right));
  return node.sequences.Add(std::move(elements));
}

// Returns the values of `a` if the condition holds when the model runs, and else those of `b`.
absl::StatusOr<ValueIds> Select(NodeConverter& node, ValueId condition, const ValueIds& a,
                                const ValueIds& b) {
  Expression e(node);
  condition = e.Reshape(condition, {});
  ValueIds selected;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Sequences::Has(a[i]) || Sequences::Has(b[i]) || a[i] == graph::kNone || b[i] == graph::kNone) {
      DIAPASON_ASSIGN_OR_RETURN(const ValueId sequence, SelectSequence(node, condition, a[i], b[i]));
      selected.push_back(sequence);
      continue;
    }
    const graph::Value &left = node.graph.value(a[i]), &right = node.graph.value(b[i]);
    if (a[i] != b[i] && (node.SizeOfValue(a[i]) != nullptr || node.SizeOfValue(b[i]) != nullptr))
      return absl::UnimplementedError(
          "a condition computed when the model runs, and a result whose size is known only then");
    if (left.shape != right.shape || left.type != right.type)
      return absl::UnimplementedError(
          absl::StrCat("a condition computed when the model runs, and results of the shapes ",
                       graph::ShapeText(left.shape), " and ", graph::ShapeText(right.shape), kKnownValue));
    selected.push_back(a[i] == b[i] ? a[i] : e(Op::kWhere, {condition, a[i], b[i]}));
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
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
