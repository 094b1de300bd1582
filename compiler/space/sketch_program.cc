#include "compiler/space/sketch_program.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/space/constraint_reader.h"
#include "compiler/space/knob_options.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::space {
namespace {

using mlir::transform::NamedSequenceOp;
using mlir::transform::smt::ConstrainParamsOp;
using mlir::transform::tune::AlternativesOp;
using mlir::transform::tune::KnobOp;

// Computing and reading from memory overlap, but not perfectly: the shorter of the two times, divided by
// this, is added to the longer one. Winograd's products on a Zen 4 take a fifth to a third of it longer.
constexpr int64_t kSeparateShare = 4;

// One core alone reaches this share of the memory's rate, as a fraction.
constexpr int64_t kShareOfOneCore = 2, kShareOfAllCores = 3;

class SketchReader {
 public:
  SketchReader(const Script& script, const Anchor& anchor, const Machine& machine)
      : script_(script),
        anchor_(anchor),
        machine_(machine),
        sketch_(std::make_unique<SketchProgram>()),
        reader_(sketch_->constraints) {}

  absl::StatusOr<std::unique_ptr<SketchProgram>> Read() {
    for (const auto& [parameter, value] : anchor_.dims)
      sketch_->slots[parameter] = constraints().Constant(value);
    // All knobs are read before the constraints, because a knob of an included sequence may come after its
    // uses.
    DIAPASON_RETURN_IF_ERROR(ForEachOp([this](mlir::Operation* op) { return ReadKnob(op); }));
    DIAPASON_RETURN_IF_ERROR(ForEachOp([this](mlir::Operation* op) { return ReadConstraint(op); }));
    constraints().Finish();
    return std::move(sketch_);
  }

 private:
  ConstraintProgram& constraints() { return sketch_->constraints; }

  template <typename F>
  absl::Status ForEachOp(F visit) {
    absl::Status status;
    script_.module()->walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation* op) {
      status = visit(op);
      return status.ok() ? mlir::WalkResult::advance() : mlir::WalkResult::interrupt();
    });
    return status;
  }

  static absl::Status Error(mlir::Operation* op, absl::string_view message) {
    return absl::InvalidArgumentError(absl::StrCat(LocationOf(op), ": ", message));
  }

  absl::Status ReadKnob(mlir::Operation* op) {
    if (auto knob = mlir::dyn_cast<KnobOp>(op)) return ReadKnobOp(knob);
    auto choice = mlir::dyn_cast<AlternativesOp>(op);
    if (!choice || choice.getSelectedRegionParam()) return absl::OkStatus();
    Knob knob;
    knob.name = choice.getName().str();
    for (unsigned i = 0; i < choice->getNumRegions(); ++i) knob.options.push_back(i);
    if (auto selected = choice.getSelectedRegionAttr(); selected && selected->getActiveBits() < 64)
      knob.selected = static_cast<int64_t>(selected->getZExtValue());
    DIAPASON_RETURN_IF_ERROR(CheckName(op, knob.name));
    sketch_->choices[op] = constraints().AddKnob(std::move(knob));
    return absl::OkStatus();
  }

  absl::Status ReadKnobOp(KnobOp op) {
    const std::string name = op.getName().str();
    DIAPASON_RETURN_IF_ERROR(CheckName(op, name));
    sketch_->knobs.push_back(op);
    if (absl::StartsWith(name, "target.")) {
      std::optional<int64_t> value = TargetParameter(machine_, name);
      if (!value) {
        return Error(op, absl::StrCat("unknown target parameter ", name, "; the parameters are ",
                                      absl::StrJoin(TargetParameterNames(), ", ")));
      }
      DIAPASON_ASSIGN_OR_RETURN(int64_t reached, ReachedOption(op, *value));
      sketch_->slots[op.getResult()] = constraints().Constant(reached);
      return absl::OkStatus();
    }
    Knob knob;
    knob.name = name;
    absl::StatusOr<std::vector<int64_t>> options = KnobOptions(op.getOptions());
    if (!options.ok()) return Error(op, absl::StrCat("knob ", name, ": ", options.status().message()));
    knob.options = *std::move(options);
    if (auto selected = op.getSelected()) knob.selected = IntegerOf(*selected);
    sketch_->slots[op.getResult()] = constraints().AddKnob(std::move(knob));
    return absl::OkStatus();
  }

  // The interpreter accepts only values that are in the knob's list of options. So this returns the largest
  // option that is not larger than the target's value, or the smallest option if there is none.
  static absl::StatusOr<int64_t> ReachedOption(KnobOp op, int64_t value) {
    auto list = mlir::dyn_cast<mlir::ArrayAttr>(op.getOptions());
    if (!list) return value;
    absl::StatusOr<std::vector<int64_t>> options = KnobOptions(list);
    if (!options.ok()) return Error(op, options.status().message());
    std::sort(options->begin(), options->end());
    auto above = std::upper_bound(options->begin(), options->end(), value);
    return above == options->begin() ? *above : *(above - 1);
  }

  absl::Status CheckName(mlir::Operation* op, const std::string& name) {
    if (names_.insert(name).second) return absl::OkStatus();
    return Error(op, absl::StrCat("there is already a knob or an alternatives op with the name ", name));
  }

  absl::Status ReadConstraint(mlir::Operation* op) {
    if (auto constant = mlir::dyn_cast<mlir::transform::ParamConstantOp>(op)) {
      if (auto value = IntegerOf(constant.getValue())) {
        sketch_->slots[constant.getResult()] = constraints().Constant(*value);
      }
      return absl::OkStatus();
    }
    if (auto sequence = mlir::dyn_cast<NamedSequenceOp>(op)) {
      if (reader_.IsConstraintSequence(sequence)) sketch_->constraint_sequences.push_back(sequence);
      return absl::OkStatus();
    }
    const bool constrains = mlir::isa<ConstrainParamsOp>(op);
    if (!constrains && !reader_.IncludesConstraints(op)) return absl::OkStatus();
    auto sequence = op->getParentOfType<NamedSequenceOp>();
    if (sequence != script_.main()) {
      for (llvm::StringRef attr : {kCostAttr, kErrorAttr, kProductsAttr}) {
        if (op->hasAttr(attr))
          return Error(op, absl::StrCat(attr.str(), " can be used only in @__transform_main"));
      }
      if (sequence && reader_.IsConstraintSequence(sequence))
        return absl::OkStatus();  // it is read at each of its includes
      return Error(
          op,
          "a sequence that has steps cannot have constraints; move them to @__transform_main, or to a "
          "sequence that has only parameters and that @__transform_main includes");
    }
    DIAPASON_ASSIGN_OR_RETURN(int guard, Guard(op));
    DIAPASON_RETURN_IF_ERROR(reader_.Read(op, guard, sketch_->slots));
    sketch_->constraints_in_main.push_back(op);
    if (op->hasAttr(kErrorAttr)) {
      DIAPASON_RETURN_IF_ERROR(ReadStatedValue(op, kErrorAttr, sketch_->error));
      if (anchor_.strict) {
        const int least = constraints().Emit(Opcode::kLessEqual, sketch_->error, constraints().Constant(1));
        constraints().Assert(least, "the workload asks for strict accuracy (diapason.strict)");
      }
    }
    if (op->hasAttr(kProductsAttr))
      DIAPASON_RETURN_IF_ERROR(ReadStatedValue(op, kProductsAttr, sketch_->products));
    if (!op->hasAttr(kCostAttr)) return absl::OkStatus();
    DIAPASON_RETURN_IF_ERROR(ReadStatedValue(op, kCostAttr, sketch_->cost));
    sketch_->cost = CostOnThreads(op);
    if (mlir::isa<mlir::UnitAttr>(op->getAttr(kCostAttr))) return absl::OkStatus();
    auto unit = mlir::dyn_cast<mlir::StringAttr>(op->getAttr(kCostAttr));
    if (!unit || unit.getValue() != "half_cycles")
      return Error(op, "diapason.cost has no value, or the value \"half_cycles\"");
    sketch_->cost_in_half_cycles = true;
    return absl::OkStatus();
  }

  // Returns the slot of the cost on the machine's threads. `op` states the cost of all units, their number,
  // and the time in which memory delivers the constants to one core (kCostAttr).
  int CostOnThreads(mlir::Operation* op) {
    ConstraintProgram& program = constraints();
    const auto result = [&](unsigned number) {
      if (op->getNumResults() <= number) return -1;
      const auto slot = sketch_->slots.find(op->getResult(number));
      return slot == sketch_->slots.end() ? -1 : slot->second;
    };
    const int longest = CostOfLongestPart(result(1));
    int memory = result(2);
    if (memory < 0) return longest;
    if (machine_.threads > 1) {
      memory = program.Emit(Opcode::kMul, memory, program.Constant(kShareOfOneCore));
      memory = program.Emit(Opcode::kDiv, memory, program.Constant(kShareOfAllCores));
    }
    const int shorter = program.Emit(Opcode::kMin, longest, memory);
    const int both = program.Emit(Opcode::kAdd, longest, memory);
    const int longer = program.Emit(Opcode::kSub, both, shorter);
    return program.Emit(Opcode::kAdd, longer,
                        program.Emit(Opcode::kDiv, shorter, program.Constant(kSeparateShare)));
  }

  // Returns the slot of the cost that the thread with the most units has. The number of units is in the slot
  // `units`, or not known if that is negative.
  int CostOfLongestPart(int units) {
    if (machine_.threads == 1) return sketch_->cost;
    ConstraintProgram& program = constraints();
    const int threads = program.Constant(machine_.threads);
    if (units < 0) return program.Emit(Opcode::kDiv, sketch_->cost, threads);
    const int above = program.Emit(Opcode::kAdd, units, program.Constant(machine_.threads - 1));
    const int most = program.Emit(Opcode::kDiv, above, threads);
    return program.Emit(Opcode::kDiv, program.Emit(Opcode::kMul, sketch_->cost, most), units);
  }

  // Sets `slot` to that of the first result of `op`, which the attribute marks.
  absl::Status ReadStatedValue(mlir::Operation* op, llvm::StringRef attr, int& slot) {
    if (op->getNumResults() == 0 || slot >= 0) {
      return Error(
          op, absl::StrCat(attr.str(), " needs a result, which is its value, and can be used only once"));
    }
    auto value = sketch_->slots.find(op->getResult(0));
    if (value == sketch_->slots.end())
      return Error(op, absl::StrCat("the value of ", attr.str(), " is known only when the interpreter runs"));
    slot = value->second;
    return absl::OkStatus();
  }

  // Returns a slot that is true if every enclosing alternatives op runs the region that `op` is in.
  absl::StatusOr<int> Guard(mlir::Operation* op) {
    int guard = constraints().Constant(1);
    for (mlir::Operation* inner = op; inner->getParentOp(); inner = inner->getParentOp()) {
      auto outer = mlir::dyn_cast<AlternativesOp>(inner->getParentOp());
      if (!outer) continue;
      const int selector = sketch_->SelectorOf(outer);
      if (selector < 0)
        return Error(
            outer,
            "the region to run is known only when the interpreter runs, so it cannot contain constraints");
      const int here = constraints().Constant(inner->getParentRegion()->getRegionNumber());
      guard = constraints().Emit(Opcode::kAnd, guard, constraints().Emit(Opcode::kEqual, selector, here));
    }
    return guard;
  }

  const Script& script_;
  const Anchor& anchor_;
  const Machine& machine_;
  std::unique_ptr<SketchProgram> sketch_;
  ConstraintReader reader_;
  std::set<std::string> names_;
};

}  // namespace

int SketchProgram::SelectorOf(AlternativesOp op) const {
  auto choice = choices.find(op);
  if (choice != choices.end()) return choice->second;
  auto parameter = slots.find(op.getSelectedRegionParam());
  return parameter == slots.end() ? -1 : parameter->second;
}

absl::StatusOr<std::unique_ptr<SketchProgram>> ReadSketch(const Script& script, const Anchor& anchor,
                                                          const Machine& machine) {
  return SketchReader(script, anchor, machine).Read();
}

}  // namespace diapason::compiler::space
