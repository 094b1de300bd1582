// The knobs of a sketch and its constraints on them, as a flat program on integers. Each instruction
// belongs to the last knob that it needs, so that a search which sets one knob after another stops at the
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

// One value for each knob, in the order of the program's knobs.
using KnobValues = std::vector<int64_t>;

struct Knob {
  std::string name;
  std::vector<int64_t> options;     // in the sketch's order
  std::optional<int64_t> selected;  // the value that the sketch's author selected, if any
  std::vector<int64_t> domain;  // the options that the constraints on this knob alone allow; set by Finish
};

// A program of instructions on numbered slots. Values that no assertion needs (parameters that only the
// script reads, and the cost that the default schedule minimizes) are computed only for legal assignments.
//
// A program is built once, with AddKnob, Emit and Assert, and then Finish. Afterwards it is constant and
// can be used from any thread.
class ConstraintProgram {
 public:
  ConstraintProgram();

  // Each of these returns the slot that holds the value.
  int Constant(int64_t value);
  int AddKnob(Knob knob);
  int Emit(Opcode op, int a, int b, int c);
  int Emit(Opcode op, int a, int b) { return Emit(op, a, b, a); }
  int Emit(Opcode op, int a) { return Emit(op, a, a, a); }

  // Adds an assertion: an assignment is legal only if it makes `slot` true. `where` names the constraint in
  // messages.
  void Assert(int slot, std::string where);

  // Removes options that a constraint on one knob alone forbids, and defers the instructions that no
  // assertion needs.
  void Finish();

  // Returns the same program, except that Set computes the value of `slot` as soon as its knobs are known,
  // and that the other deferred instructions are missing. So the value costs little when many assignments
  // that differ in their last knobs are tried.
  ConstraintProgram For(int slot) const;

  const std::vector<Knob>& knobs() const { return knobs_; }
  int knob_slot(int knob) const { return knob_slots_[knob]; }
  int num_slots() const { return static_cast<int>(initial_.size()); }

  // Returns the knobs that a slot's value depends on, in ascending order. If there are none, Known returns
  // the value.
  const std::vector<int>& KnobsOf(int slot) const { return dependencies_[slot]; }
  int64_t Known(int slot) const { return initial_[slot]; }

  // The groups of two or more knobs that one assertion couples, each listed once.
  const std::vector<std::vector<int>>& couplings() const { return couplings_; }

  // These set one knob after another: call Start first, and then Set for knob 0, 1 and so on. Start makes
  // `slots` num_slots() long. Both return the number of the first violated assertion, or kLegal.
  static constexpr int kLegal = -1;
  int Start(std::vector<int64_t>& slots) const;
  int Set(int knob, int64_t value, std::vector<int64_t>& slots) const {
    slots[knob_slots_[knob]] = value;
    return Run(levels_[knob + 1], slots.data());
  }

  // Sets all knobs at once. Returns kLegal or the first violated assertion. If it is kLegal, `slots` holds
  // the values of all parameters.
  int Evaluate(absl::Span<const int64_t> values, std::vector<int64_t>& slots) const;

  const std::string& assertion(int number) const { return assertions_[number]; }

 private:
  struct Step {
    Instruction instruction;
    int assertion;  // kLegal for an instruction; otherwise the assertion that slot instruction.a is true
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
  void DeferUnasserted();
  bool SurvivesAlone(int knob, int64_t value) const;

  std::vector<Knob> knobs_;
  std::vector<int> knob_slots_;
  std::vector<int64_t> initial_;                // the slots before any knob is set, with constants filled in
  std::vector<std::vector<int>> dependencies_;  // the knobs that each slot depends on
  std::vector<std::vector<Step>> levels_;       // [0] needs no knob; [k + 1] runs as soon as knob k is set
  std::vector<Instruction> deferred_;           // the instructions that no assertion needs
  std::vector<std::string> assertions_;
  std::vector<std::vector<int>> couplings_;
  std::map<int64_t, int> constants_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_CONSTRAINT_PROGRAM_H_
