// The elementwise end of a kernel: its operands beside the anchor's result, the bias that the anchor starts
// from, and the body of the one op that computes it all.
#ifndef DIAPASON_COMPILER_GRAPH_EPILOGUE_H_
#define DIAPASON_COMPILER_GRAPH_EPILOGUE_H_

#include <optional>

#include "compiler/graph/layout.h"
#include "compiler/graph/workload_text.h"

namespace diapason::compiler::graph {

class Epilogue {
 public:
  // All outlive the epilogue.
  Epilogue(const Graph& graph, const Layout& layout, const Kernel& kernel);

  // Where the chain begins with adding a constant along dimension `dim` of the output alone: takes it off the
  // chain.
  std::optional<ValueId> TakeBias(size_t dim);

  // Tensors that the chain reads and that are neither single numbers, nor the anchor's result, nor the value
  // in whose place the output is written.
  const std::vector<ValueId>& operands() const { return operands_; }

  // Writes the op. The anchor's result is `anchor`, which `prelude` may compute from the anchor's own inputs
  // (%x0, ...); `operands` are those of operands(), behind them.
  TensorText Write(WorkloadText& text, absl::string_view iterators, std::vector<OperandText> anchor_inputs,
                   absl::string_view prelude, const std::string& anchor,
                   const std::vector<OperandText>& operands, const OperandText& destination) const;

  // What people call it: " bias residual relu".
  std::string Words() const;

 private:
  void CollectOperands();

  const Graph& graph_;
  const Kernel& kernel_;
  std::vector<NodeId> chain_;
  std::vector<ValueId> operands_;
  ValueId start_ = kNone;     // stands for the anchor's result, bias included
  ValueId in_place_ = kNone;  // the old value of the destination
  bool has_bias_ = false;
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_EPILOGUE_H_
