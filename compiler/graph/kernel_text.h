// One kernel as the text of a workload and the views that its arguments see. One file for each kind of
// kernel.
#ifndef DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_
#define DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_

#include <string>
#include <vector>

#include "compiler/graph/epilogue.h"
#include "compiler/graph/iteration_space.h"
#include "compiler/graph/layout.h"
#include "compiler/graph/workload_text.h"

namespace diapason::compiler::graph {

struct KernelText {
  std::string text;
  std::string summary;
  std::vector<View> arguments;
};

// What every kind needs. `layout` may get buffers for constants that a kernel's text wants and the model has
// not.
class KernelWriter {
 public:
  KernelWriter(Graph& graph, Layout& layout, const Kernel& kernel);
  KernelText Write();

 private:
  void WriteElementwise();  // write_elementwise.cc: also Copy
  void WriteGather();
  void WriteReduce();  // write_reduction.cc
  void WriteRows();    // Softmax, LogSoftmax, LayerNormalization
  void WriteMatMul();  // write_matmul.cc
  void WriteConv();    // write_window.cc
  void WritePool();

  // The loops of the output's dimensions, with accesses to the output and to the epilogue's operands.
  IterationSpace OutputSpace() const;
  // Makes the access an argument of the workload. Its dimensions keep their order.
  OperandText Argument(const Access& access, absl::string_view attributes = "");
  // The accesses from `first` on, each in memory order.
  std::vector<OperandText> EpilogueArguments(const IterationSpace& space, size_t first);
  // In the order of the loops.
  OperandText Destination(const Access& access);
  // The accumulator's start over loops of the given extents: the bias, or else the number.
  TensorText Start(const std::optional<Access>& bias, double number, absl::Span<const int64_t> extents);
  std::string Attributes(ValueId value, absl::string_view others) const;

  Graph& graph_;
  Layout& layout_;
  const Kernel& kernel_;
  const Node* anchor_;  // null: none
  const Value& output_;
  Epilogue epilogue_;
  WorkloadText text_;
  std::string summary_;
  TensorText result_;
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_
