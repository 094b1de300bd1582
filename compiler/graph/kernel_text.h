// Writes one kernel as the text of a workload, together with the views that its arguments see. Each kind
// of kernel has a file of its own.
#ifndef DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_
#define DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_

#include <string>
#include <vector>

#include "compiler/graph/epilogue.h"
#include "compiler/graph/iteration_space.h"
#include "compiler/graph/layout.h"
#include "compiler/graph/workload_text.h"

namespace diapason::compiler::graph {

// A written kernel: the text of its workload, a summary for people, and a view for each argument.
struct KernelText {
  std::string text;
  std::string summary;
  std::vector<View> arguments;
};

// Writes one kernel. The arguments must outlive the writer. If a kernel's text needs a constant that the
// model does not have, the writer adds it to `graph` and a buffer for it to `layout`.
class KernelWriter {
 public:
  KernelWriter(Graph& graph, Layout& layout, const Kernel& kernel);
  // Writes the kernel. It must be called only once.
  KernelText Write();

 private:
  void WriteElementwise();  // write_elementwise.cc: elementwise operators and Copy
  void WriteGather();
  void WriteReduce();     // write_reduction.cc
  void WriteRows();       // Softmax, LogSoftmax, LayerNormalization
  void WriteMatMul();     // write_matmul.cc
  void WriteAttention();  // write_attention.cc
  void WriteConv();       // write_window.cc
  void WritePool();

  // Returns the loops of the output's dimensions, with accesses to the output and to the epilogue's
  // operands.
  IterationSpace OutputSpace() const;
  // Makes the access an argument of the workload. The argument's dimensions have the order of the
  // access.
  OperandText Argument(const Access& access, absl::string_view attributes = "");
  // Makes the accesses from number `first` on arguments, each in memory order.
  std::vector<OperandText> EpilogueArguments(const IterationSpace& space, size_t first);
  // Makes the access the destination of the workload, with its dimensions in the order of the loops.
  OperandText Destination(const Access& access);
  // Returns the value that the accumulator starts from, over loops of the given extents: the bias or, if
  // there is none, `number`.
  TensorText Start(const std::optional<Access>& bias, double number, absl::Span<const int64_t> extents);
  // Returns the attributes of an argument that reads `value`: `others`, and that it is constant if it
  // is.
  std::string Attributes(ValueId value, absl::string_view others) const;

  Graph& graph_;
  Layout& layout_;
  const Kernel& kernel_;
  const Node* anchor_;  // null if there is none
  const Value& output_;
  Epilogue epilogue_;
  WorkloadText text_;
  std::string summary_;
  TensorText result_;
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_
