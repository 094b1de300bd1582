// A matrix product with a constant right-hand side, which may be stored in any order:
//   C[m,n] += A[m,k] * B[k,n]     with the loops m, n, k
// It has a producer of its start value and one elementwise consumer. B is packed as n/block x k x block.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p) {
    %d:3 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %three = transform.param.constant 3 : i64 -> !p
      transform.match.param.cmpi eq %rank, %three : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      %b:4 = transform.match.structured.classify_contraction_dims %c : (!op) -> (!p, !p, !p, !p)
      transform.match.structured.dim %c[0, 1] { parallel } : !op
      transform.match.structured.dim %c[2] { reduction } : !op
      %m = transform.match.structured.dim %c[0] : (!op) -> !p
      %n = transform.match.structured.dim %c[1] : (!op) -> !p
      %k = transform.match.structured.dim %c[2] : (!op) -> !p
      transform.match.structured.yield %m, %n, %k : !p, !p, !p
    }
    %lc, %lb, %ll = transform.diapason.match_operand %op operand 0 : (!op) -> (!p, !p, !p)
    %rc, %rb, %rl = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    %yes = transform.param.constant 1 : i64 -> !p
    transform.match.param.cmpi eq %rc, %yes : !p
    transform.yield %op, %d#0, %d#1, %d#2 : !op, !p, !p, !p
  }

  transform.named_sequence @tile(%piece: !op {transform.consumed}, %rows: !p {transform.readonly},
                                 %outer: !p {transform.readonly}, %inner: !p {transform.readonly}) {
    %t, %l:2 = transform.structured.fuse %piece tile_sizes [%rows, 1, 0]
      interchange [%outer, %inner] {apply_cleanup}
      : (!op, !p, !p, !p) -> (!op, !op, !op)
    transform.yield
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %mm, %M, %N, %K = transform.collect_matching @fits in %m : (!op) -> (!op, !p, !p, !p)

    // ---- The space. A block has at least two columns, because MLIR's folding of unit dimensions never ends
    // if it has one.
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %l2 = transform.tune.knob<"target.l2"> options = [524288, 2097152] -> !p
    %block = transform.tune.knob<"columns_per_block"> options = {lower_bound = 2, upper_bound = 128} -> !p
    %tile_rows = transform.tune.knob<"rows_per_tile"> options = {lower_bound = 1, upper_bound = 28} -> !p
    // How many iterations of the reduction one step covers.
    %step = transform.tune.knob<"depth_per_step"> options = {lower_bound = 1, upper_bound = 16} -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 16, 32, 48, 64, 96, 128, 192, 256]
        -> !p
    // Whether a unit of work covers all blocks of columns (1) or one (0).
    %all_blocks = transform.tune.knob<"all_blocks_per_unit"> options = [0, 1] -> !p
    // The order of the loops in a unit of all blocks: the loop over blocks is the outer (0) or the inner
    // one (1).
    %order = transform.tune.knob<"loop_order"> options = [0, 1] -> !p
    // Whether the next block of B is prefetched.
    %prefetch = transform.tune.knob<"prefetch"> options = [0, 1] -> !p

    %zero = transform.param.constant 0 : i64 -> !p
    %one = transform.param.constant 1 : i64 -> !p
    %vectors = transform.include @matrix_block_vectors failures(propagate) (%block, %N, %lanes, %M)
        : (!p, !p, !p, !p) -> !p
    %sixteen = transform.param.constant 16 : i64 -> !p
    transform.include @divide_reduction failures(propagate) (%step, %K, %sixteen) : (!p, !p, !p) -> ()
    %unit_rows, %bands = transform.include @divide_rows failures(propagate) (%rows_per_unit, %M)
        : (!p, !p) -> (!p, !p)
    %split, %rest, %has_rest = transform.include @split_extent failures(propagate) (%tile_rows, %unit_rows)
      : (!p, !p) -> (!p, !p, !p)
    transform.include @use_registers failures(propagate) (%tile_rows, %one, %vectors, %registers, %unit_rows,
        %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    transform.include @prefetch_next_block failures(propagate) (%prefetch, %order, %block, %N)
        : (!p, !p, !p, !p) -> ()
    %outer, %inner = transform.include @order_matrix_loops failures(propagate) (%order, %all_blocks, %block,
        %N, %zero)
      : (!p, !p, !p, !p, !p) -> (!p, !p)
    %unit_batch, %unit_band, %unit_blocks, %stage_order
      = transform.include @distribute_units failures(propagate) (%one, %bands, %unit_rows, %block, %N,
          %all_blocks)
      : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p)

    // ---- The estimated cost of a schedule: half cycles of the register tiles, and then details
    %column = transform.include @column_cost failures(propagate) (%tile_rows, %split, %rest, %one, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %units = transform.include @count_units failures(propagate) (%one, %bands, %block, %N, %all_blocks)
        : (!p, !p, !p, !p, !p) -> !p
    %cost = transform.smt.constrain_params(%column, %block, %unit_rows, %bands, %units, %N, %step,
        %all_blocks, %prefetch, %M, %K, %l2)
      {diapason.cost} : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%one_block: !int, %n: !int, %rows: !int, %k: !int, %us: !int, %columns: !int, %u: !int, %a: !int,
        %f: !int, %all: !int,
         %deep: !int, %c_l2: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c16 = smt.int.constant 16
      %c32 = smt.int.constant 32
      %c1000 = smt.int.constant 1000
      %blocks = smt.int.div %columns, %n
      %half_cycles = smt.int.mul %one_block, %blocks, %k, %c1000
      // Prefer four iterations of K per step, an A that fits into L2, and prefetching if there are several
      // rows.
      %off = smt.int.sub %u, %c4
      %far = smt.int.abs %off
      %bytes = smt.int.mul %rows, %deep, %c4
      %half_l2 = smt.int.div %c_l2, %c2
      %big = smt.int.cmp gt %bytes, %half_l2
      %spill = smt.ite %big, %c1, %c0 : !int
      %several = smt.int.cmp gt %all, %c1
      %ahead = smt.ite %several, %c1, %c0 : !int
      %miss = smt.int.sub %ahead, %f
      %idle = smt.int.abs %miss
      %scarce = smt.int.cmp lt %us, %c8
      %few = smt.ite %scarce, %c1, %c0 : !int
      %w1 = smt.int.mul %half_cycles, %far
      %w1s = smt.int.div %w1, %c32
      %w2 = smt.int.mul %half_cycles, %spill
      %w2s = smt.int.div %w2, %c8
      %w3 = smt.int.mul %half_cycles, %idle
      %w3s = smt.int.div %w3, %c32
      %w4 = smt.int.mul %half_cycles, %a
      %w4s = smt.int.div %w4, %c16
      %w5 = smt.int.mul %half_cycles, %few
      %w5s = smt.int.div %w5, %c16
      %sum = smt.int.add %half_cycles, %w1s, %w2s, %w3s, %w4s, %w5s, %k
      smt.yield %sum : !int
    }

    // ---- The schedule. Its loops are m n/block block | k
    transform.annotate %mm "anchor" : !op
    transform.diapason.split_dim %mm dimension 1 by %block : !op, !p
    %packing = transform.diapason.pack_operand %mm operand 1 loops [1, 3, 2] : (!op) -> !op
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %root = transform.get_consumers_of_result %anchor[0] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%unit_band, %unit_blocks, 0] {apply_cleanup,
        use_forall}
      : (!op, !p, !p) -> (!op, !op)
    transform.include @order_blocks_first failures(propagate) (%stage, %stage_order) : (!op, !p) -> ()
    transform.tune.alternatives<"rows"> selected_region = %has_rest : !p {
      transform.include @tile failures(propagate) (%unit, %tile_rows, %outer, %inner)
          : (!op, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %unit after %split {dimension = 0} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile failures(propagate) (%a, %tile_rows, %outer, %inner) : (!op, !p, !p, !p) -> ()
      transform.include @tile failures(propagate) (%b, %rest, %outer, %inner) : (!op, !p, !p, !p) -> ()
      transform.yield
    }
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %steps = transform.replicate num(%c) %step : !op, !p
    %ct, %cl = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, %steps] : (!op, !p) -> (!op, !op)
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.tune.alternatives<"prefetch"> selected_region = %prefetch : !p {
      transform.yield
    }, {
      transform.diapason.prefetch_packed %fb : !op
      transform.apply_cse to %fb : !op
      transform.yield
    }
    transform.include @sink_loads failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
