// The knobs of a sketch and what its constraints demand of them, as a flat program on integers. Instructions
// are kept by the last knob that they need, so that a search which sets one knob after another stops at the
// first violation.
#ifndef DIAPASON_COMPILER_SPACE_CONSTRAINT_PROGRAM_H_
#define DIAPASON_COMPILER_SPACE_CONSTRAINT_PROGRAM_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "compiler/space/integer_program.h"

namespace diapason::compiler::space {

using KnobValues = std::vector<int64_t>;  // one for each knob, in the knobs' order

struct Knob {
  std::string name;
  std::vector<int64_t> options;     // as the sketch lists them
  std::optional<int64_t> selected;  // what the sketch's author selected, if anything
  std::vector<int64_t> domain;      // options that no constraint on this knob alone forbids; set by Finish
};

// What no assertion needs (parameters that only the script reads, the cost that the default minimises) is
// computed for legal assignments alone.
//
// Built once (AddKnob, Emit, Assert, then Finish), constant afterwards and then safe to use from any thread.
class ConstraintProgram {
 public:
  ConstraintProgram();

  // Each returns the slot that holds the value.
  int Constant(int64_t value);
  int AddKnob(Knob knob);
  int Emit(Opcode op, int a, int b, int c);
  int Emit(Opcode op, int a, int b) { return Emit(op, a, b, a); }
  int Emit(Opcode op, int a) { return Emit(op, a, a, a); }

  // Only values that make `slot` true are legal. `where` names the constraint in messages.
  void Assert(int slot, std::string where);

  // Drops options that a constraint on one knob alone forbids, and sets aside what no assertion needs.
  void Finish();

  const std::vector<Knob>& knobs() const { return knobs_; }
  int knob_slot(int knob) const { return knob_slots_[knob]; }
  int num_slots() const { return static_cast<int>(initial_.size()); }

  // The knobs that a slot's value depends on, ascending; empty: it is known.
  const std::vector<int>& KnobsOf(int slot) const { return dependencies_[slot]; }
  int64_t Known(int slot) const { return initial_[slot]; }

  // For each assertion the knobs it couples (two or more), without repetition.
  const std::vector<std::vector<int>>& couplings() const { return couplings_; }

  // Setting knob after knob: Start, then Set for knob 0, 1, ... `slots` has num_slots() elements. Set gives
  // the number of the first violated assertion, or kLegal.
  static constexpr int kLegal = -1;
  int Start(std::vector<int64_t>& slots) const;
  int Set(int knob, int64_t value, std::vector<int64_t>& slots) const {
    slots[knob_slots_[knob]] = value;
    return Run(levels_[knob + 1], slots.data());
  }

  // All knobs at once: kLegal, or the first violated assertion. `slots` then holds every parameter's value.
  int Evaluate(absl::Span<const int64_t> values, std::vector<int64_t>& slots) const;

  const std::string& assertion(int number) const { return assertions_[number]; }

 private:
  struct Step {
    Instruction instruction;
    int assertion;  // kLegal: an instruction; else the assertion that instruction.a be true
  };

  static int Run(const std::vector<Step>& steps, int64_t* slots) {
    for (const Step& step : steps) {
      if (step.assertion == kLegal) {
        Execute(step.instruction, slots);
      } else if (slots[step.instruction.a] == 0) {
        return step.assertion;
      }
    }
    return kLegal;
  }
  int NewSlot(int64_t value, std::vector<int> dependencies);
  void Place(const Step& step, const std::vector<int>& dependencies);
  void SetAside();
  bool SurvivesAlone(int knob, int64_t value) const;

  std::vector<Knob> knobs_;
  std::vector<int> knob_slots_;
  std::vector<int64_t> initial_;                // constants in place
  std::vector<std::vector<int>> dependencies_;  // of each slot
  std::vector<std::vector<Step>> levels_;       // [0]: no knob needed; [k + 1]: as soon as knob k is set
  std::vector<Instruction> aside_;              // what no assertion needs
  std::vector<std::string> assertions_;
  std::vector<std::vector<int>> couplings_;
  std::map<int64_t, int> constants_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_CONSTRAINT_PROGRAM_H_
