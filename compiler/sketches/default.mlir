// The sketch for workloads that no other sketch fits, such as windows and gathers of unusual form. It
// can always be applied. LLVM vectorizes the loops that it makes.
//
// The outer loops of the last op become the parallel loop, and each unit computes the producers that it
// needs. In each op the innermost loop accesses contiguous memory.
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence, diapason.fallback} {
  transform.named_sequence private @bufferize(!op {transform.consumed}) -> !op

  transform.named_sequence @fits(%op: !op {transform.readonly}) -> !op {
    transform.diapason.match_root %op : !op
    transform.yield %op : !op
  }
  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %root = transform.collect_matching @fits in %m : (!op) -> !op
    %l1 = transform.tune.knob<"target.l1"> options = [32768, 49152] -> !p
    // The number of elements of the result in a unit of work.
    %grain = transform.tune.knob<"grain"> options = [256, 1024, 4096, 16384, 65536] -> !p
    %cost = transform.smt.constrain_params(%grain, %l1) {diapason.cost} : (!p, !p) -> (!p) {
    ^bb0(%g: !smt.int, %c: !smt.int):
      %c8 = smt.int.constant 8
      %fits = smt.int.div %c, %c8           // half of L1, as a number of 4-byte elements
      %off = smt.int.sub %g, %fits
      %far = smt.int.abs %off
      smt.yield %far : !smt.int
    }
    %stage = transform.diapason.tile_root %root grain %grain : (!op, !p) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    transform.apply_dce to %f : !op
    %ops = transform.structured.match interface{LinalgOp} in %f : (!op) -> !op
    transform.diapason.order_loops %ops : !op
    %ordered = transform.structured.match interface{LinalgOp} in %f : (!op) -> !op
    transform.diapason.allow_reassociation %ordered : !op
    transform.diapason.apply_patterns to %f {
      transform.apply_patterns.linalg.tiling_canonicalization
      transform.apply_patterns.canonicalization
      transform.apply_patterns.tensor.fold_tensor_empty
    } : !op
    transform.apply_cse to %f : !op
    %fb = transform.include @bufferize failures(propagate) (%m) : (!op) -> !op
    %left = transform.structured.match interface{LinalgOp} in %fb : (!op) -> !op
    %loops = transform.structured.convert_to_loops %left : (!op) -> !op
    transform.diapason.apply_patterns to %fb { transform.apply_patterns.canonicalization } : !op
    transform.apply_cse to %fb : !op
    transform.diapason.promote_accumulators %fb : !op
    transform.yield
  }
}
