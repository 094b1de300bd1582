// A small sketch of matrix products, for docs/schedules.md: register tiles of C, and steps of the reduction.
// It packs nothing and handles no remainders; compiler/sketches/gemm.mlir does both.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // What it fits: a contraction with loops m, n (parallel) and k (reduction). Binds their extents.
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p) {
    %d:3 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %three = transform.param.constant 3 : i64 -> !p
      transform.match.param.cmpi eq %rank, %three : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.dim %c[0, 1] { parallel } : !op
      transform.match.structured.dim %c[2] { reduction } : !op
      %m = transform.match.structured.dim %c[0] : (!op) -> !p
      %n = transform.match.structured.dim %c[1] : (!op) -> !p
      %k = transform.match.structured.dim %c[2] : (!op) -> !p
      transform.match.structured.yield %m, %n, %k : !p, !p, !p
    }
    transform.yield %op, %d#0, %d#1, %d#2 : !op, !p, !p, !p
  }

  transform.named_sequence @__transform_main(%module: !op {transform.consumed}) {
    %matmul, %M, %N, %K = transform.collect_matching @fits in %module : (!op) -> (!op, !p, !p, !p)

    // The knobs.
    %rows = transform.tune.knob<"rows_per_tile"> options = {lower_bound = 1, upper_bound = 16} -> !p
    %columns = transform.tune.knob<"columns_per_tile"> options = [8, 16, 32] -> !p
    %depth = transform.tune.knob<"depth_per_step"> options = [1, 2, 4, 8] -> !p

    // The constraints: tiles divide the matrices, and a tile of C has at most 192 elements.
    transform.smt.constrain_params(%rows, %columns, %depth, %M, %N, %K) : (!p, !p, !p, !p, !p, !p) -> () {
    ^bb0(%r: !int, %c: !int, %d: !int, %m: !int, %n: !int, %k: !int):
      %zero = smt.int.constant 0
      %rest_m = smt.int.mod %m, %r
      %rest_n = smt.int.mod %n, %c
      %rest_k = smt.int.mod %k, %d
      %even = smt.eq %rest_m, %rest_n, %rest_k, %zero : !int
      smt.assert %even
      %most = smt.int.constant 192
      %elements = smt.int.mul %r, %c
      %fits = smt.int.cmp le %elements, %most
      smt.assert %fits
    }

    // The steps. Each element of C is written by one tile, and the tiles are the units of work.
    transform.annotate %matmul "anchor" : !op
    %root = transform.get_consumers_of_result %matmul[0] : (!op) -> !op
    %unit, %units = transform.structured.fuse %root tile_sizes [%rows, %columns] {apply_cleanup, use_forall}
      : (!op, !p, !p) -> (!op, !op)
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %module : (!op) -> !op
    transform.apply_dce to %f : !op  // fuse leaves the originals, which nothing uses any more
    %tile = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %step, %loop = transform.structured.tile_using_for %tile tile_sizes [0, 0, %depth]
      : (!op, !p) -> (!op, !op)

    // Steps of the library: vectors, then buffers, then rows of vectors.
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %kernel = transform.include @bufferize failures(propagate) (%module) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %kernel : !op
    transform.include @simplify_accesses failures(propagate) (%kernel) : (!op) -> ()
    transform.yield
  }
}
