// A symbolic trace: follows a sketch's steps over a payload without applying them, and keeps for each way
// that the sketch can take (branches of alternatives, orders of loops) the loop nest that comes out. Private
// to compiler/space.
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

// Understands collect_matching, match, get_consumers_of_result, get_producer_of_operand, split_handle,
// merge_handles, replicate, include, tune.alternatives, annotate; structured.{fuse, tile_using_for,
// tile_using_forall, split, fuse_into_containing_op}; diapason.{split_dim, pack_operand, tile_root,
// unroll_full}. Steps known to leave the nest as it is are passed over, as is everything on handles to
// functions and modules. Any other step on an operation or a loop that the trace follows ends it: error()
// says which.
class LoopTrace {
 public:
  // All are borrowed and must outlive this.
  LoopTrace(const Script& script, const SketchProgram& sketch, const Anchor& anchor, mlir::ModuleOp payload);

  // The nest for the parameters' values in `slots`, which is extended by the nest's own slots; null where the
  // trace fails. Made on demand, once for each structure.
  const LoopNest* Find(std::vector<int64_t>& slots);

  // What the trace does not understand; empty while it does.
  const std::string& error() const { return error_; }

  // Knobs that have shaped a nest so far.
  const std::set<int>& visible_knobs() const { return visible_knobs_; }

 private:
  // What the nest depends on besides sizes: the value of a slot, or whether it is zero.
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
    std::unique_ptr<LoopNest> nest;  // of a leaf
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
