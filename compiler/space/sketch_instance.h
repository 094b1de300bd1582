// One sketch on one workload and target: its legal knob values, how they are rendered, and their feature
// rows. ScheduleSpace is a list of these. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_SKETCH_INSTANCE_H_
#define DIAPASON_COMPILER_SPACE_SKETCH_INSTANCE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/space/anchor.h"
#include "compiler/space/config_space.h"
#include "compiler/space/loop_trace.h"
#include "compiler/space/machine.h"
#include "compiler/space/script.h"
#include "compiler/space/script_template.h"
#include "compiler/space/sketch_program.h"
#include "diapason/v1/schedule.pb.h"

namespace diapason::compiler::space {

// The module attribute of a sketch that is used only if no other sketch fits.
inline constexpr llvm::StringRef kFallbackAttr = "diapason.fallback";

// Not thread-safe.
class SketchInstance {
 public:
  // Returns null if the sketch does not fit. `payload` is borrowed and must outlive this. InvalidArgument:
  // the sketch is not valid MLIR, uses something that is not supported, or distributes a reduction over
  // units of work.
  static absl::StatusOr<std::unique_ptr<SketchInstance>> Bind(mlir::MLIRContext* context,
                                                              const v1::Sketch& sketch,
                                                              mlir::ModuleOp payload, const Machine& machine);

  const v1::Sketch& sketch() const { return sketch_; }
  const SketchProgram& program() const { return *program_; }
  const ConfigSpace& configs() const { return configs_; }
  bool is_fallback() const { return script_->module()->hasAttr(kFallbackAttr); }

  // Convert between knob values and the form that records store.
  v1::Schedule ScheduleOf(const KnobValues& values) const;
  // InvalidArgument: a knob is missing, unknown or given twice, or the values are not legal; the message says
  // which and why.
  absl::StatusOr<KnobValues> ValuesOf(const v1::Schedule& schedule) const;

  // Returns the values that the sketch itself prefers: those of least cost if it has a cost, and otherwise
  // those that its author selected.
  const KnobValues& Preferred() const;
  // Returns the cost of the preferred values. The sketch must have a cost.
  double LeastCost() const;
  // Returns the least half cycles of the multiply-adds of all schedules, or 0 if the sketch does not state
  // them.
  double LeastProducts() const;
  // Sets the cost that AnalyticCost is relative to. Without it, that is LeastCost().
  void set_reference_cost(double cost) { reference_cost_ = cost; }
  // Returns log2 of the cost that the sketch predicts for these legal values, relative to the reference
  // cost, or NaN if the sketch has no cost.
  float AnalyticCost(const KnobValues& values) const;

  // Render a schedule, compute its feature row, and describe its loop nest. `values` must be legal.
  std::string Render(const KnobValues& values) const;
  void FillRow(const KnobValues& values, std::vector<float>& row) const;
  std::string LoopNestText(const KnobValues& values) const;

 private:
  SketchInstance(const v1::Sketch& sketch, std::unique_ptr<Script> script, Anchor anchor,
                 std::unique_ptr<SketchProgram> program, ScriptTemplate script_template,
                 mlir::ModuleOp payload, const Machine& machine);
  void FindHiddenKnobs() const;
  // InvalidArgument: the schedule that the author selected distributes a reduction over units of work; the
  // message names the step.
  absl::Status CheckUnits() const;
  // These use `slots` as ConstraintProgram::Evaluate has filled them.
  double CostIn(const std::vector<int64_t>& slots) const;
  float AnalyticCostIn(const std::vector<int64_t>& slots) const;

  const v1::Sketch sketch_;
  const std::unique_ptr<Script> script_;
  const Anchor anchor_;
  const std::unique_ptr<SketchProgram> program_;
  const ScriptTemplate template_;
  const Machine machine_;
  const ConfigSpace configs_;

  mutable KnobValues preferred_;  // empty until Preferred is called
  mutable double least_cost_ = 0;
  std::optional<double> reference_cost_;
  mutable LoopTrace trace_;  // makes nests when they are first needed
  mutable bool hidden_found_ = false;
  mutable std::vector<std::pair<int, int>> hidden_knobs_;  // each with its slot in the feature row
  mutable std::vector<int64_t> slots_;                     // a buffer that is reused
  mutable std::vector<std::pair<int, int64_t>> hidden_;    // a buffer that is reused
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SKETCH_INSTANCE_H_
