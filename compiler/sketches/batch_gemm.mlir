// Batched matrix product; either side may be an activation:
//   C[b,m,n] += A[b,m,k] * B[b,k,n]     loops b, m, n, k; B stored b k n or b n k, or k n or n k: shared by the batch
// with a producer of its start value and one elementwise consumer. B is read as it lies where n runs along memory, else
// (or if constant) packed b x n/nr x k x nr: by `prepare`, or, an activation, unit by unit.
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {
  transform.named_sequence private @split_prepare(!op {transform.consumed}) -> (!op, !op, !op)
  transform.named_sequence private @vectorize_tiles(!op {transform.readonly})
  transform.named_sequence private @bufferize(!op {transform.consumed}) -> !op
  transform.named_sequence private @simplify_accesses(!op {transform.readonly})
  transform.named_sequence private @sink_loads(!op {transform.readonly})

  // ---- what it fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p) {
    %d:5 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %four = transform.param.constant 4 : i64 -> !p
      transform.match.param.cmpi eq %rank, %four : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      %s:4 = transform.match.structured.classify_contraction_dims %c : (!op) -> (!p, !p, !p, !p)
      transform.match.structured.dim %c[0, 1, 2] { parallel } : !op
      transform.match.structured.dim %c[3] { reduction } : !op
      %b = transform.match.structured.dim %c[0] : (!op) -> !p
      %m = transform.match.structured.dim %c[1] : (!op) -> !p
      %n = transform.match.structured.dim %c[2] : (!op) -> !p
      %k = transform.match.structured.dim %c[3] : (!op) -> !p
      transform.match.structured.yield %b, %m, %n, %k, %s#1 : !p, !p, !p, !p, !p
    }
    %lc, %lb, %ll = transform.diapason.match_operand %op operand 0 : (!op) -> (!p, !p, !p)
    %k = transform.param.constant 3 : i64 -> !p
    transform.match.param.cmpi eq %ll, %k : !p
    %constant, %rb, %last = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    %rows = transform.num_associations %d#4 : (!p) -> !p      // 2 where B is shared: b is a loop of rows like m
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %constant, %last, %rows : !op, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @tile(%piece: !op {transform.consumed}, %mr: !p {transform.readonly},
                                 %p0: !p {transform.readonly}, %p1: !p {transform.readonly}) {
    %t, %l:3 = transform.structured.fuse %piece tile_sizes [1, %mr, 1, 0] interchange [0, %p0, %p1] {apply_cleanup} : (!op, !p, !p, !p) -> (!op, !op, !op, !op)
    transform.yield
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %mm, %B, %M, %N, %K, %constant, %axis, %row_loops = transform.collect_matching @fits in %m : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p)

    // ---- the space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %regs = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %nr = transform.tune.knob<"nr"> options = {lower_bound = 2, upper_bound = 128} -> !p   // not 1: MLIR would fold unit dimensions without end
    %mr = transform.tune.knob<"mr"> options = {lower_bound = 1, upper_bound = 28} -> !p
    %kr = transform.tune.knob<"kr"> options = {lower_bound = 1, upper_bound = 16} -> !p
    %outer = transform.tune.knob<"outer"> options = [0, 1] -> !p      // units: 0 panel, 1 whole product
    %order = transform.tune.knob<"order"> options = [0, 1] -> !p      // in a whole product: 0 panels outside, 1 rows

    // Whole vectors, at most six (eight for a single row); where the lanes do not divide N, parts of a vector for what is left, powers
    // of two, and at least half a vector or all of N.
    %vectors = transform.smt.constrain_params(%nr, %N, %lanes, %M) : (!p, !p, !p, !p) -> (!p) {
    ^bb0(%n: !smt.int, %o: !smt.int, %l: !smt.int, %rows: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c6 = smt.int.constant 6
      %c8 = smt.int.constant 8
      %rest = smt.int.mod %o, %n
      %divides = smt.eq %rest, %c0 : !smt.int
      smt.assert %divides
      %whole = smt.int.div %n, %l
      %left = smt.int.mod %n, %l
      %q8 = smt.int.div %left, %c8
      %q4 = smt.int.div %left, %c4
      %q2 = smt.int.div %left, %c2
      %b4 = smt.int.mod %q4, %c2
      %b2 = smt.int.mod %q2, %c2
      %b1 = smt.int.mod %left, %c2
      %v = smt.int.add %whole, %q8, %b4, %b2, %b1
      %one_row = smt.eq %rows, %c1 : !smt.int
      %most = smt.ite %one_row, %c8, %c6 : !smt.int
      %few = smt.int.cmp le %v, %most
      smt.assert %few
      %odd = smt.int.mod %o, %l
      %even = smt.eq %odd, %c0 : !smt.int
      %full = smt.eq %left, %c0 : !smt.int
      %twice = smt.int.mul %n, %c2
      %half = smt.int.cmp ge %twice, %l
      %all = smt.eq %n, %o : !smt.int
      %large = smt.or %half, %all
      %allowed = smt.ite %even, %full, %large : !smt.bool
      smt.assert %allowed
      smt.yield %v : !smt.int
    }
    // One step of K is no contraction any more once unit dimensions are folded: only where nothing else divides.
    transform.smt.constrain_params(%kr, %K) : (!p, !p) -> () {
    ^bb0(%u: !smt.int, %i: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c5 = smt.int.constant 5
      %c7 = smt.int.constant 7
      %c11 = smt.int.constant 11
      %c13 = smt.int.constant 13
      %rest = smt.int.mod %i, %u
      %divides = smt.eq %rest, %c0 : !smt.int
      smt.assert %divides
      %several = smt.int.cmp gt %u, %c1
      %r2 = smt.int.mod %i, %c2
      %r3 = smt.int.mod %i, %c3
      %r5 = smt.int.mod %i, %c5
      %r7 = smt.int.mod %i, %c7
      %r11 = smt.int.mod %i, %c11
      %r13 = smt.int.mod %i, %c13
      %n2 = smt.int.cmp gt %r2, %c0
      %n3 = smt.int.cmp gt %r3, %c0
      %n5 = smt.int.cmp gt %r5, %c0
      %n7 = smt.int.cmp gt %r7, %c0
      %n11 = smt.int.cmp gt %r11, %c0
      %n13 = smt.int.cmp gt %r13, %c0
      %none = smt.and %n2, %n3, %n5, %n7, %n11, %n13
      %allowed = smt.or %several, %none
      smt.assert %allowed
      smt.yield
    }
    %split, %rm, %rest = transform.smt.constrain_params(%mr, %M) : (!p, !p) -> (!p, !p, !p) {
    ^bb0(%t: !smt.int, %e: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %fits = smt.int.cmp le %t, %e
      smt.assert %fits
      %r = smt.int.mod %e, %t
      %s = smt.int.sub %e, %r
      %even = smt.eq %r, %c0 : !smt.int
      %has = smt.ite %even, %c0, %c1 : !smt.int
      smt.yield %s, %r, %has : !smt.int, !smt.int, !smt.int
    }
    // Registers: accumulators, one row of the panel, one spare. At least 4 accumulators, or all rows.
    transform.smt.constrain_params(%mr, %vectors, %regs, %M) : (!p, !p, !p, !p) -> () {
    ^bb0(%h: !smt.int, %v: !smt.int, %g: !smt.int, %rows: !smt.int):
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %acc = smt.int.mul %h, %v
      %all = smt.int.add %acc, %v, %c1
      %fits = smt.int.cmp le %all, %g
      smt.assert %fits
      %enough = smt.int.cmp ge %acc, %c4
      %whole = smt.eq %h, %rows : !smt.int
      %busy = smt.or %enough, %whole
      smt.assert %busy
      smt.yield
    }
    // Loops in a unit, and the tile sizes of the parallel loop (0 where there would be one iteration).
    %p0, %p1, %tb, %tp = transform.smt.constrain_params(%outer, %order, %nr, %N, %B) : (!p, !p, !p, !p, !p) -> (!p, !p, !p, !p) {
    ^bb0(%o: !smt.int, %r: !smt.int, %n: !smt.int, %columns: !smt.int, %b: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %blocked = smt.eq %o, %c0 : !smt.int
      %several = smt.int.cmp lt %n, %columns
      %outside = smt.eq %r, %c0 : !smt.int
      %inside = smt.eq %o, %c1 : !smt.int
      %a1 = smt.or %outside, %inside        // one panel a unit: no order
      smt.assert %a1
      %a2 = smt.or %blocked, %several       // one panel: `outer` makes no difference
      smt.assert %a2
      %q0 = smt.ite %outside, %c2, %c1 : !smt.int
      %q1 = smt.ite %outside, %c1, %c2 : !smt.int
      %panels = smt.and %blocked, %several
      %batch = smt.int.cmp gt %b, %c1
      %any = smt.or %batch, %panels
      %none = smt.not %any
      %one = smt.or %batch, %none           // nothing to divide: one unit
      %t0 = smt.ite %one, %c1, %c0 : !smt.int
      %t1 = smt.ite %panels, %c1, %c0 : !smt.int
      smt.yield %q0, %q1, %t0, %t1 : !smt.int, !smt.int, !smt.int, !smt.int
    }
    // What becomes of B: 0 read as it lies, 1 packed by `prepare`, 2 packed unit by unit, in squares where the vectors divide it,
    // 3 shared by the batch and packed by `prepare`. One that is shared and would be packed again in every unit is left to others.
    %pack, %tk, %tn = transform.smt.constrain_params(%constant, %axis, %row_loops, %K, %nr, %lanes) : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%c: !smt.int, %a: !smt.int, %loops: !smt.int, %k: !smt.int, %n: !smt.int, %l: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %fixed = smt.eq %c, %c1 : !smt.int
      %along = smt.eq %a, %c2 : !smt.int
      %how = smt.ite %along, %c0, %c2 : !smt.int
      %c3 = smt.int.constant 3
      %own = smt.eq %loops, %c1 : !smt.int
      %prepared = smt.ite %own, %c1, %c3 : !smt.int
      %p = smt.ite %fixed, %prepared, %how : !smt.int
      %again = smt.eq %p, %c2 : !smt.int
      %once = smt.not %again
      %served = smt.or %own, %once
      smt.assert %served
      %rk = smt.int.mod %k, %l
      %rn = smt.int.mod %n, %l
      %square = smt.eq %rk, %rn, %c0 : !smt.int
      %side = smt.ite %square, %l, %c1 : !smt.int
      smt.yield %p, %side, %side : !smt.int, !smt.int, !smt.int
    }

    // ---- what a schedule should cost, roughly: half cycles of the register tiles, then details
    %cost = transform.smt.constrain_params(%mr, %nr, %vectors, %M, %rm, %rest, %N, %kr, %outer, %order, %B)
      {diapason.prefer} : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%h: !smt.int, %n: !smt.int, %v: !smt.int, %rows: !smt.int, %r: !smt.int, %has: !smt.int, %columns: !smt.int, %u: !smt.int,
         %o: !smt.int, %ord: !smt.int, %b: !smt.int):
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c32 = smt.int.constant 32
      %c1000 = smt.int.constant 1000
      %fma = smt.int.mul %h, %v
      %reads = smt.int.add %h, %v
      %three_halves = smt.int.mul %reads, %c3
      %loads = smt.int.div %three_halves, %c2
      %g1 = smt.int.cmp gt %fma, %loads
      %m1 = smt.ite %g1, %fma, %loads : !smt.int
      %g2 = smt.int.cmp gt %m1, %c8
      %m1b = smt.ite %g2, %m1, %c8 : !smt.int
      %far_panel = smt.int.mul %v, %c2
      %main = smt.int.add %m1b, %far_panel
      %fma2 = smt.int.mul %r, %v
      %reads2 = smt.int.add %r, %v
      %three_halves2 = smt.int.mul %reads2, %c3
      %loads2 = smt.int.div %three_halves2, %c2
      %g3 = smt.int.cmp gt %fma2, %loads2
      %m2 = smt.ite %g3, %fma2, %loads2 : !smt.int
      %g4 = smt.int.cmp gt %m2, %c8
      %m2b = smt.ite %g4, %m2, %c8 : !smt.int
      %last = smt.int.add %m2b, %far_panel
      %tiles = smt.int.div %rows, %h
      %t1 = smt.int.mul %tiles, %main
      %t2 = smt.int.mul %has, %last
      %panel = smt.int.add %t1, %t2
      %panels = smt.int.div %columns, %n
      %half_cycles = smt.int.mul %panel, %panels, %c1000
      // four steps of K at a time; whole products where there are enough of them
      %off = smt.int.sub %u, %c4
      %far = smt.int.abs %off
      %scarce = smt.int.cmp lt %b, %c8
      %other = smt.int.sub %c1, %o
      %wrong = smt.ite %scarce, %o, %other : !smt.int
      %w1 = smt.int.mul %half_cycles, %far
      %w1s = smt.int.div %w1, %c32
      %w2 = smt.int.mul %half_cycles, %wrong
      %w2s = smt.int.div %w2, %c32
      %sum = smt.int.add %half_cycles, %w1s, %w2s, %ord
      smt.yield %sum : !smt.int
    }

    // ---- the schedule. Loops b m n/nr nr | k
    transform.annotate %mm "anchor" : !op
    transform.diapason.split_dim %mm dimension 2 by %nr : !op, !p
    transform.tune.alternatives<"pack"> selected_region = %pack : !p {
      transform.yield
    }, {
      %packing = transform.diapason.pack_operand %mm operand 1 loops [0, 2, 4, 3] : (!op) -> !op
      transform.yield
    }, {
      %packing = transform.diapason.pack_operand %mm operand 1 loops [0, 2, 4, 3] : (!op) -> !op
      %generic = transform.structured.generalize %packing : (!op) -> !op
      transform.annotate %generic "packing" : !op
      transform.yield
    }, {
      %packing = transform.diapason.pack_operand %mm operand 1 loops [2, 4, 3] : (!op) -> !op
      transform.yield
    }
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %root = transform.get_consumers_of_result %anchor[0] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%tb, 0, %tp, 0] {apply_cleanup, use_forall} : (!op, !p, !p) -> (!op, !op)
    transform.apply_dce to %f : !op
    transform.tune.alternatives<"pack-unit"> selected_region = %pack : !p {
      transform.yield
    }, {
      transform.yield
    }, {
      %packing = transform.structured.match attributes {packing} in %f : (!op) -> !op
      %pt, %pl:4 = transform.structured.tile_using_for %packing tile_sizes [1, 1, %tk, %tn] : (!op, !p, !p) -> (!op, !op, !op, !op, !op)
      transform.yield
    }, {
      transform.yield
    }
    transform.tune.alternatives<"rows"> selected_region = %rest : !p {
      transform.include @tile failures(propagate) (%unit, %mr, %p0, %p1) : (!op, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %unit after %split {dimension = 1} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile failures(propagate) (%a, %mr, %p0, %p1) : (!op, !p, !p, !p) -> ()
      transform.include @tile failures(propagate) (%b, %rm, %p0, %p1) : (!op, !p, !p, !p) -> ()
      transform.yield
    }
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which keep their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %krs = transform.replicate num(%c) %kr : !op, !p
    %ct, %cl = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, %krs] : (!op, !p) -> (!op, !op)
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.vectors_to_rows %fb : !op
    transform.apply_patterns to %fb { transform.apply_patterns.vector.lower_transpose lowering_strategy = "shuffle_16x16" } : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.include @sink_loads failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
