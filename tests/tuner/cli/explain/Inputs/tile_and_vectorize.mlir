// Tiles a matrix product and vectorizes each tile into a contraction, with steps of stock MLIR only.
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> !op {
    transform.match.structured failures(propagate) %op : !op {
    ^bb0(%c: !op):
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.yield
    }
    transform.yield %op : !op
  }

  transform.named_sequence @__transform_main(%m: !op {transform.readonly}) {
    %product = transform.collect_matching @fits in %m : (!op) -> !op
    %rows = transform.tune.knob<"rows"> options = [2, 4, 8] -> !p
    %columns = transform.tune.knob<"columns"> options = [8, 16] -> !p
    %steps = transform.tune.knob<"steps"> options = [1, 4] -> !p
    %tile, %forall = transform.structured.tile_using_forall %product tile_sizes [%rows, %columns]
        : (!op, !p, !p) -> (!op, !op)
    %inner, %loop = transform.structured.tile_using_for %tile tile_sizes [0, 0, %steps] : (!op, !p) -> (!op, !op)
    %f = transform.structured.match ops{["func.func"]} in %m : (!op) -> !op
    transform.apply_patterns to %f {
      transform.apply_patterns.canonicalization
    } : !op
    %kernel = transform.structured.vectorize_children_and_apply_patterns %f : (!op) -> !op
    transform.yield
  }
}
