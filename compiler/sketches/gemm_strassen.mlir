// Strassen's algorithm for a matrix product with a constant right side:
//   C[m,n] += A[m,k] * B[k,n]     with the loops m, n, k
// It has a producer of its start value and one elementwise consumer. B may be stored in either order.
//
// A unit of work computes a band of rows and a block of columns. Their halves, and the halves of the
// reduction, make quarters of the three matrices. Seven products of sums of quarters replace eight
// products of quarters. The sums of B are computed when the model is loaded, and those of A by a stage
// of their own.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p) {
    transform.match.structured failures(propagate) %op : !op {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %three = transform.param.constant 3 : i64 -> !p
      transform.match.param.cmpi eq %rank, %three : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.yield
    }
    %d:6 = transform.diapason.match_contraction %op : (!op) -> (!p, !p, !p, !p, !p, !p)
    %constant, %rb, %rl = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    %yes = transform.param.constant 1 : i64 -> !p
    transform.match.param.cmpi eq %constant, %yes : !p
    transform.match.param.cmpi eq %d#4, %yes : !p
    transform.yield %op, %d#1, %d#2, %d#3 : !op, !p, !p, !p
  }

  transform.named_sequence @tile(%piece: !op {transform.consumed}, %rows: !p {transform.readonly}) {
    %t, %l:2 = transform.structured.fuse %piece tile_sizes [1, %rows, 0, 0] {apply_cleanup}
      : (!op, !p) -> (!op, !op, !op)
    transform.yield
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %mm, %M, %N, %K = transform.collect_matching @fits in %m : (!op) -> (!op, !p, !p, !p)

    // ---- The space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %threads = transform.tune.knob<"target.threads"> options = {lower_bound = 1, upper_bound = 1024} -> !p
    %l2 = transform.tune.knob<"target.l2"> options = [524288, 1048576, 2097152] -> !p
    // Half of the columns of a unit of work.
    %block = transform.tune.knob<"columns_per_block"> options = {lower_bound = 4, upper_bound = 64} -> !p
    // The rows of a register tile of the products.
    %tile_rows = transform.tune.knob<"rows_per_tile"> options = {lower_bound = 2, upper_bound = 28} -> !p
    // How many iterations of the reduction one step covers.
    %step = transform.tune.knob<"depth_per_step"> options = [2, 4, 8] -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 32, 64, 96, 128, 192, 256, 384, 512]
        -> !p
    // Whether the units of a band of rows (1) or of a block of columns (0) come one after another.
    %bands_first = transform.tune.knob<"bands_first"> options = [0, 1] -> !p
    // Whether the sums of the next block of B are prefetched.
    %prefetch = transform.tune.knob<"prefetch"> options = [0, 1] -> !p

    %zero = transform.param.constant 0 : i64 -> !p
    %one = transform.param.constant 1 : i64 -> !p
    %six = transform.param.constant 6 : i64 -> !p
    %eight = transform.param.constant 8 : i64 -> !p
    %unit_rows, %bands = transform.include @divide_rows failures(propagate) (%rows_per_unit, %M)
        : (!p, !p) -> (!p, !p)
    // Halves of columns and of the reduction are whole vectors.
    %columns, %half_columns, %half_rows, %half_depth, %blocks
      = transform.smt.constrain_params(%block, %unit_rows, %N, %K, %lanes)
      : (!p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p) {
    ^bb0(%b: !int, %u: !int, %n: !int, %k: !int, %l: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c = smt.int.mul %b, %c2
      %l2x = smt.int.mul %l, %c2
      %over = smt.int.mod %n, %c
      %divides = smt.eq %over, %c0 : !int
      smt.assert %divides
      %part = smt.int.mod %b, %l
      %whole = smt.eq %part, %c0 : !int
      smt.assert %whole
      %odd = smt.int.mod %k, %l2x
      %even = smt.eq %odd, %c0 : !int
      smt.assert %even
      %u1 = smt.int.add %u, %c1
      %hr = smt.int.div %u1, %c2
      %hn = smt.int.div %n, %c2
      %hk = smt.int.div %k, %c2
      %several = smt.int.div %n, %c
      smt.yield %c, %hn, %hr, %hk, %several : !int, !int, !int, !int, !int
    }
    transform.include @order_units failures(propagate) (%bands_first, %bands, %blocks) : (!p, !p, !p) -> ()
    %vectors = transform.include @block_vectors failures(propagate) (%block, %half_columns, %lanes, %six)
        : (!p, !p, !p, !p) -> !p
    transform.include @divide_reduction failures(propagate) (%step, %half_depth, %eight) : (!p, !p, !p) -> ()
    %split, %rest, %has_rest = transform.include @split_extent failures(propagate) (%tile_rows, %half_rows)
      : (!p, !p) -> (!p, !p, !p)
    transform.include @use_registers failures(propagate) (%tile_rows, %one, %vectors, %registers, %half_rows,
        %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    transform.include @prefetch_next_block failures(propagate) (%prefetch, %zero, %block, %half_columns)
        : (!p, !p, !p, !p) -> ()
    %error = transform.smt.constrain_params(%M) {diapason.error} : (!p) -> (!p) {
    ^bb0(%rows: !int):
      %c2 = smt.int.constant 2
      smt.yield %c2 : !int
    }

    // ---- The estimated cost of a schedule, in half cycles
    %column = transform.include @column_cost failures(propagate) (%tile_rows, %split, %rest, %one, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %order = transform.include @order_cost failures(propagate) (%bands_first, %blocks, %one, %threads)
      : (!p, !p, !p, !p) -> !p
    %cost, %shared = transform.smt.constrain_params(%column, %blocks, %block, %bands, %half_rows,
        %half_columns, %half_depth, %tile_rows, %step, %prefetch, %order, %lanes, %l2)
      {diapason.cost = "half_cycles"}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%one_block: !int, %all_blocks: !int, %b: !int, %k: !int, %hr: !int, %hn: !int, %hk: !int,
        %height: !int, %u: !int, %f: !int, %ord: !int, %l: !int, %c_l2: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c5 = smt.int.constant 5
      %c7 = smt.int.constant 7
      %c8 = smt.int.constant 8
      %c16 = smt.int.constant 16
      %c28 = smt.int.constant 28
      %c32 = smt.int.constant 32
      %c48 = smt.int.constant 48
      %c64 = smt.int.constant 64
      %c1024 = smt.int.constant 1024
      // The time of the products, or of loading the sums of B that do not stay in L2 (5 bytes per half cycle)
      // if that is longer.
      %compute = smt.int.mul %one_block, %c7, %all_blocks, %hk
      %bytes = smt.int.mul %c28, %hk, %hn
      %half_l2 = smt.int.div %c_l2, %c2
      %large = smt.int.cmp gt %bytes, %half_l2
      %loading = smt.int.div %bytes, %c5
      %stream = smt.ite %large, %loading, %c0 : !int
      %slow = smt.int.cmp gt %stream, %compute
      %product = smt.ite %slow, %stream, %compute : !int
      // Four vectors of A become seven, and seven of the products become four, which costs a pass over both.
      %in_vectors = smt.int.div %hk, %l
      %out_vectors = smt.int.div %hn, %l
      %inputs = smt.int.mul %hr, %in_vectors, %c48
      %outputs = smt.int.mul %hr, %out_vectors, %c64
      %work = smt.int.add %product, %inputs, %outputs
      %half_cycles = smt.int.mul %work, %k
      // The products of a unit, and what they read, should stay in L2.
      %of_left = smt.int.mul %hr, %hk
      %of_right = smt.int.mul %hk, %b
      %of_result = smt.int.mul %hr, %b
      %of_all = smt.int.add %of_left, %of_right, %of_result
      %held = smt.int.mul %of_all, %c28
      %far_away = smt.int.cmp gt %held, %c_l2
      %spill = smt.ite %far_away, %c1, %c0 : !int
      // Rows of the sums that are whole pages apart share the sets of L1.
      %more = smt.int.sub %height, %c8
      %tall = smt.int.cmp gt %height, %c8
      %above = smt.ite %tall, %more, %c0 : !int
      %apart = smt.int.mod %hk, %c1024
      %pages = smt.eq %apart, %c0 : !int
      %evict = smt.ite %pages, %above, %c0 : !int
      // Prefer four iterations per step, prefetching, and eight units or more.
      %off = smt.int.sub %u, %c4
      %far = smt.int.abs %off
      %idle = smt.int.sub %c1, %f
      %units = smt.int.mul %all_blocks, %k
      %scarce = smt.int.cmp lt %units, %c8
      %few = smt.ite %scarce, %c2, %c0 : !int
      // Where rows move between cores, their sums do so, too, and Strassen's algorithm has no gain.
      %moved = smt.int.mul %ord, %c4
      %details = smt.int.add %far, %idle, %few, %spill, %evict, %moved
      %weight = smt.int.mul %half_cycles, %details
      %share = smt.int.div %weight, %c32
      %sum = smt.int.add %half_cycles, %share
      smt.yield %sum, %units : !int, !int
    }
    %needed = transform.smt.constrain_params(%bands, %half_rows, %half_columns, %half_depth, %lanes)
      {diapason.products}
      : (!p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%k: !int, %hr: !int, %hn: !int, %hk: !int, %l: !int):
      %c7 = smt.int.constant 7
      %out_vectors = smt.int.div %hn, %l
      %multiply_adds = smt.int.mul %c7, %k, %hr, %hk, %out_vectors
      smt.yield %multiply_adds : !int
    }

    // ---- The schedule. Its loops are m n
    transform.annotate %mm "anchor" : !op
    %root = transform.get_consumers_of_result %mm[0] : (!op) -> !op
    transform.annotate %root "root" : !op
    transform.tune.alternatives<"unit-order"> selected_region = %bands_first : !p {
      %unit, %stage = transform.diapason.tile_units %root sizes [%rows_per_unit, %columns] order [1, 0]
        : (!op, !p, !p) -> (!op, !op)
      transform.yield
    }, {
      %unit, %stage = transform.diapason.tile_units %root sizes [%rows_per_unit, %columns] order [0, 1]
        : (!op, !p, !p) -> (!op, !op)
      transform.yield
    }
    %before = transform.structured.match ops{["func.func"]} in %m : (!op) -> !op
    transform.apply_dce to %before : !op
    %tile = transform.structured.match attributes {anchor} in %m : (!op) -> !op
    %products = transform.diapason.strassen %tile lanes %lanes split %split : (!op, !p, !p) -> !op
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    transform.tune.alternatives<"rows"> selected_region = %has_rest : !p {
      transform.include @tile failures(propagate) (%anchor, %tile_rows) : (!op, !p) -> ()
      transform.yield
    }, {
      %a, %b = transform.split_handle %anchor : (!op) -> (!op, !op)
      transform.include @tile failures(propagate) (%a, %tile_rows) : (!op, !p) -> ()
      transform.include @tile failures(propagate) (%b, %rest) : (!op, !p) -> ()
      transform.yield
    }
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %consumer = transform.structured.match attributes {root} in %f : (!op) -> !op
    %ce, %el = transform.structured.tile_using_for %consumer tile_sizes [1, 0] : (!op) -> (!op, !op)
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
