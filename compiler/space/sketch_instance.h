// One sketch on one workload and target: its legal values, how they are rendered, and what they look like to
// the cost model. Private to compiler/space; ScheduleSpace is a list of these.
#ifndef DIAPASON_COMPILER_SPACE_SKETCH_INSTANCE_H_
#define DIAPASON_COMPILER_SPACE_SKETCH_INSTANCE_H_

#include <memory>
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

// The module attribute of a sketch that is used only where no other fits.
inline constexpr llvm::StringRef kFallbackAttr = "diapason.fallback";

// Not thread-safe.
class SketchInstance {
 public:
  // Null: the sketch does not fit. `payload` is borrowed and must outlive this. InvalidArgument: the sketch
  // does not parse, uses what the reader does not know, or distributes a reduction over units of work.
  static absl::StatusOr<std::unique_ptr<SketchInstance>> Bind(mlir::MLIRContext* context,
                                                              const v1::Sketch& sketch,
                                                              mlir::ModuleOp payload, const Machine& machine);

  const v1::Sketch& sketch() const { return sketch_; }
  const SketchProgram& program() const { return *program_; }
  const ConfigSpace& configs() const { return configs_; }
  bool is_fallback() const { return script_->module()->hasAttr(kFallbackAttr); }

  v1::Schedule ScheduleOf(const KnobValues& values) const;
  // InvalidArgument: a knob is missing, unknown or twice, or the values are not legal; says which and why.
  absl::StatusOr<KnobValues> ValuesOf(const v1::Schedule& schedule) const;

  // What the sketch itself prefers: the legal values of least stated cost, else what its author selected.
  const KnobValues& Preferred() const;
  // How much the sketch expects these legal values to take against the preferred ones, as log2; NaN: it
  // states no cost.
  float AnalyticCost(const KnobValues& values) const;

  // `values` must be legal.
  std::string Render(const KnobValues& values) const;
  void FillRow(const KnobValues& values, std::vector<float>& row) const;
  std::string LoopNestText(const KnobValues& values) const;

 private:
  SketchInstance(const v1::Sketch& sketch, std::unique_ptr<Script> script, Anchor anchor,
                 std::unique_ptr<SketchProgram> program, ScriptTemplate script_template,
                 mlir::ModuleOp payload, const Machine& machine);
  void FindHiddenKnobs() const;
  // InvalidArgument: the schedule that the author selected distributes a reduction over units of work; names
  // the step.
  absl::Status CheckUnits() const;
  // Of values that the constraints were evaluated for, with the results in `slots`.
  double CostIn(const std::vector<int64_t>& slots) const;
  float AnalyticCostIn(const std::vector<int64_t>& slots) const;

  const v1::Sketch sketch_;
  const std::unique_ptr<Script> script_;
  const Anchor anchor_;
  const std::unique_ptr<SketchProgram> program_;
  const ScriptTemplate template_;
  const Machine machine_;
  const ConfigSpace configs_;

  mutable KnobValues preferred_;  // empty: not asked yet
  mutable double least_cost_ = 0;
  mutable LoopTrace trace_;  // fills as it is asked
  mutable bool hidden_found_ = false;
  mutable std::vector<std::pair<int, int>> hidden_knobs_;  // knob, slot of the feature row
  mutable std::vector<int64_t> slots_;                     // scratch
  mutable std::vector<std::pair<int, int64_t>> hidden_;    // scratch
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SKETCH_INSTANCE_H_
