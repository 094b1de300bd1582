// Chains of elementwise ops and reductions that can be cut into rows: softmax, norms, and reductions over any
// axis.
//   M[r] = max over c of X[r,c];  E[r,c] = exp(X[r,c] - M[r]);  S[r] = sum over c of E[r,c];  Y = E / S
// The last op is the root. Rows may be several loops, and so may columns.
//
// A unit of work computes some rows. In it each op is one pass with vectors along contiguous memory. If
// these are the columns, a step reduces several rows, so that their horizontal sums overlap. If they are the
// rows, as in a reduction over the first axis, each lane has a row of its own.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p) {
    transform.diapason.match_root %op : !op
    %rows, %last, %outputs, %columns, %along, %passes, %ops = transform.diapason.match_rows %op
      : (!op) -> (!p, !p, !p, !p, !p, !p, !p)
    transform.yield %op, %rows, %last, %outputs, %columns, %along, %passes, %ops
      : !op, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %root, %rows, %last, %outputs, %columns, %along, %passes, %ops = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p)

    // ---- The space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %l1 = transform.tune.knob<"target.l1"> options = [32768, 49152] -> !p
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = {lower_bound = 1, upper_bound = 8192}
        -> !p
    // The rows that one step reduces.
    %step = transform.tune.knob<"rows_per_step"> options = [1, 2, 4, 8] -> !p
    %vectors = transform.tune.knob<"vectors_per_step"> options = {lower_bound = 1, upper_bound = 16} -> !p

    %grain = transform.smt.constrain_params(%rows_per_unit, %step, %vectors, %rows, %last, %outputs, %columns,
        %along, %lanes, %registers)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%n: !int, %r: !int, %v: !int, %all: !int, %inner: !int, %out: !int, %c: !int, %a: !int, %l: !int,
        %g: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      // A unit is a divisor of the innermost loop over rows, or consists of whole such loops.
      %part = smt.int.mod %inner, %n
      %is_part = smt.eq %part, %c0 : !int
      %left = smt.int.mod %n, %inner
      %rest = smt.int.mod %all, %n
      %whole = smt.eq %left, %c0 : !int
      %even = smt.eq %rest, %c0 : !int
      %is_whole = smt.and %whole, %even
      %fits = smt.or %is_part, %is_whole
      smt.assert %fits
      // Only columns are reduced in steps of rows.
      %several = smt.int.cmp gt %r, %c1
      %by_row = smt.eq %a, %c0 : !int
      %enough = smt.int.cmp le %r, %n
      %useful = smt.and %by_row, %enough
      %allowed = smt.implies %several, %useful
      smt.assert %allowed
      // The last vector of a step has something to do.
      %short = smt.int.cmp lt %n, %inner
      %run = smt.ite %short, %n, %inner : !int
      %length = smt.ite %by_row, %c, %run : !int
      %before = smt.int.sub %v, %c1
      %reach = smt.int.mul %before, %l
      %busy = smt.int.cmp lt %reach, %length
      smt.assert %busy
      %sums = smt.int.mul %r, %v, %c2
      %held = smt.int.cmp le %sums, %g
      smt.assert %held
      %elements = smt.int.mul %n, %out
      smt.yield %elements : !int
    }

    // ---- The estimated cost of a schedule: half cycles of the passes, and then details
    %cost, %shared = transform.smt.constrain_params(%rows_per_unit, %step, %vectors, %rows, %last, %columns,
        %along, %passes, %ops, %lanes, %l1) {diapason.cost = "half_cycles"}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%n: !int, %r: !int, %v: !int, %all: !int, %inner: !int, %c: !int, %a: !int, %count: !int, %o: !int,
        %l: !int, %cache: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c10 = smt.int.constant 10
      %c32 = smt.int.constant 32
      %c64 = smt.int.constant 64
      %c1000 = smt.int.constant 1000
      %by_row = smt.eq %a, %c0 : !int
      // The vectors of all rows. A vector of which only a part is used counts as a whole one.
      %short = smt.int.cmp lt %n, %inner
      %run = smt.ite %short, %n, %inner : !int
      %length = smt.ite %by_row, %c, %run : !int
      %above = smt.int.add %length, %l
      %below = smt.int.sub %above, %c1
      %in_row = smt.int.div %below, %l
      %pieces = smt.int.div %all, %run
      %others = smt.int.mul %pieces, %c
      %runs = smt.ite %by_row, %all, %others : !int
      %whole = smt.int.mul %runs, %in_row
      %half_cycles = smt.int.mul %whole, %o, %c2
      // A step costs a few instructions more than its vectors, and the end of a row some half cycles, which
      // overlap for the rows of a step.
      %together = smt.int.mul %r, %v
      %extra = smt.int.mul %whole, %count, %c4
      %steps = smt.int.div %extra, %together
      %row_ends = smt.int.mul %all, %c8
      %waits = smt.int.div %row_ends, %r
      %ends = smt.ite %by_row, %waits, %c0 : !int
      %units = smt.int.div %all, %n
      %starts = smt.int.mul %units, %c64
      // Long rows are read one after another, which suits prefetching. A step of more than eight vectors runs
      // out of registers.
      %several = smt.int.cmp gt %r, %c1
      %eight = smt.int.mul %l, %c8
      %long = smt.int.cmp ge %c, %eight
      %jumps = smt.and %several, %long
      %w1 = smt.int.div %half_cycles, %c4
      %jumping = smt.ite %jumps, %w1, %c0 : !int
      %many = smt.int.cmp gt %together, %c8
      %chain = smt.int.cmp gt %count, %c1
      %spills = smt.and %many, %chain
      %w2 = smt.int.div %half_cycles, %c32
      %spilling = smt.ite %spills, %w2, %c0 : !int
      // The input and the output of a unit fit into L1. Where rows are vectors, a unit has long ones instead.
      %elements = smt.int.mul %n, %c
      %fit = smt.int.div %cache, %c10
      %big = smt.int.cmp gt %elements, %fit
      %narrow = smt.int.cmp lt %n, %c1000
      %bad = smt.ite %by_row, %big, %narrow : !smt.bool
      %w3 = smt.int.div %half_cycles, %c8
      %misses = smt.ite %bad, %w3, %c0 : !int
      %scarce = smt.int.cmp lt %units, %c8
      %idle = smt.ite %scarce, %w1, %c0 : !int
      %sum = smt.int.add %half_cycles, %steps, %ends, %starts, %jumping, %spilling, %misses, %idle
      smt.yield %sum, %units : !int, !int
    }

    // ---- The schedule
    %stage = transform.diapason.tile_root %root grain %grain : (!op, !p) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    transform.apply_dce to %f : !op
    transform.diapason.apply_patterns to %f {
      transform.apply_patterns.linalg.tiling_canonicalization
      transform.apply_patterns.canonicalization
      transform.apply_patterns.tensor.fold_tensor_empty
    } : !op
    transform.apply_cse to %f : !op
    transform.diapason.fuse_into_reductions %f : !op
    transform.diapason.compute_in_place %f : !op
    %fb = transform.include @bufferize failures(propagate) (%m) : (!op) -> !op
    %passes_of_unit = transform.structured.match interface{LinalgOp} in %fb : (!op) -> !op
    transform.diapason.to_vector_loops %passes_of_unit lanes %lanes vectors %vectors rows %step
      : !op, !p, !p, !p
    transform.diapason.apply_patterns to %fb { transform.apply_patterns.canonicalization } : !op
    transform.apply_cse to %fb : !op
    %loops = transform.structured.match ops{["scf.for"]} in %fb : (!op) -> !op
    transform.apply_licm to %loops : !op
    transform.yield
  }
}
