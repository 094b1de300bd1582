// The epilogue of a kernel: the elementwise operators behind its anchor. It becomes one linalg op, which
// reads the anchor's result and the other operands of these operators. Before it is written, a bias can
// be taken out of it, so that the anchor's accumulator starts from the bias.
#ifndef DIAPASON_COMPILER_GRAPH_EPILOGUE_H_
#define DIAPASON_COMPILER_GRAPH_EPILOGUE_H_

#include <optional>

#include "compiler/graph/layout.h"
#include "compiler/graph/workload_text.h"

namespace diapason::compiler::graph {

class Epilogue {
 public:
  // `graph` and `kernel` must outlive the epilogue.
  Epilogue(const Graph& graph, const Layout& layout, const Kernel& kernel);

  // If the chain begins by adding a constant that varies along dimension `dim` of the output only,
  // removes that sum from the chain and returns the constant. The caller then starts the accumulator
  // from it.
  std::optional<ValueId> TakeBias(size_t dim);

  // Returns the tensors that the chain reads. Single numbers are not among them, because they become
  // constants of the text. Neither are the anchor's result and the value whose place the output takes.
  const std::vector<ValueId>& operands() const { return operands_; }

  // Writes the op and returns its result. `anchor` is the SSA name of the anchor's result; the lines of
  // `prelude` may compute it from the anchor's own inputs (%x0, ...). `operands` are the texts of
  // operands(), in the same order; they follow the anchor's inputs in the body.
  TensorText Write(WorkloadText& text, absl::string_view iterators, std::vector<OperandText> anchor_inputs,
                   absl::string_view prelude, const std::string& anchor,
                   const std::vector<OperandText>& operands, const OperandText& destination) const;

  // Returns words for a summary that people read, such as " bias residual relu".
  std::string Summary() const;

 private:
  void CollectOperands();

  const Graph& graph_;
  const Kernel& kernel_;
  std::vector<NodeId> chain_;
  std::vector<ValueId> operands_;
  ValueId start_ = kNone;     // the anchor's result, or its sum with the bias after TakeBias
  ValueId in_place_ = kNone;  // the value whose place the output takes; kNone if there is none
  bool has_bias_ = false;
};

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_EPILOGUE_H_
