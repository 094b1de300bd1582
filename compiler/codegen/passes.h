// Two module passes that turn a payload into the form that compiler/runtime/kernel_abi.h describes: a
// function `prepare`, which runs once, and the stages. The attribute `diapason.kernel` marks the payload's
// function.
#ifndef DIAPASON_COMPILER_CODEGEN_PASSES_H_
#define DIAPASON_COMPILER_CODEGEN_PASSES_H_

#include <memory>

#include "mlir/Pass/Pass.h"

namespace diapason::compiler::codegen {

// Attributes of functions.
inline constexpr char kKernelAttr[] = "diapason.kernel";    // unit; marks the payload's function
inline constexpr char kPrepareAttr[] = "diapason.prepare";  // unit; marks the function that packs constants
inline constexpr char kStageAttr[] = "diapason.stage";      // i64; the stage's number of iterations
// Attributes that outlining puts on the module, in bytes.
inline constexpr char kWorkspaceAttr[] = "diapason.workspace_bytes";
inline constexpr char kScratchAttr[] = "diapason.scratch_bytes";

// `diapason-split-prepare` moves operations that depend only on constant arguments out of the kernel into a
// function `prepare`. It works on tensors. A sketch applies it after it has packed operands and before it
// tiles. Views stay in the kernel because they cost nothing, and so do broadcasts, which would make
// constants larger.
//   func @f(%x, %w {diapason.constant}, %y) attributes {diapason.kernel}
//     { %p = transpose %w; use(%x, %p) -> %y }
// becomes
//   func @f_prepare(%x, %w, %y, %packed) attributes {diapason.prepare} { transpose %w -> %packed }
//   func @f(%x, %w, %y, %packed {diapason.packed}) attributes {diapason.kernel} { use(%x, %packed) -> %y }
// The module does not change if there is nothing to move.
std::unique_ptr<mlir::Pass> CreateSplitPreparePass();

// `diapason-outline-stages` cuts the kernel's function into stages. It works on buffers and runs last.
//   func @f(args) attributes {diapason.kernel} { scf.forall (%i, %j) in (4, 8) {...} ; scf.for {...} }
// becomes
//   func @f_stage0(args, %workspace, %scratch, %begin, %end) attributes {diapason.stage = 32} {...}
//   func @f_stage1(args, %workspace, %scratch, %begin, %end) attributes {diapason.stage = 1} {...}
// Each scf.forall at the top level becomes a stage over its linearized range. Other operations with side
// effects between two of them become a stage of one iteration. Buffers that are allocated at the top level
// lie in the workspace, and those that are allocated inside a stage lie in the thread's scratch. The
// buffers of `prepare` lie in the workspace too, which it receives as one more argument. An scf.forall
// whose iterations write the same elements (a reduction that is distributed over units of work) is an
// error.
std::unique_ptr<mlir::Pass> CreateOutlineStagesPass();

// Registers both passes, so that textual pipelines and scripts can name them. MLIR's registry belongs to the
// process: call this once.
void RegisterCodegenPasses();

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_PASSES_H_
