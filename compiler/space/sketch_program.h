// A sketch's knobs, dims and constraints as a ConstraintProgram, and which slot holds which parameter.
// Private to compiler/space.
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
  ConstraintProgram constraints;           // finished
  llvm::DenseMap<mlir::Value, int> slots;  // every parameter whose value the program computes
  // In the script's order. A choice is an alternatives op that nothing selects, or that has a literal
  // selection (what its author prefers): its knob is the number of the region.
  std::vector<mlir::transform::tune::KnobOp> knobs;  // target.* included
  llvm::DenseMap<mlir::Operation*, int> choices;     // slot
  // Operations of the main sequence that yield derived parameters: constrain_params, and includes of
  // constraint sequences (constraint_reader.h). A rendered schedule has constants in their place.
  std::vector<mlir::Operation*> constraints_in_main;
  std::vector<mlir::transform::NamedSequenceOp> constraint_sequences;
  int cost = -1;  // slot of what the default schedule minimises; -1: the sketch states no preference

  // The slot that says which region of `op` runs; -1: the interpreter alone knows.
  int SelectorOf(mlir::transform::tune::AlternativesOp op) const;
};

// The attribute of the constrain_params op whose first result is the cost that the default schedule
// minimises.
inline constexpr llvm::StringRef kCostAttr = "diapason.cost";

// InvalidArgument: the sketch uses what the reader does not know; file, line and what to write instead.
absl::StatusOr<std::unique_ptr<SketchProgram>> ReadSketch(const Script& script, const Anchor& anchor,
                                                          const Machine& machine);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SKETCH_PROGRAM_H_
