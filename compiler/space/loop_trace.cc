#include "compiler/space/loop_trace.h"

#include "compiler/space/nest_builder.h"

namespace diapason::compiler::space {

LoopTrace::LoopTrace(const Script& script, const SketchProgram& sketch, const Anchor& anchor,
                     mlir::ModuleOp payload)
    : script_(script), sketch_(sketch), anchor_(anchor), graph_(MakePayloadGraph(payload, anchor.op)) {
  if (graph_.ops.empty()) error_ = "the workload has no linalg operation with a static shape";
}

const LoopNest* LoopTrace::Find(std::vector<int64_t>& slots) {
  if (!error_.empty()) return nullptr;
  const Branch* known = &root_;
  while (known && !known->nest && known->question.slot >= 0) {
    auto answer = known->answers.find(known->question.Answer(slots));
    known = answer == known->answers.end() ? nullptr : answer->second.get();
  }
  if (!known || !known->nest) {
    Branch* branch = &root_;
    std::map<std::pair<int, bool>, int64_t> asked;
    auto see = [&](int slot) {
      if (slot >= sketch_.constraints.num_slots()) return;
      for (int knob : sketch_.constraints.KnobsOf(slot)) visible_knobs_.insert(knob);
    };
    auto ask = [&](int slot, bool is_zero) {
      const Question question = {slot, is_zero};
      const int64_t answer = question.Answer(slots);
      if (sketch_.constraints.KnobsOf(slot).empty() || !asked.try_emplace({slot, is_zero}, answer).second)
        return answer;
      branch->question = question;
      std::unique_ptr<Branch>& next = branch->answers[answer];
      if (!next) next = std::make_unique<Branch>();
      branch = next.get();
      return answer;
    };
    NestBuilder builder({sketch_, anchor_, ask, see}, graph_);
    if (!builder.Follow(script_.main().getBody().front())) {
      error_ = builder.error();
      return nullptr;
    }
    branch->nest = std::make_unique<LoopNest>(builder.TakeNest());
    known = branch;
  }
  known->nest->Complete(sketch_.constraints.num_slots(), slots);
  return known->nest.get();
}

}  // namespace diapason::compiler::space
