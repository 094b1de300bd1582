#include "compiler/importer/trees.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/converters.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;
using Integers = std::vector<int64_t>;

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

std::optional<Branch> BranchNamed(absl::string_view name) {
  constexpr std::pair<absl::string_view, Branch> kNames[] = {
      {"BRANCH_LEQ", Branch::kLessOrEqual},    {"BRANCH_LT", Branch::kLess},
      {"BRANCH_GTE", Branch::kGreaterOrEqual}, {"BRANCH_GT", Branch::kGreater},
      {"BRANCH_EQ", Branch::kEqual},           {"BRANCH_NEQ", Branch::kNotEqual}};
  for (const auto& [known, branch] : kNames) {
    if (known == name) return branch;
  }
  return std::nullopt;
}

// Sets the depth. Each node of a tree has one parent, so a walk that meets more nodes than there are has
// found a cycle.
absl::Status FindDepth(Trees& trees) {
  Integers level = trees.roots;
  size_t met = level.size();
  while (true) {
    Integers next;
    for (const int64_t n : level) {
      for (const int64_t child : {trees.yes[n], trees.no[n]}) {
        if (child != n) next.push_back(child);
      }
    }
    if (next.empty()) return absl::OkStatus();
    met += next.size();
    if (met > trees.yes.size()) return Wrong("the nodes do not form trees");
    ++trees.depth;
    level = std::move(next);
  }
}

// Whether the comparison holds for the elements.
ValueId Compare(Expression& e, Branch branch, ValueId x, ValueId value) {
  switch (branch) {
    case Branch::kLessOrEqual:
      return e(Op::kLessOrEqual, {x, value});
    case Branch::kLess:
      return e(Op::kLess, {x, value});
    case Branch::kGreaterOrEqual:
      return e(Op::kLessOrEqual, {value, x});
    case Branch::kGreater:
      return e(Op::kLess, {value, x});
    case Branch::kEqual:
      return e(Op::kEqual, {x, value});
    case Branch::kNotEqual:
      break;
  }
  return e(Op::kNot, {e(Op::kEqual, {x, value})});
}

ValueId FloatTable(NodeConverter& node, const std::vector<double>& numbers, graph::Shape shape) {
  std::vector<graph::Scalar> scalars;
  for (const double number : numbers) scalars.push_back({number, 0});
  return node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_F32, std::move(shape),
                                     graph::ToBytes(v1::ELEMENT_TYPE_F32, scalars));
}

}  // namespace

absl::StatusOr<Trees> ReadTrees(const NodeConverter& node, absl::string_view kind, int64_t targets) {
  const auto integers = [&](absl::string_view name) { return node.Ints(name).value_or(Integers()); };
  const auto of_kind = [&](absl::string_view name) { return absl::StrCat(kind, name); };
  const Integers tree_ids = integers("nodes_treeids"), node_ids = integers("nodes_nodeids"),
                 yes = integers("nodes_truenodeids"), no = integers("nodes_falsenodeids");
  const std::vector<std::string> modes = node.Strings("nodes_modes");
  const size_t count = node_ids.size();
  Trees trees;
  trees.targets = targets;
  trees.features = integers("nodes_featureids");
  trees.values = node.Floats("nodes_values");
  trees.missing_is_yes = integers("nodes_missing_value_tracks_true");
  trees.base = node.Floats("base_values");
  if (trees.missing_is_yes.empty()) trees.missing_is_yes.assign(count, 0);
  const std::string aggregate = node.String("aggregate_function", "SUM");
  if (trees.values.empty() || (aggregate != "SUM" && aggregate != "AVERAGE"))
    return absl::UnimplementedError("values as tensors, or a least or largest weight");
  trees.is_mean = aggregate == "AVERAGE";
  if (count == 0 || targets < 1 || tree_ids.size() != count || yes.size() != count || no.size() != count ||
      modes.size() != count || trees.features.size() != count || trees.values.size() != count ||
      trees.missing_is_yes.size() != count)
    return Wrong("the lists of the nodes have different lengths");
  std::map<std::pair<int64_t, int64_t>, int64_t> places;  // of (tree, node)
  for (size_t n = 0; n < count; ++n) {
    if (n == 0 || tree_ids[n] != tree_ids[n - 1]) trees.roots.push_back(static_cast<int64_t>(n));
    if (!places.emplace(std::pair(tree_ids[n], node_ids[n]), static_cast<int64_t>(n)).second)
      return Wrong("a node occurs twice");
  }
  for (size_t n = 0; n < count; ++n) {
    const std::optional<Branch> branch = BranchNamed(modes[n]);
    const bool is_leaf = modes[n] == "LEAF";
    if (!branch && !is_leaf) return absl::UnimplementedError(absl::StrCat("nodes of mode '", modes[n], "'"));
    trees.branches.push_back(branch.value_or(Branch::kLessOrEqual));
    for (const bool first : {true, false}) {
      const auto child = places.find(std::pair(tree_ids[n], (first ? yes : no)[n]));
      if (!is_leaf && child == places.end()) return Wrong("a child of a node does not exist");
      (first ? trees.yes : trees.no).push_back(is_leaf ? static_cast<int64_t>(n) : child->second);
    }
    if (is_leaf) trees.features[n] = 0;
  }
  DIAPASON_RETURN_IF_ERROR(FindDepth(trees));
  const Integers leaf_trees = integers(of_kind("_treeids")), leaves = integers(of_kind("_nodeids")),
                 ids = integers(of_kind("_ids"));
  const std::vector<double> weights = node.Floats(of_kind("_weights"));
  if (leaf_trees.size() != leaves.size() || ids.size() != leaves.size() || weights.size() != leaves.size())
    return Wrong("the lists of the weights have different lengths");
  constexpr int64_t kMostWeights = 1 << 28;
  if (targets > kMostWeights / static_cast<int64_t>(count))
    return absl::UnimplementedError("so many weights");
  trees.weights.assign(count * static_cast<size_t>(targets), 0);
  for (size_t i = 0; i < leaves.size(); ++i) {
    const auto place = places.find(std::pair(leaf_trees[i], leaves[i]));
    const int64_t target = targets == 1 ? 0 : ids[i];
    if (place == places.end() || target < 0 || target >= targets) return Wrong("a weight belongs to no leaf");
    trees.weights[static_cast<size_t>(place->second * targets + target)] += weights[i];
  }
  const int64_t bases = static_cast<int64_t>(trees.base.size());
  if (bases != 0 && bases != targets)
    return absl::UnimplementedError("base_values of another number than targets");
  return trees;
}

absl::StatusOr<ValueId> Evaluate(NodeConverter& node, Expression& e, const Trees& trees, ValueId x) {
  const graph::Shape shape = e.ShapeOf(x);
  const int64_t rows = shape[0], count = static_cast<int64_t>(trees.yes.size()),
                roots = static_cast<int64_t>(trees.roots.size());
  for (const int64_t feature : trees.features) {
    if (feature < 0 || feature >= shape[1])
      return Wrong(absl::StrCat("feature ", feature, " does not exist in rows of ", shape[1]));
  }
  const auto integer_table = [&](const Integers& numbers) { return node.Integers(numbers, {count}); };
  const auto look_up = [&](ValueId table, ValueId at) {
    return e(Op::kGather, {table, at}, {{"axis", int64_t{0}}});
  };
  const ValueId features = integer_table(trees.features), yes = integer_table(trees.yes),
                no = integer_table(trees.no), values = FloatTable(node, trees.values, {count});
  Integers branches;
  for (const Branch branch : trees.branches) branches.push_back(static_cast<int64_t>(branch));
  const bool missing = std::count(trees.missing_is_yes.begin(), trees.missing_is_yes.end(), 0) != count;
  const ValueId branch_table = integer_table(branches), missing_table = integer_table(trees.missing_is_yes);
  std::sort(branches.begin(), branches.end());
  branches.erase(std::unique(branches.begin(), branches.end()), branches.end());
  ValueId at = e.Expand(node.Integers(trees.roots, {1, roots}), {rows, roots});
  for (int64_t level = 0; level < trees.depth && e.status().ok(); ++level) {
    const ValueId feature = GatherAlong(e, x, look_up(features, at), 1), value = look_up(values, at);
    ValueId goes = Compare(e, static_cast<Branch>(branches[0]), feature, value);
    for (size_t b = 1; b < branches.size(); ++b) {
      const ValueId kind = look_up(branch_table, at);
      const ValueId is_it = e(Op::kEqual, {kind, e.Number(kind, static_cast<double>(branches[b]))});
      goes = e(Op::kWhere, {is_it, Compare(e, static_cast<Branch>(branches[b]), feature, value), goes});
    }
    if (missing) {
      const ValueId tracks = look_up(missing_table, at);
      const ValueId is_set = e(Op::kNot, {e(Op::kEqual, {tracks, e.Number(tracks, 0)})});
      goes = e(Op::kOr, {goes, e(Op::kAnd, {is_set, e(Op::kIsNaN, {feature})})});
    }
    at = e(Op::kWhere, {goes, look_up(yes, at), look_up(no, at)});
  }
  const ValueId weights = look_up(FloatTable(node, trees.weights, {count, trees.targets}), at);
  ValueId scores = e.Reduce(weights, {1}, trees.is_mean ? graph::Reduction::kMean : graph::Reduction::kSum);
  scores = e.Reshape(scores, {rows, trees.targets});
  if (!trees.base.empty()) scores = e(Op::kAdd, {scores, FloatTable(node, trees.base, {trees.targets})});
  DIAPASON_RETURN_IF_ERROR(e.status());
  return scores;
}

}  // namespace diapason::compiler::importer
