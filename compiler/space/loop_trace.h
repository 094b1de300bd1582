// A symbolic trace of a sketch. It follows the sketch's steps over a payload without applying them. For
// each path that the sketch can take (regions of alternatives, orders of loops) it keeps the loop nest that
// results. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_LOOP_TRACE_H_
#define DIAPASON_COMPILER_SPACE_LOOP_TRACE_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "compiler/space/anchor.h"
#include "compiler/space/loop_nest.h"
#include "compiler/space/payload_graph.h"
#include "compiler/space/sketch_program.h"

namespace diapason::compiler::space {

// It follows collect_matching, match, get_consumers_of_result, get_producer_of_operand, split_handle,
// merge_handles, replicate, include, tune.alternatives, annotate; structured.{fuse, tile_using_for,
// tile_using_forall, split, fuse_into_containing_op}; diapason.{split_dim, pack_operand, tile_root,
// unroll_full, winograd, strassen}. It ignores steps that are known not to change the nest, and steps on
// handles to functions and modules. Any other step on an operation or a loop that the trace follows ends
// the trace; error() then says which step it was.
class LoopTrace {
 public:
  // All arguments are borrowed and must outlive this.
  LoopTrace(const Script& script, const SketchProgram& sketch, const Anchor& anchor, mlir::ModuleOp payload);

  // Returns the nest for the parameters' values in `slots`, and adds the nest's own slots to them. Returns
  // null if the trace fails. A nest is made when it is first needed, once for each path through the sketch.
  const LoopNest* Find(std::vector<int64_t>& slots);

  // Says which step the trace cannot follow; empty if there is none so far.
  const std::string& error() const { return error_; }

  // The knobs that have changed a nest so far.
  const std::set<int>& visible_knobs() const { return visible_knobs_; }

 private:
  // Something that decides the path through the sketch: the value of a slot, or whether it is zero.
  struct Question {
    int slot = -1;
    bool is_zero = false;
    int64_t Answer(const std::vector<int64_t>& slots) const {
      return is_zero ? slots[slot] == 0 : slots[slot];
    }
  };
  // A tree of questions, in the order in which the sketch's steps ask them.
  struct Branch {
    Question question;
    std::map<int64_t, std::unique_ptr<Branch>> answers;
    std::unique_ptr<LoopNest> nest;  // set in leaves
  };

  const Script& script_;
  const SketchProgram& sketch_;
  const Anchor& anchor_;
  const PayloadGraph graph_;
  Branch root_;
  std::set<int> visible_knobs_;
  std::string error_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_LOOP_TRACE_H_
