// Two module passes that turn a function into the form of compiler/runtime/kernel_abi.h: what `prepare`
// computes once, and the stages. A payload's function carries `diapason.kernel`.
#ifndef DIAPASON_COMPILER_CODEGEN_PASSES_H_
#define DIAPASON_COMPILER_CODEGEN_PASSES_H_

#include <memory>

#include "mlir/Pass/Pass.h"

namespace diapason::compiler::codegen {

// On functions.
inline constexpr char kKernelAttr[] = "diapason.kernel";    // unit: the payload's function
inline constexpr char kPrepareAttr[] = "diapason.prepare";  // unit: computes packed constants
inline constexpr char kStageAttr[] = "diapason.stage";      // i64: a stage's number of iterations
// On the module, after outlining: bytes.
inline constexpr char kWorkspaceAttr[] = "diapason.workspace_bytes";
inline constexpr char kScratchAttr[] = "diapason.scratch_bytes";

// `diapason-split-prepare`, on tensors: what depends on constant arguments only leaves the kernel. A step of
// a sketch, after packing is decided and before tiling. Views stay, and so do broadcasts: they would only
// make constants larger.
//   func @f(%x, %w {diapason.constant}, %y) attributes {diapason.kernel} { %p = transpose %w; use(%x, %p) ->
//   %y }
// becomes
//   func @f_prepare(%x, %w, %y, %packed) attributes {diapason.prepare} { transpose %w -> %packed }
//   func @f(%x, %w, %y, %packed {diapason.packed}) attributes {diapason.kernel} { use(%x, %packed) -> %y }
// Does nothing where there is nothing to move.
std::unique_ptr<mlir::Pass> CreateSplitPreparePass();

// `diapason-outline-stages`, on buffers, last: the kernel's function is cut into stages.
//   func @f(args) attributes {diapason.kernel} { scf.forall (%i, %j) in (4, 8) {...} ; scf.for {...} }
// becomes
//   func @f_stage0(args, %workspace, %scratch, %begin, %end) attributes {diapason.stage = 32} {...}
//   func @f_stage1(args, %workspace, %scratch, %begin, %end) attributes {diapason.stage = 1} {...}
// A forall whose iterations write the same elements (a reduction that is distributed over units) is an error.
// Each scf.forall at the top is a stage over its linearised range; other work with side effects between two
// of them is one of a single iteration. Buffers allocated at the top lie in the workspace, those inside a
// stage in the scratch of the thread, those of `prepare` in the workspace, too, which it gets as one more
// argument.
std::unique_ptr<mlir::Pass> CreateOutlineStagesPass();

// Both, for textual pipelines and scripts. MLIR's registry belongs to the process: call it once.
void RegisterCodegenPasses();

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_PASSES_H_
