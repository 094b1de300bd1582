// Reads a sketch's knobs, dimensions and constraints into a ConstraintProgram, and says which slot holds
// which parameter. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_SKETCH_PROGRAM_H_
#define DIAPASON_COMPILER_SPACE_SKETCH_PROGRAM_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/space/anchor.h"
#include "compiler/space/constraint_program.h"
#include "compiler/space/machine.h"
#include "compiler/space/script.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Transform/SMTExtension/SMTExtensionOps.h"
#include "mlir/Dialect/Transform/TuneExtension/TuneExtensionOps.h"

namespace diapason::compiler::space {

struct SketchProgram {
  ConstraintProgram constraints;                     // finished
  llvm::DenseMap<mlir::Value, int> slots;            // for every parameter whose value the program computes
  std::vector<mlir::transform::tune::KnobOp> knobs;  // in the script's order, with those named target.*
  // The slots of the choices. A choice is an alternatives op that has no selected region, or a literal one
  // (which its author prefers). It has a knob whose value is the number of the region.
  llvm::DenseMap<mlir::Operation*, int> choices;
  // The operations of the main sequence that yield derived parameters: constrain_params, and includes of
  // constraint sequences (constraint_reader.h). Rendering replaces them by constants.
  std::vector<mlir::Operation*> constraints_in_main;
  std::vector<mlir::transform::NamedSequenceOp> constraint_sequences;
  int cost = -1;  // the slot of the cost that the default schedule minimizes, or -1 if the sketch has none
  bool cost_in_half_cycles = false;  // if true, the cost can be compared with those of other sketches
  int error = -1;     // the slot of the error factor, or -1 if the sketch states none, which means 1
  int products = -1;  // the slot of the half cycles of the multiply-adds alone, or -1 if it is not stated

  // Returns the slot of the number of the region that `op` runs, or -1 if only the interpreter knows it.
  int SelectorOf(mlir::transform::tune::AlternativesOp op) const;
};

// The attribute of the constrain_params op whose first result is the cost that the default schedule
// minimizes. It is a unit attribute, or the string "half_cycles" if the cost estimates the half cycles that
// one core takes for the whole workload. A second result is the number of units of work, which take equal
// time. On several threads, the cost is then that of the thread with the most units; without it, the work is
// assumed to be divided evenly. A third result is the time in which the memory delivers the constants to
// one core; to all cores together it takes two thirds of that. Computing and reading overlap, so the cost is
// the longer of the two times and a quarter of the shorter one.
inline constexpr llvm::StringRef kCostAttr = "diapason.cost";

// The attribute of the constrain_params op whose first result is the half cycles of the multiply-adds alone,
// of a sketch that computes in another way than the workload says.
inline constexpr llvm::StringRef kProductsAttr = "diapason.products";

// The attribute of the constrain_params op whose first result is the error factor: how many times larger the
// rounding error of the result is than that of the direct sum.
inline constexpr llvm::StringRef kErrorAttr = "diapason.error";

// If the workload asks for strict accuracy, schedules are legal only if their error factor is 1.
// InvalidArgument: the sketch uses something that is not supported; the message has file and line, and says
// what to write instead.
absl::StatusOr<std::unique_ptr<SketchProgram>> ReadSketch(const Script& script, const Anchor& anchor,
                                                          const Machine& machine);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SKETCH_PROGRAM_H_
