// Converts Einsum to transposes, sums and matrix products. Operands are combined from left to right.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// A tensor whose dimensions have labels. The labels are different from one another.
struct Labelled {
  ValueId value;
  std::string labels;
};

// Dimensions of an ellipsis have labels that no equation can have: '0', '1', ..., from the last one on.
constexpr char kEllipsisLabel = '0';
constexpr size_t kMostEllipsisDims = 10;

bool Has(absl::string_view labels, char label) { return labels.find(label) != absl::string_view::npos; }

// Returns the labels of a term of the equation, with those of the ellipsis filled in.
absl::StatusOr<std::string> ExpandEllipsis(absl::string_view term, size_t rank) {
  const std::string letters = absl::StrReplaceAll(term, {{"...", ""}});
  if (!std::all_of(letters.begin(), letters.end(), [](char c) { return absl::ascii_isalpha(c); }))
    return absl::InvalidArgumentError(absl::StrCat("'", term, "' is not a term of an equation"));
  const bool has_ellipsis = letters.size() != term.size();
  if (letters.size() > rank || (!has_ellipsis && letters.size() != rank) ||
      rank - letters.size() > kMostEllipsisDims)
    return absl::InvalidArgumentError(
        absl::StrCat("'", term, "' does not fit a tensor of ", rank, " dimensions"));
  std::string ellipsis;
  for (size_t i = rank - letters.size(); i-- > 0;)
    ellipsis.push_back(static_cast<char>(kEllipsisLabel + static_cast<char>(i)));
  return absl::StrReplaceAll(term, {{"...", ellipsis}});
}

// Sums over the dimensions whose labels are not in `keep`.
Labelled SumOthers(Expression& e, const Labelled& x, absl::string_view keep) {
  std::vector<int64_t> axes;
  graph::Shape shape;
  std::string labels;
  for (size_t d = 0; d < x.labels.size(); ++d) {
    if (Has(keep, x.labels[d])) {
      labels.push_back(x.labels[d]);
      shape.push_back(e.ShapeOf(x.value)[d]);
    } else {
      axes.push_back(static_cast<int64_t>(d));
    }
  }
  if (axes.empty()) return x;
  const ValueId sum = e.Reduce(x.value, axes, graph::Reduction::kSum);
  return {e.Reshape(sum, std::move(shape)), labels};
}

// Brings the dimensions into the order of `labels`, which are those of `x`.
ValueId Ordered(Expression& e, const Labelled& x, absl::string_view labels) {
  if (x.labels == labels) return x.value;
  std::vector<int64_t> perm;
  for (const char label : labels) perm.push_back(static_cast<int64_t>(x.labels.find(label)));
  return e.Transpose(x.value, std::move(perm));
}

// Removes dimensions of one element whose label has more elements in another operand: they broadcast.
Labelled WithoutOnes(Expression& e, const Labelled& x, const std::map<char, int64_t>& extents) {
  graph::Shape shape;
  std::string labels;
  for (size_t d = 0; d < x.labels.size(); ++d) {
    const int64_t extent = e.ShapeOf(x.value)[d];
    if (extent != extents.at(x.labels[d])) continue;
    labels.push_back(x.labels[d]);
    shape.push_back(extent);
  }
  return {e.Reshape(x.value, std::move(shape)), labels};
}

// Multiplies two tensors, and sums over the labels that both have and that are not in `keep`.
Labelled Multiply(Expression& e, const Labelled& a, const Labelled& b, absl::string_view keep,
                  const std::map<char, int64_t>& extents) {
  std::string batch, rows, columns, depth;
  for (const char label : a.labels)
    (!Has(b.labels, label) ? rows : Has(keep, label) ? batch : depth) += label;
  for (const char label : b.labels) {
    if (!Has(a.labels, label)) columns += label;
  }
  const auto shape_of = [&](const std::string& labels) {
    graph::Shape shape;
    for (const char label : labels) shape.push_back(extents.at(label));
    return shape;
  };
  const auto count = [&](const std::string& labels) { return graph::NumElements(shape_of(labels)); };
  const ValueId left =
                    e.Reshape(Ordered(e, a, batch + rows + depth), {count(batch), count(rows), count(depth)}),
                right = e.Reshape(Ordered(e, b, batch + depth + columns),
                                  {count(batch), count(depth), count(columns)});
  const ValueId product = depth.empty() ? e(Op::kMul, {left, right}) : e(Op::kMatMul, {left, right});
  return {e.Reshape(product, shape_of(batch + rows + columns)), batch + rows + columns};
}

}  // namespace

absl::StatusOr<ValueIds> ConvertEinsum(NodeConverter& node) {
  const std::string equation = absl::StrReplaceAll(node.String("equation", ""), {{" ", ""}});
  const std::vector<std::string> sides = absl::StrSplit(equation, "->");
  const std::vector<std::string> terms = absl::StrSplit(sides[0], ',');
  if (sides.size() > 2 || terms.size() != node.num_inputs())
    return absl::InvalidArgumentError(
        absl::StrCat("the equation '", equation, "' does not fit ", node.num_inputs(), " operands"));
  Expression e(node);
  std::vector<Labelled> operands;
  std::map<char, int64_t> extents, uses;
  for (size_t i = 0; i < terms.size(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    const graph::Shape& shape = node.InShape(i);
    DIAPASON_ASSIGN_OR_RETURN(const std::string labels, ExpandEllipsis(terms[i], shape.size()));
    if (std::set<char>(labels.begin(), labels.end()).size() != labels.size())
      return absl::UnimplementedError(absl::StrCat("a diagonal ('", terms[i], "')"));
    for (size_t d = 0; d < labels.size(); ++d) {
      int64_t& extent = extents.try_emplace(labels[d], shape[d]).first->second;
      if (extent == 1) extent = shape[d];
      if (shape[d] != extent && shape[d] != 1)
        return absl::InvalidArgumentError(absl::StrCat(
            "the equation '", equation, "' gives one label the extents ", extent, " and ", shape[d]));
      ++uses[labels[d]];
    }
    operands.push_back({node.In(i), labels});
  }
  // Without a right side, the result has the ellipsis and the labels that occur once, in alphabetical order.
  std::string result;
  size_t ellipsis = 0;
  for (const auto& [label, times] : uses) ellipsis += absl::ascii_isdigit(label);
  if (sides.size() == 2) {
    const size_t letters = absl::StrReplaceAll(sides[1], {{"...", ""}}).size();
    DIAPASON_ASSIGN_OR_RETURN(
        result, ExpandEllipsis(sides[1], absl::StrContains(sides[1], "...") ? letters + ellipsis : letters));
  } else {
    for (size_t i = ellipsis; i-- > 0;)
      result.push_back(static_cast<char>(kEllipsisLabel + static_cast<char>(i)));
    for (const auto& [label, times] : uses) {
      if (absl::ascii_isalpha(label) && times == 1) result.push_back(label);
    }
  }
  for (const char label : result) {
    if (extents.count(label) == 0 || std::count(result.begin(), result.end(), label) != 1)
      return absl::InvalidArgumentError(
          absl::StrCat("the right side of the equation '", equation, "' is wrong"));
  }
  for (Labelled& operand : operands) operand = WithoutOnes(e, operand, extents);
  DIAPASON_RETURN_IF_ERROR(e.status());
  Labelled all = operands[0];
  for (size_t i = 0; i < operands.size(); ++i) {
    std::string later = result;  // the labels that are needed after this operand
    for (size_t k = i + 1; k < operands.size(); ++k) later += operands[k].labels;
    if (i > 0) all = Multiply(e, all, SumOthers(e, operands[i], later + all.labels), later, extents);
    all = SumOthers(e, all, later);
    DIAPASON_RETURN_IF_ERROR(e.status());
  }
  // A label that had one element in every operand is left, and one that only broadcast is not.
  std::string present;
  graph::Shape shape;
  for (const char label : result) {
    const bool has = Has(all.labels, label);
    if (has) present.push_back(label);
    shape.push_back(has ? extents.at(label) : 1);
  }
  return e.Result(e.Reshape(Ordered(e, all, present), std::move(shape)));
}

}  // namespace diapason::compiler::importer
