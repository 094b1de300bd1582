// A batched matrix product, in which each side may be an activation or a constant:
//   C[b,m,n] += A[b,m,k] * B[b,k,n]     with the loops b, m, n, k
// It has a producer of its start value and one elementwise consumer. B is stored as b k n or b n k. If the
// batch shares B, it is stored as k n or n k.
//
// A constant B is packed by `prepare` as b x n/block x k x block. An activation B is read as it is stored
// if n is contiguous in memory, and otherwise each unit of work packs its part of B.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- The workloads that this sketch fits
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
    // This is 2 if the batch shares B: then b is a loop over rows, like m.
    %rows = transform.num_associations %d#4 : (!p) -> !p
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %constant, %last, %rows : !op, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @tile(%piece: !op {transform.consumed}, %rows: !p {transform.readonly},
                                 %outer: !p {transform.readonly}, %inner: !p {transform.readonly}) {
    %t, %l:3 = transform.structured.fuse %piece tile_sizes [1, %rows, 1, 0]
      interchange [0, %outer, %inner] {apply_cleanup}
      : (!op, !p, !p, !p) -> (!op, !op, !op, !op)
    transform.yield
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %mm, %B, %M, %N, %K, %constant, %axis, %row_loops = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p)

    // ---- The space. A block has at least two columns, because MLIR's folding of unit dimensions never ends
    // if it has one.
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %block = transform.tune.knob<"columns_per_block"> options = {lower_bound = 2, upper_bound = 128} -> !p
    %tile_rows = transform.tune.knob<"rows_per_tile"> options = {lower_bound = 1, upper_bound = 28} -> !p
    // How many iterations of the reduction one step covers.
    %step = transform.tune.knob<"depth_per_step"> options = {lower_bound = 1, upper_bound = 16} -> !p
    // Whether a unit of work is a whole product (1) or one block of its columns (0).
    %all_blocks = transform.tune.knob<"all_blocks_per_unit"> options = [0, 1] -> !p
    // The order of the loops in a whole product: the loop over blocks is the outer (0) or the inner one (1).
    %order = transform.tune.knob<"loop_order"> options = [0, 1] -> !p

    %one = transform.param.constant 1 : i64 -> !p
    %vectors = transform.include @matrix_block_vectors failures(propagate) (%block, %N, %lanes, %M)
        : (!p, !p, !p, !p) -> !p
    %sixteen = transform.param.constant 16 : i64 -> !p
    transform.include @divide_reduction failures(propagate) (%step, %K, %sixteen) : (!p, !p, !p) -> ()
    %split, %rest, %has_rest = transform.include @split_extent failures(propagate) (%tile_rows, %M)
        : (!p, !p) -> (!p, !p, !p)
    transform.include @use_registers failures(propagate) (%tile_rows, %one, %vectors, %registers, %M, %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    %outer, %inner = transform.include @order_matrix_loops failures(propagate) (%order, %all_blocks, %block,
        %N, %one)
      : (!p, !p, !p, !p, !p) -> (!p, !p)
    // The tile sizes of the parallel loop. They are 0 if it would have only one iteration.
    %unit_batch, %unit_blocks = transform.smt.constrain_params(%all_blocks, %block, %N, %B)
        : (!p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%a: !int, %n: !int, %columns: !int, %b: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %one_block = smt.eq %a, %c0 : !int
      %several = smt.int.cmp lt %n, %columns
      %blocks = smt.and %one_block, %several
      %batch = smt.int.cmp gt %b, %c1
      %none = smt.not %blocks
      %products = smt.or %batch, %none           // if there is nothing to divide, there is one unit
      %t0 = smt.ite %products, %c1, %c0 : !int
      %t1 = smt.ite %blocks, %c1, %c0 : !int
      smt.yield %t0, %t1 : !int, !int
    }
    // How B is read: as it is stored (0), packed by `prepare` (1), packed by each unit (2), or shared by
    // the batch and packed by `prepare` (3). Units pack in squares if the vectors divide B. If the batch
    // shares B, packing it again in every unit is not legal; other sketches handle that case.
    %pack, %square = transform.smt.constrain_params(%constant, %axis, %row_loops, %K, %block, %lanes)
      : (!p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%c: !int, %a: !int, %loops: !int, %k: !int, %n: !int, %l: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %fixed = smt.eq %c, %c1 : !int
      %along = smt.eq %a, %c2 : !int
      %how = smt.ite %along, %c0, %c2 : !int
      %c3 = smt.int.constant 3
      %own = smt.eq %loops, %c1 : !int
      %prepared = smt.ite %own, %c1, %c3 : !int
      %p = smt.ite %fixed, %prepared, %how : !int
      %again = smt.eq %p, %c2 : !int
      %once = smt.not %again
      %served = smt.or %own, %once
      smt.assert %served
      %rk = smt.int.mod %k, %l
      %rn = smt.int.mod %n, %l
      %both = smt.eq %rk, %rn, %c0 : !int
      %side = smt.ite %both, %l, %c1 : !int
      smt.yield %p, %side : !int, !int
    }

    // ---- The estimated cost of a schedule: half cycles of the register tiles, and then details
    %column = transform.include @column_cost failures(propagate) (%tile_rows, %split, %rest, %one, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %cost = transform.smt.constrain_params(%column, %block, %N, %step, %all_blocks, %order,
        %B) {diapason.cost}
      : (!p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%one_block: !int, %n: !int, %columns: !int, %u: !int, %a: !int, %ord: !int, %b: !int):
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c32 = smt.int.constant 32
      %c1000 = smt.int.constant 1000
      %blocks = smt.int.div %columns, %n
      %half_cycles = smt.int.mul %one_block, %blocks, %c1000
      // Prefer four iterations of K per step, and whole products if there are enough of them.
      %off = smt.int.sub %u, %c4
      %far = smt.int.abs %off
      %scarce = smt.int.cmp lt %b, %c8
      %other = smt.int.sub %c1, %a
      %wrong = smt.ite %scarce, %a, %other : !int
      %w1 = smt.int.mul %half_cycles, %far
      %w1s = smt.int.div %w1, %c32
      %w2 = smt.int.mul %half_cycles, %wrong
      %w2s = smt.int.div %w2, %c32
      %sum = smt.int.add %half_cycles, %w1s, %w2s, %ord
      smt.yield %sum : !int
    }

    // ---- The schedule. Its loops are b m n/block block | k
    transform.annotate %mm "anchor" : !op
    transform.diapason.split_dim %mm dimension 2 by %block : !op, !p
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
    %unit, %stage = transform.structured.fuse %root tile_sizes [%unit_batch, 0, %unit_blocks,
        0] {apply_cleanup, use_forall}
      : (!op, !p, !p) -> (!op, !op)
    transform.apply_dce to %f : !op
    transform.tune.alternatives<"pack-unit"> selected_region = %pack : !p {
      transform.yield
    }, {
      transform.yield
    }, {
      %packing = transform.structured.match attributes {packing} in %f : (!op) -> !op
      %pt, %pl:4 = transform.structured.tile_using_for %packing tile_sizes [1, 1, %square, %square]
        : (!op, !p, !p) -> (!op, !op, !op, !op, !op)
      transform.yield
    }, {
      transform.yield
    }
    transform.tune.alternatives<"rows"> selected_region = %has_rest : !p {
      transform.include @tile failures(propagate) (%unit, %tile_rows, %outer, %inner)
          : (!op, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %unit after %split {dimension = 1} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile failures(propagate) (%a, %tile_rows, %outer, %inner) : (!op, !p, !p, !p) -> ()
      transform.include @tile failures(propagate) (%b, %rest, %outer, %inner) : (!op, !p, !p, !p) -> ()
      transform.yield
    }
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %steps = transform.replicate num(%c) %step : !op, !p
    %ct, %cl = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, %steps]
        : (!op, !p) -> (!op, !op)
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.apply_patterns to %fb {
      transform.apply_patterns.vector.lower_transpose lowering_strategy = "shuffle_16x16"
    } : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.include @sink_loads failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
