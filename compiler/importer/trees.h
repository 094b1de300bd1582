// Ensembles of decision trees, as ai.onnx.ml writes them: lists of nodes, and of the weights of leaves.
#ifndef DIAPASON_COMPILER_IMPORTER_TREES_H_
#define DIAPASON_COMPILER_IMPORTER_TREES_H_

#include <vector>

#include "compiler/importer/expression.h"

namespace diapason::compiler::importer {

// How a node compares its feature with its value to decide for its first child.
enum class Branch : uint8_t { kLessOrEqual, kLess, kGreaterOrEqual, kGreater, kEqual, kNotEqual };

// The nodes of all trees. A child is an index into the lists. Both children of a leaf are the leaf itself.
struct Trees {
  std::vector<int64_t> roots, features, yes, no;
  std::vector<int64_t> missing_is_yes;  // whether NaN goes to the first child
  std::vector<Branch> branches;
  std::vector<double> values;
  std::vector<double> weights;  // [nodes, targets]
  std::vector<double> base;     // of each target, or of none
  int64_t targets = 1;
  int64_t depth = 0;  // how many steps lead from a root to the leaf that is farthest away
  bool is_mean = false;
};

// Reads the trees of a node. The names of the attributes with the leaves' weights begin with `kind`. Returns
// InvalidArgument if the lists do not describe trees.
absl::StatusOr<Trees> ReadTrees(const NodeConverter& node, absl::string_view kind, int64_t targets);

// Returns the scores [rows, targets] of the rows of x, which are floats. All rows go through all trees at
// once, one level after the other.
absl::StatusOr<graph::ValueId> Evaluate(NodeConverter& node, Expression& e, const Trees& trees,
                                        graph::ValueId x);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_TREES_H_
