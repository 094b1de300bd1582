// One kernel as the text of a workload and the views that its arguments see. One file for each kind of kernel.
#ifndef DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_
#define DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_

#include <string>
#include <vector>

#include "compiler/graph/epilogue.h"
#include "compiler/graph/layout.h"
#include "compiler/graph/nest.h"
#include "compiler/graph/workload_text.h"

namespace diapason::compiler {

struct KernelText {
  std::string text;
  std::string summary;
  std::vector<View> arguments;
};

// What every kind needs. `layout` may get buffers for constants that a kernel's text wants and the model has not.
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

  // The output and the epilogue's operands along the output's dimensions.
  Nest OutputNest() const;
  // Makes the access an argument with the loops that move it as dimensions, in memory order or in the loops' own.
  OperandText Argument(const Nest& nest, const Access& access, bool keep_order = false,
                       absl::string_view attributes = "");
  std::vector<OperandText> EpilogueArguments(const Nest& nest, size_t first);  // accesses from `first` on
  OperandText Destination(const Nest& nest, const Access& access);
  // The accumulator's start: the bias along loop `dim` of the output's loops, or the number.
  TensorText Start(const Nest& nest, const std::optional<Access>& bias, double number,
                   absl::Span<const int64_t> extents);
  View ViewOf(const Nest& nest, const Access& access, const std::vector<int>& loops) const;
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

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_GRAPH_KERNEL_TEXT_H_
