// Writes the text of one workload: arguments as views of buffers, linalg.generic ops, constants. Knows MLIR's
// spelling and nothing of models.
#ifndef DIAPASON_COMPILER_GRAPH_WORKLOAD_TEXT_H_
#define DIAPASON_COMPILER_GRAPH_WORKLOAD_TEXT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/graph/element_text.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::graph {

// A tensor in the text. `loops`: for an operand of an op, which loop each of its dimensions follows.
struct TensorText {
  std::string name;
  v1::ElementType type = v1::ELEMENT_TYPE_F32;
  Shape shape;
  std::string Type() const;  // "tensor<1x56x56x64xf32>"
};

// An operand of a linalg.generic: indices are affine expressions of the loops d0, d1, ...
struct OperandText {
  TensorText tensor;
  std::vector<std::string> indices;
};

std::string LoopIndex(int loop);  // "d3"
std::vector<std::string> LoopIndices(const std::vector<int>& loops);

// The body's names of its operands: "%x0", "%x1", ... for inputs, "%old" for the destination's old value.
// Booleans come as they lie in memory (i8); BodyInput makes them i1.
class WorkloadText {
 public:
  // `attributes`: "diapason.constant", ...; empty: none. Arguments are numbered in the order of these calls,
  // destinations last.
  TensorText AddArgument(View view, v1::ElementType type, const std::string& attributes);
  TensorText AddDestination(View view, v1::ElementType type);

  // An SSA name of a number, usable everywhere.
  std::string Constant(v1::ElementType type, Scalar number);
  TensorText Empty(v1::ElementType type, Shape shape);

  // A fresh name: "%v7".
  std::string Fresh();

  // `iterators`: a letter a loop, p(arallel) or r(eduction). `body`: lines, the last without its yield;
  // `yield`: the name to yield, of the destination's memory type.
  TensorText Generic(absl::string_view iterators, const std::vector<OperandText>& inputs,
                     const OperandText& output, absl::string_view body, absl::string_view yield);
  // A tensor full of one number.
  TensorText Fill(v1::ElementType type, Shape shape, const std::string& number);

  std::string Finish(const TensorText& result) const;  // the function
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
