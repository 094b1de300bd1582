// Writes the text of one workload: its arguments, which are views of buffers, linalg.generic ops, and
// constants. It knows how MLIR is spelt, and knows nothing about models.
#ifndef DIAPASON_COMPILER_GRAPH_WORKLOAD_TEXT_H_
#define DIAPASON_COMPILER_GRAPH_WORKLOAD_TEXT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/graph/element_text.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::graph {

// A tensor in the text.
struct TensorText {
  std::string name;
  v1::ElementType type = v1::ELEMENT_TYPE_F32;
  Shape shape;
  std::string Type() const;  // "tensor<1x56x56x64xf32>"
};

// An operand of a linalg.generic. The indices are affine expressions of the loops d0, d1, ...
struct OperandText {
  TensorText tensor;
  std::vector<std::string> indices;
};

// Return the index of a loop, such as "d3", and the indices of several loops.
std::string LoopIndex(int loop);
std::vector<std::string> LoopIndices(const std::vector<int>& loops);

// Collects the parts of a workload's text. In a body, the elements of the inputs have the names "%x0",
// "%x1", ..., and the old element of the destination is "%old". Booleans have their type in memory (i8).
class WorkloadText {
 public:
  // `attributes` is empty or a list such as "diapason.constant". Arguments are numbered in the order of
  // these calls; destinations must come last.
  TensorText AddArgument(View view, v1::ElementType type, const std::string& attributes);
  TensorText AddDestination(View view, v1::ElementType type);

  // Returns the SSA name of a number, which can be used everywhere in the function.
  std::string Constant(v1::ElementType type, Scalar number);
  // Returns a tensor whose elements are not set.
  TensorText Empty(v1::ElementType type, Shape shape);

  // Returns a name that is not used yet, such as "%v7".
  std::string Fresh();

  // `iterators` has a letter for each loop: 'p' for a parallel loop, 'r' for a reduction. `body` holds
  // the lines before the yield. `yield` is the name to yield, which must have the destination's type in
  // memory. `attribute` is empty or an attribute of the operation, such as "diapason.strict".
  TensorText Generic(absl::string_view iterators, const std::vector<OperandText>& inputs,
                     const OperandText& output, absl::string_view body, absl::string_view yield,
                     absl::string_view attribute = "");
  // Returns a tensor whose elements are all `number`.
  TensorText Fill(v1::ElementType type, Shape shape, const std::string& number);

  // Returns the text of the function, which returns `result`.
  std::string Finish(const TensorText& result) const;
  const std::vector<View>& views() const { return views_; }

 private:
  std::vector<std::string> arguments_;
  std::vector<View> views_;
  std::map<std::string, std::string> constants_;  // literal -> name
  std::string constant_lines_, lines_;
  int next_ = 0;
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_WORKLOAD_TEXT_H_
