#include "compiler/space/sketch_instance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "compiler/space/feature_row.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::space {
namespace {

constexpr int kProbes = 64;  // the schedules that are traced to find out which knobs change the nest

}  // namespace

SketchInstance::SketchInstance(const v1::Sketch& sketch, std::unique_ptr<Script> script, Anchor anchor,
                               std::unique_ptr<SketchProgram> program, ScriptTemplate script_template,
                               mlir::ModuleOp payload, const Machine& machine)
    : sketch_(sketch),
      script_(std::move(script)),
      anchor_(std::move(anchor)),
      program_(std::move(program)),
      template_(std::move(script_template)),
      machine_(machine),
      configs_(program_->constraints),
      trace_(*script_, *program_, anchor_, payload) {}

absl::StatusOr<std::unique_ptr<SketchInstance>> SketchInstance::Bind(mlir::MLIRContext* context,
                                                                     const v1::Sketch& sketch,
                                                                     mlir::ModuleOp payload,
                                                                     const Machine& machine) {
  DIAPASON_ASSIGN_OR_RETURN(auto script,
                            Script::Parse(context, absl::StrCat(sketch.name(), ".mlir"), sketch.text()));
  if (!script->main()) {
    return absl::InvalidArgumentError(
        absl::StrCat(sketch.name(), ".mlir: there is no transform.named_sequence @__transform_main"));
  }
  DIAPASON_ASSIGN_OR_RETURN(std::optional<Anchor> anchor, FindAnchor(*script, payload));
  if (!anchor) return std::unique_ptr<SketchInstance>();
  DIAPASON_ASSIGN_OR_RETURN(auto program, ReadSketch(*script, *anchor, machine));
  DIAPASON_ASSIGN_OR_RETURN(ScriptTemplate script_template, ScriptTemplate::Make(*script, *program));
  auto bound = std::unique_ptr<SketchInstance>(
      new SketchInstance(sketch, std::move(script), *std::move(anchor), std::move(program),
                         std::move(script_template), payload, machine));
  DIAPASON_RETURN_IF_ERROR(bound->CheckUnits());
  return bound;
}

// Checks one schedule only. If it depends on the sketch's knobs, the builder rejects the schedules that are
// wrong.
absl::Status SketchInstance::CheckUnits() const {
  if (configs_.Count(1) == 0) return absl::OkStatus();
  program_->constraints.Evaluate(configs_.Selected(), slots_);
  const LoopNest* nest = trace_.Find(slots_);
  if (nest == nullptr) return absl::OkStatus();
  for (const SharedReduction& shared : nest->shared_reductions) {
    if (TripCount(slots_[shared.extent], slots_[shared.step]) <= 1) continue;
    return absl::InvalidArgumentError(absl::StrCat(shared.step_text,
                                                   " is a reduction, and its iterations would write the same "
                                                   "elements at the same time; give it tile size "
                                                   "0 here, and tile it with structured.tile_using_for"));
  }
  return absl::OkStatus();
}

v1::Schedule SketchInstance::ScheduleOf(const KnobValues& values) const {
  v1::Schedule schedule;
  schedule.set_sketch_hash(sketch_.hash());
  schedule.set_sketch_name(sketch_.name());
  for (size_t k = 0; k < values.size(); ++k) {
    v1::KnobValue& knob = *schedule.add_knobs();
    knob.set_name(program_->constraints.knobs()[k].name);
    knob.set_value(values[k]);
  }
  if (program_->error >= 0) schedule.set_error_factor(configs_.ValueOf(values, program_->error));
  return schedule;
}

absl::StatusOr<KnobValues> SketchInstance::ValuesOf(const v1::Schedule& schedule) const {
  auto error = [this](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("schedule of sketch ", sketch_.name(), ": ", what));
  };
  std::map<std::string, int64_t> given;
  for (const v1::KnobValue& knob : schedule.knobs()) {
    if (!given.try_emplace(knob.name(), knob.value()).second)
      return error(absl::StrCat("knob ", knob.name(), " has two values"));
  }
  KnobValues values;
  for (const Knob& knob : program_->constraints.knobs()) {
    auto value = given.find(knob.name);
    if (value == given.end()) return error(absl::StrCat("there is no value for knob ", knob.name));
    values.push_back(value->second);
    given.erase(value);
  }
  if (!given.empty()) return error(absl::StrCat("the sketch has no knob ", given.begin()->first));
  if (!configs_.Contains(values)) return error(configs_.WhyNot(values));
  return values;
}

double SketchInstance::CostIn(const std::vector<int64_t>& slots) const {
  return static_cast<double>(std::max<int64_t>(slots[program_->cost], 1));
}

const KnobValues& SketchInstance::Preferred() const {
  if (!preferred_.empty()) return preferred_;
  if (program_->cost < 0) return preferred_ = configs_.Selected();
  preferred_ = configs_.Minimize(program_->cost);
  std::vector<int64_t> slots;
  program_->constraints.Evaluate(preferred_, slots);
  least_cost_ = CostIn(slots);
  return preferred_;
}

double SketchInstance::LeastCost() const {
  Preferred();  // sets least_cost_
  return least_cost_;
}

double SketchInstance::LeastProducts() const {
  if (program_->products < 0) return 0;
  return static_cast<double>(configs_.ValueOf(configs_.Minimize(program_->products), program_->products));
}

float SketchInstance::AnalyticCost(const KnobValues& values) const {
  program_->constraints.Evaluate(values, slots_);
  return AnalyticCostIn(slots_);
}

float SketchInstance::AnalyticCostIn(const std::vector<int64_t>& slots) const {
  if (program_->cost < 0) return std::numeric_limits<float>::quiet_NaN();
  const double reference = reference_cost_ ? *reference_cost_ : LeastCost();
  return static_cast<float>(std::log2(CostIn(slots) / reference));
}

std::string SketchInstance::Render(const KnobValues& values) const {
  program_->constraints.Evaluate(values, slots_);
  return template_.Fill(slots_);
}

// Only traces show which knobs change the nest. A fixed sample decides it, so that a row does not depend on
// the calls before it.
void SketchInstance::FindHiddenKnobs() const {
  std::mt19937_64 random(1);
  for (int i = 0; i < kProbes; ++i) {
    program_->constraints.Evaluate(configs_.Sample(random), slots_);
    if (!trace_.Find(slots_)) break;
  }
  std::vector<int> knobs;
  std::vector<std::string> names;
  for (size_t k = 0; k < program_->constraints.knobs().size(); ++k) {
    if (trace_.error().empty() && trace_.visible_knobs().count(static_cast<int>(k))) continue;
    knobs.push_back(static_cast<int>(k));
    names.push_back(program_->constraints.knobs()[k].name);
  }
  const std::vector<int> slots = HiddenKnobSlots(names);
  for (size_t i = 0; i < knobs.size(); ++i) {
    if (slots[i] >= 0) hidden_knobs_.emplace_back(knobs[i], slots[i]);
  }
  hidden_found_ = true;
}

void SketchInstance::FillRow(const KnobValues& values, std::vector<float>& row) const {
  if (!hidden_found_) FindHiddenKnobs();
  program_->constraints.Evaluate(values, slots_);
  const LoopNest* nest = trace_.Find(slots_);
  hidden_.clear();
  for (const auto& [knob, slot] : hidden_knobs_) hidden_.emplace_back(slot, values[knob]);
  FillFeatureRow(nest, slots_, machine_, hidden_, row);
  row[kAnalyticCostFeature] = AnalyticCostIn(slots_);
}

std::string SketchInstance::LoopNestText(const KnobValues& values) const {
  program_->constraints.Evaluate(values, slots_);
  const LoopNest* nest = trace_.Find(slots_);
  return nest ? ToString(*nest, slots_) : absl::StrCat("not traced: ", trace_.error(), "\n");
}

}  // namespace diapason::compiler::space
