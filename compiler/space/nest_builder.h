// One walk of the symbolic trace, which makes loop nests from the steps of a script. LoopTrace keeps the
// results. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_NEST_BUILDER_H_
#define DIAPASON_COMPILER_SPACE_NEST_BUILDER_H_

#include <string>
#include <utility>

#include "compiler/space/trace_state.h"
#include "mlir/Dialect/Transform/TuneExtension/TuneExtensionOps.h"

namespace diapason::compiler::space {

class NestBuilder {
 public:
  NestBuilder(TraceEnvironment environment, const PayloadGraph& graph)
      : state_(std::move(environment), graph) {}

  // Follows the steps of a block. Returns false if the trace ends; error() then says at which step.
  bool Follow(mlir::Block& block);

  const std::string& error() const { return state_.error; }
  LoopNest TakeNest() { return std::move(state_.nests); }

 private:
  bool Step(mlir::Operation& op);
  // Handles a step that is not followed. Returns false if the step may change a nest.
  bool PassOver(mlir::Operation& op);
  bool Alternatives(mlir::transform::tune::AlternativesOp op);
  bool Include(mlir::transform::IncludeOp op);

  TraceState state_;
  int steps_ = 0;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_NEST_BUILDER_H_
