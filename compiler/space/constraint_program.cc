#include "compiler/space/constraint_program.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace diapason::compiler::space {
namespace {

std::vector<int> Union(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> both;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

}  // namespace

ConstraintProgram::ConstraintProgram() : levels_(1) {}

int ConstraintProgram::NewSlot(int64_t value, std::vector<int> dependencies) {
  initial_.push_back(value);
  dependencies_.push_back(std::move(dependencies));
  return num_slots() - 1;
}

int ConstraintProgram::Constant(int64_t value) {
  auto [it, inserted] = constants_.try_emplace(value, num_slots());
  if (inserted) NewSlot(value, {});
  return it->second;
}

int ConstraintProgram::AddKnob(Knob knob) {
  const int index = static_cast<int>(knobs_.size());
  knob.domain = knob.options;
  knobs_.push_back(std::move(knob));
  levels_.emplace_back();
  knob_slots_.push_back(NewSlot(0, {index}));
  return knob_slots_.back();
}

void ConstraintProgram::Place(const Step& step, const std::vector<int>& dependencies) {
  levels_[dependencies.empty() ? 0 : dependencies.back() + 1].push_back(step);
}

int ConstraintProgram::Emit(Opcode op, int a, int b, int c) {
  std::vector<int> dependencies = Union(Union(dependencies_[a], dependencies_[b]), dependencies_[c]);
  if (dependencies.empty()) {  // the value is known now
    int64_t values[] = {initial_[a], initial_[b], initial_[c], 0};
    Execute({op, 3, 0, 1, 2}, values);
    return Constant(values[3]);
  }
  const int dst = NewSlot(0, dependencies);
  Place({{op, dst, a, b, c}, kLegal}, dependencies);
  return dst;
}

void ConstraintProgram::Assert(int slot, std::string where) {
  const std::vector<int>& dependencies = dependencies_[slot];
  Place({{Opcode::kAnd, slot, slot}, static_cast<int>(assertions_.size())}, dependencies);
  assertions_.push_back(std::move(where));
  if (dependencies.size() > 1 &&
      std::find(couplings_.begin(), couplings_.end(), dependencies) == couplings_.end()) {
    couplings_.push_back(dependencies);
  }
}

bool ConstraintProgram::SurvivesAlone(int knob, int64_t value) const {
  std::vector<int64_t> slots = initial_;
  slots[knob_slots_[knob]] = value;
  for (const Step& step : levels_[knob + 1]) {
    const bool assertion = step.assertion != kLegal;
    if (dependencies_[assertion ? step.instruction.a : step.instruction.dst].size() != 1) continue;
    if (!assertion) {
      Execute(step.instruction, slots.data());
    } else if (slots[step.instruction.a] == 0) {
      return false;
    }
  }
  return true;
}

void ConstraintProgram::DeferUnasserted() {
  std::vector<bool> needed(initial_.size(), false);
  // Goes backwards, from results to operands.
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    for (auto step = level->rbegin(); step != level->rend(); ++step) {
      const Instruction& i = step->instruction;
      if (step->assertion == kLegal && !needed[i.dst]) continue;
      for (int slot : {i.a, i.b, i.c}) needed[slot] = true;
    }
  }
  for (std::vector<Step>& level : levels_) {
    auto unneeded = std::stable_partition(level.begin(), level.end(), [&](const Step& step) {
      return step.assertion != kLegal || needed[step.instruction.dst];
    });
    for (auto step = unneeded; step != level.end(); ++step) deferred_.push_back(step->instruction);
    level.erase(unneeded, level.end());
  }
}

void ConstraintProgram::Finish() {
  DeferUnasserted();
  for (int k = 0; k < static_cast<int>(knobs_.size()); ++k) {
    std::vector<int64_t>& domain = knobs_[k].domain;
    domain.erase(
        std::remove_if(domain.begin(), domain.end(), [&](int64_t v) { return !SurvivesAlone(k, v); }),
        domain.end());
  }
}

ConstraintProgram ConstraintProgram::For(int slot) const {
  std::vector<bool> needed(initial_.size(), false);
  needed[slot] = true;
  for (auto instruction = deferred_.rbegin(); instruction != deferred_.rend(); ++instruction) {
    if (!needed[instruction->dst]) continue;
    for (int operand : {instruction->a, instruction->b, instruction->c}) needed[operand] = true;
  }
  ConstraintProgram program = *this;
  program.deferred_.clear();
  for (const Instruction& instruction : deferred_) {
    if (needed[instruction.dst]) program.Place({instruction, kLegal}, dependencies_[instruction.dst]);
  }
  return program;
}

int ConstraintProgram::Start(std::vector<int64_t>& slots) const {
  slots.assign(initial_.begin(), initial_.end());
  return Run(levels_[0], slots.data());
}

int ConstraintProgram::Evaluate(absl::Span<const int64_t> values, std::vector<int64_t>& slots) const {
  if (int violated = Start(slots); violated != kLegal) return violated;
  for (int k = 0; k < static_cast<int>(knobs_.size()); ++k) {
    if (int violated = Set(k, values[k], slots); violated != kLegal) return violated;
  }
  for (const Instruction& instruction : deferred_) Execute(instruction, slots.data());
  return kLegal;
}

}  // namespace diapason::compiler::space
