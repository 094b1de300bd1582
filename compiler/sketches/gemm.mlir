// A matrix product, or a batch of them:
//   C[b..,m,n] += A[b..,m,k] * B[b..,k,n]     with the loops b.., m, n, k, and any number of loops b
// Both sides may be activations or constants, stored in any order, and shared by the batch. It has a producer
// of its start value and one elementwise consumer.
//
// A tile of rows is computed with one block of columns at a time. A constant B is packed by `prepare` as
// b.. x n/block x k x block. An activation B is read as it is stored, or each unit of work packs its part.
// Columns that remain behind the whole blocks are computed by a stage of their own.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p) {
    transform.match.structured failures(propagate) %op : !op {
    ^bb0(%c: !op):
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.yield
    }
    %d:6 = transform.diapason.match_contraction %op : (!op) -> (!p, !p, !p, !p, !p, !p)
    %constant, %rb, %rl = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %constant
      : !op, !p, !p, !p, !p, !p, !p, !p
  }

  // Tiles a piece of a unit by rows and blocks.
  transform.named_sequence @tile(%piece: !op {transform.consumed}, %rows: !p {transform.readonly},
                                 %outer: !p {transform.readonly}, %inner: !p {transform.readonly}) {
    %t, %l:2 = transform.structured.fuse %piece tile_sizes [%rows, 1, 0]
      interchange [%outer, %inner] {apply_cleanup}
      : (!op, !p, !p, !p) -> (!op, !op, !op)
    transform.yield
  }

  // Tiles a unit by rows and blocks: tiles of %rows up to the row %split, and then one of %rest.
  transform.named_sequence @tile_unit(%unit: !op {transform.consumed}, %rows: !p {transform.readonly},
                                      %split: !p {transform.readonly}, %rest: !p {transform.readonly},
                                      %has_rest: !p {transform.readonly}, %outer: !p {transform.readonly},
                                      %inner: !p {transform.readonly}) {
    transform.tune.alternatives<"rows"> selected_region = %has_rest : !p {
      transform.include @tile failures(propagate) (%unit, %rows, %outer, %inner) : (!op, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %unit after %split {dimension = 0} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile failures(propagate) (%a, %rows, %outer, %inner) : (!op, !p, !p, !p) -> ()
      transform.include @tile failures(propagate) (%b, %rest, %outer, %inner) : (!op, !p, !p, !p) -> ()
      transform.yield
    }
    transform.yield
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %mm, %B, %M, %N, %K, %left_k, %right_k, %constant = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p)

    // ---- The space. A block has at least two columns, because MLIR's folding of unit dimensions never ends
    // if it has one.
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %threads = transform.tune.knob<"target.threads"> options = {lower_bound = 1, upper_bound = 1024} -> !p
    %l2 = transform.tune.knob<"target.l2"> options = [524288, 1048576, 2097152] -> !p
    %block = transform.tune.knob<"columns_per_block"> options = {lower_bound = 2, upper_bound = 128} -> !p
    %tile_rows = transform.tune.knob<"rows_per_tile"> options = {lower_bound = 1, upper_bound = 28} -> !p
    // How many iterations of the reduction one step covers.
    %step = transform.tune.knob<"depth_per_step"> options = {lower_bound = 1, upper_bound = 16} -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 16, 32, 48, 64, 96, 128, 192, 256]
        -> !p
    // Whether a unit of work covers all blocks of columns (1) or one (0).
    %all_blocks = transform.tune.knob<"all_blocks_per_unit"> options = [0, 1] -> !p
    // Whether the units of a band of rows (1) or of a block of columns (0) come one after another.
    %bands_first = transform.tune.knob<"bands_first"> options = [0, 1] -> !p
    // The order of the loops in a unit of all blocks: the loop over blocks is the outer (0) or the inner
    // one (1).
    %order = transform.tune.knob<"loop_order"> options = [0, 1] -> !p
    // Whether the next block of a packed constant is prefetched.
    %prefetch = transform.tune.knob<"prefetch"> options = [0, 1] -> !p
    // Whether units pack their part of B (1) or read it as it is stored (0).
    %pack_units = transform.tune.knob<"pack_in_units"> options = [0, 1] -> !p

    %zero = transform.param.constant 0 : i64 -> !p
    %one = transform.param.constant 1 : i64 -> !p
    %vectors, %whole, %tail, %has_tail, %tail_vectors
      = transform.include @divide_columns failures(propagate) (%block, %N, %lanes, %M)
      : (!p, !p, !p, !p) -> (!p, !p, !p, !p, !p)
    %depth_split, %has_depth_rest = transform.include @divide_depth failures(propagate) (%step, %K)
      : (!p, !p) -> (!p, !p)
    %unit_rows, %bands = transform.include @divide_rows failures(propagate) (%rows_per_unit, %M)
        : (!p, !p) -> (!p, !p)
    %split, %rest, %has_rest = transform.include @split_extent failures(propagate) (%tile_rows, %unit_rows)
      : (!p, !p) -> (!p, !p, !p)
    transform.include @use_registers failures(propagate) (%tile_rows, %one, %vectors, %registers, %unit_rows,
        %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    // The columns behind the blocks have smaller tiles if they need more vectors than a block.
    %tail_rows = transform.smt.constrain_params(%tile_rows, %tail_vectors, %registers)
      : (!p, !p, !p) -> (!p) {
    ^bb0(%r: !int, %v: !int, %g: !int):
      %c1 = smt.int.constant 1
      %free = smt.int.sub %g, %v
      %left = smt.int.sub %free, %c1
      %most = smt.int.div %left, %v
      %few = smt.int.cmp lt %most, %r
      %some = smt.int.cmp gt %v, %c1
      %limited = smt.and %few, %some
      %rows = smt.ite %limited, %most, %r : !int
      smt.yield %rows : !int
    }
    %tail_split, %tail_rest, %has_tail_rest
      = transform.include @split_extent failures(propagate) (%tail_rows, %unit_rows)
      : (!p, !p) -> (!p, !p, !p)
    transform.include @prefetch_next_block failures(propagate) (%prefetch, %order, %block, %whole)
        : (!p, !p, !p, !p) -> ()
    %outer, %inner = transform.include @order_matrix_loops failures(propagate) (%order, %all_blocks, %block,
        %whole, %zero)
      : (!p, !p, !p, !p, !p) -> (!p, !p)
    // How B is read: as it is stored (0), packed by `prepare` (1), or packed by each unit (2). Units pack in
    // squares if the vectors divide B. Products of a few rows with columns that are not contiguous would
    // only pack; they are sums along rows, which other sketches compute.
    %pack, %square, %unit_blocks = transform.smt.constrain_params(%constant, %right_k, %pack_units, %prefetch,
        %all_blocks, %K, %N, %M, %block, %lanes)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%c: !int, %rk: !int, %pu: !int, %f: !int, %a: !int, %k: !int, %n: !int, %rows: !int, %size: !int,
        %l: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %fixed = smt.eq %c, %c1 : !int
      %apart = smt.eq %rk, %c1 : !int
      %again = smt.eq %pu, %c1 : !int
      %varies = smt.not %fixed
      %must = smt.and %apart, %varies
      %free = smt.or %fixed, %apart
      %bound = smt.eq %again, %must : !smt.bool
      %contiguous = smt.not %free
      %packs = smt.or %bound, %contiguous
      smt.assert %packs
      %none = smt.eq %f, %c0 : !int
      %ahead = smt.or %fixed, %none
      smt.assert %ahead
      %many = smt.int.cmp ge %rows, %c4
      %reads = smt.not %must
      %useful = smt.or %many, %reads
      smt.assert %useful
      %how = smt.ite %again, %c2, %c0 : !int
      %p = smt.ite %fixed, %c1, %how : !int
      %mk = smt.int.mod %k, %l
      %mn = smt.int.mod %n, %l
      %mb = smt.int.mod %size, %l
      %all = smt.eq %mk, %mn, %mb, %c0 : !int
      %side = smt.ite %all, %l, %c1 : !int
      %b = smt.int.sub %c1, %a
      smt.yield %p, %side, %b : !int, !int, !int
    }

    // ---- The estimated cost of a schedule: half cycles of the register tiles, and then details
    %column = transform.include @column_cost failures(propagate) (%tile_rows, %split, %rest, %one, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %tail_column = transform.include @column_cost failures(propagate) (%tail_rows, %tail_split, %tail_rest,
        %one, %tail_vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %units = transform.include @count_units failures(propagate) (%B, %bands, %block, %whole, %all_blocks)
        : (!p, !p, !p, !p, !p) -> !p
    // The units of a band.
    %per_band = transform.smt.constrain_params(%units, %bands, %B) : (!p, !p, !p) -> (!p) {
    ^bb0(%us: !int, %k: !int, %b: !int):
      %all = smt.int.mul %k, %b
      %n = smt.int.div %us, %all
      smt.yield %n : !int
    }
    transform.include @order_units failures(propagate) (%bands_first, %bands, %per_band) : (!p, !p, !p) -> ()
    %unit_order = transform.include @order_cost failures(propagate) (%bands_first, %per_band, %B, %threads)
      : (!p, !p, !p, !p) -> !p
    %cost, %shared = transform.smt.constrain_params(%column, %tail_column, %block, %whole, %tail, %unit_rows,
        %bands, %units, %B, %tile_rows, %step, %all_blocks, %order, %prefetch, %pack, %M, %N, %K, %left_k,
        %unit_order, %l2)
      {diapason.cost = "half_cycles"}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%one_block: !int, %last: !int, %n: !int, %main: !int, %extra: !int, %rows: !int, %k: !int, %us: !int,
        %b: !int, %height: !int, %u: !int, %a: !int, %ord: !int, %f: !int, %how: !int, %all: !int,
        %columns: !int, %deep: !int, %lk: !int, %moved: !int, %c_l2: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c16 = smt.int.constant 16
      %c32 = smt.int.constant 32
      %c48 = smt.int.constant 48
      %c1024 = smt.int.constant 1024
      %blocks = smt.int.div %main, %n
      %in_blocks = smt.int.mul %one_block, %blocks
      %some = smt.int.cmp gt %extra, %c0
      %behind = smt.ite %some, %last, %c0 : !int
      %per_step = smt.int.add %in_blocks, %behind
      %half_cycles = smt.int.mul %per_step, %k, %deep, %b
      // What does not stay in L2 is read again, a cache line in four half cycles: A for each block, B for
      // each band of rows. What units pack is read and written element by element.
      %half_l2 = smt.int.div %c_l2, %c2
      %a_bytes = smt.int.mul %rows, %deep, %c4
      %a_far = smt.int.cmp gt %a_bytes, %half_l2
      %a_lines = smt.int.mul %all, %deep, %blocks, %b
      %a_time = smt.int.div %a_lines, %c4
      %t_a = smt.ite %a_far, %a_time, %c0 : !int
      %b_bytes = smt.int.mul %columns, %deep, %c4
      %b_far = smt.int.cmp gt %b_bytes, %half_l2
      %b_lines = smt.int.mul %columns, %deep, %k, %b
      %b_time = smt.int.div %b_lines, %c4
      %t_b = smt.ite %b_far, %b_time, %c0 : !int
      %packs = smt.eq %how, %c2 : !int
      %t_p = smt.ite %packs, %b_lines, %c0 : !int
      // Rows of A that are whole pages apart share the sets of L1, and more than eight of them evict one
      // another.
      %more = smt.int.sub %height, %c8
      %tall = smt.int.cmp gt %height, %c8
      %over = smt.ite %tall, %more, %c0 : !int
      %apart = smt.int.mod %deep, %c1024
      %pages = smt.eq %apart, %c0 : !int
      %by_rows = smt.eq %lk, %c1 : !int
      %evict = smt.and %pages, %by_rows
      %share = smt.ite %evict, %c16, %c48 : !int
      // Prefer four iterations of K per step, prefetching if there are several rows, whole products if there
      // are many of them and single blocks otherwise, and eight units or more.
      %off = smt.int.sub %u, %c4
      %far = smt.int.abs %off
      %packed = smt.eq %how, %c1 : !int
      %several = smt.int.cmp gt %all, %c1
      %may = smt.and %packed, %several
      %ahead = smt.ite %may, %c1, %c0 : !int
      %miss = smt.int.sub %ahead, %f
      %idle = smt.int.abs %miss
      %many = smt.int.cmp ge %b, %c8
      %wish = smt.ite %many, %c1, %c0 : !int
      %other = smt.int.sub %wish, %a
      %wrong = smt.int.abs %other
      %scarce = smt.int.cmp lt %us, %c8
      %few = smt.ite %scarce, %c1, %c0 : !int
      // Reading columns that are whole pages apart is slow.
      %stride = smt.int.mod %columns, %c1024
      %page = smt.eq %stride, %c0 : !int
      %stored = smt.eq %how, %c0 : !int
      %slow = smt.and %page, %stored
      %jumps = smt.ite %slow, %c1, %c0 : !int
      %w1 = smt.int.mul %half_cycles, %far
      %w1s = smt.int.div %w1, %c32
      %w2 = smt.int.mul %half_cycles, %over
      %w2s = smt.int.div %w2, %share
      %w3 = smt.int.mul %half_cycles, %idle
      %w3s = smt.int.div %w3, %c32
      %w4 = smt.int.mul %half_cycles, %wrong
      %w4s = smt.int.div %w4, %c32
      %w5 = smt.int.mul %half_cycles, %few
      %w5s = smt.int.div %w5, %c16
      %w6 = smt.int.mul %half_cycles, %jumps
      %w6s = smt.int.div %w6, %c16
      %w7 = smt.int.mul %half_cycles, %moved
      %w7s = smt.int.div %w7, %c32
      %sum = smt.int.add %half_cycles, %t_a, %t_b, %t_p, %w1s, %w2s, %w3s, %w4s, %w5s, %w6s, %w7s, %k, %ord
      smt.yield %sum, %us : !int, !int
    }

    // ---- The schedule. Its loops are b.. m n/block block | k
    transform.annotate %mm "anchor" : !op
    %consumer = transform.get_consumers_of_result %mm[0] : (!op) -> !op
    transform.annotate %consumer "root" : !op
    transform.tune.alternatives<"columns"> selected_region = %has_tail : !p {
      transform.diapason.split_dim %mm dimension -2 by %block : !op, !p
      transform.yield
    }, {
      transform.diapason.split_dim %mm dimension -2 by %block rest %tail : !op, !p, !p
      transform.yield
    }
    %products = transform.structured.match attributes {anchor} in %m : (!op) -> !op
    transform.tune.alternatives<"pack"> selected_region = %pack : !p {
      transform.yield
    }, {
      %packing = transform.diapason.pack_operand %products operand 1 loops [-3, -1, -2] : (!op) -> !op
      transform.yield
    }, {
      %packing = transform.diapason.pack_operand %products operand 1 loops [-3, -1, -2] : (!op) -> !op
      %generic = transform.structured.generalize %packing : (!op) -> !op
      transform.annotate %generic "packing" : !op
      transform.yield
    }
    %m1, %f, %anchors = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %roots = transform.structured.match attributes {root} in %f : (!op) -> !op
    transform.tune.alternatives<"unit-order"> selected_region = %bands_first : !p {
      %unit, %stage = transform.diapason.tile_units %roots sizes [%rows_per_unit, %unit_blocks, %zero]
        order [1, 0, 2] : (!op, !p, !p, !p) -> (!op, !op)
      transform.yield
    }, {
      %unit, %stage = transform.diapason.tile_units %roots sizes [%rows_per_unit, %unit_blocks, %zero]
        order [0, 1, 2] : (!op, !p, !p, !p) -> (!op, !op)
      transform.yield
    }
    transform.apply_dce to %f : !op
    %units_of_work = transform.structured.match attributes {root} in %f : (!op) -> !op
    transform.tune.alternatives<"pack-unit"> selected_region = %pack : !p {
      transform.yield
    }, {
      transform.yield
    }, {
      %packing = transform.structured.match attributes {packing} in %f : (!op) -> !op
      %squares = transform.replicate num(%packing) %square : !op, !p
      %pt, %pl:3 = transform.structured.tile_using_for %packing tile_sizes [1, %squares, %squares]
        : (!op, !p, !p) -> (!op, !op, !op, !op)
      transform.yield
    }
    transform.tune.alternatives<"tail"> selected_region = %has_tail : !p {
      transform.include @tile_unit failures(propagate) (%units_of_work, %tile_rows, %split, %rest, %has_rest,
          %outer, %inner)
        : (!op, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %main, %behind = transform.split_handle %units_of_work : (!op) -> (!op, !op)
      transform.include @tile_unit failures(propagate) (%main, %tile_rows, %split, %rest, %has_rest, %outer,
          %inner)
        : (!op, !p, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_unit failures(propagate) (%behind, %tail_rows, %tail_split, %tail_rest,
          %has_tail_rest, %outer, %inner)
        : (!op, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    transform.tune.alternatives<"depth"> selected_region = %has_depth_rest : !p {
      %steps = transform.replicate num(%c) %step : !op, !p
      %ct, %cl = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, %steps] : (!op, !p) -> (!op, !op)
      transform.yield
    }, {
      %splits = transform.replicate num(%c) %depth_split : !op, !p
      %parts = transform.structured.split %c after %splits {dimension = 3} : !op, !p
      %steps = transform.replicate num(%parts) %step : !op, !p
      %ct, %cl = transform.structured.tile_using_for %parts tile_sizes [0, 0, 0, %steps]
        : (!op, !p) -> (!op, !op)
      transform.diapason.apply_patterns to %f {  // the rest has one iteration, and its size becomes static
        transform.apply_patterns.linalg.tiling_canonicalization
        transform.apply_patterns.canonicalization
        transform.apply_patterns.scf.for_loop_canonicalization
      } : !op
      transform.yield
    }
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.diapason.apply_patterns to %fb {
      transform.apply_patterns.vector.lower_transpose lowering_strategy = "shuffle_16x16"
    } : !op
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
