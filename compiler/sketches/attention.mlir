// Attention: the product of queries and keys, a softmax over the keys, and the product with the values:
//   S[b,h,n,m] += K[b,h,n,c] * Q[b,h,m,c]
//   X = f(S, masks)              f is elementwise
//   T[b,h,m] = max over n of X
//   E = exp(X - T)
//   R[b,h,m] = 1 / sum over n of E
//   O[b,h,m,d] += E[b,h,n,m] * V[b,h,n,d]
// The last product has the loops b, h, m, d, n. It has one elementwise consumer, which also reads R.
//
// The scores S have the queries as their columns. A block of queries is transposed once; everything behind
// it then works on vectors of queries: keys are the rows of the first product, the softmax needs no sum
// within a vector, and the weights E are the scalars of the second product. Neither keys nor values are
// rearranged, and the scores of a block of queries stay in the caches.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly})
      -> (!op, !p, !p, !p, !p, !p, !p) {
    %d:5 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %five = transform.param.constant 5 : i64 -> !p
      transform.match.param.cmpi eq %rank, %five : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.dim %c[0, 1, 2, 3] { parallel } : !op
      transform.match.structured.dim %c[4] { reduction } : !op
      %b = transform.match.structured.dim %c[0] : (!op) -> !p
      %h = transform.match.structured.dim %c[1] : (!op) -> !p
      %m = transform.match.structured.dim %c[2] : (!op) -> !p
      %n = transform.match.structured.dim %c[3] : (!op) -> !p
      %k = transform.match.structured.dim %c[4] : (!op) -> !p
      transform.match.structured.yield %b, %h, %m, %n, %k : !p, !p, !p, !p, !p
    }
    %weights = transform.get_producer_of_operand %op[0] : (!op) -> !op
    %scores = transform.get_producer_of_operand %weights[1] : (!op) -> !op
    %product = transform.get_producer_of_operand %scores[0] : (!op) -> !op
    %width = transform.match.structured failures(propagate) %product : (!op) -> !p {
    ^bb0(%c: !op):
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      %k = transform.match.structured.dim %c[4] : (!op) -> !p
      transform.match.structured.yield %k : !p
    }
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %width : !op, !p, !p, !p, !p, !p, !p
  }

  // Tiles the scores of a block of queries by keys. The first product is fused into the tiles.
  transform.named_sequence @tile_scores(%scores: !op {transform.readonly}, %keys: !p {transform.readonly},
                                        %split: !p {transform.readonly}, %rest: !p {transform.readonly},
                                        %has_rest: !p {transform.readonly}) {
    transform.tune.alternatives<"keys"> selected_region = %has_rest : !p {
      %t, %l = transform.structured.fuse %scores tile_sizes [0, 0, %keys, 0] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      transform.yield
    }, {
      %s = transform.structured.split %scores after %split {dimension = 2} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      %ta, %la = transform.structured.fuse %a tile_sizes [0, 0, %keys, 0] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      %tb, %lb = transform.structured.fuse %b tile_sizes [0, 0, %rest, 0] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      transform.yield
    }
    transform.yield
  }

  // Divides the reduction of a register tile into steps. Behind %split there is one longer step, if %has_last
  // is 1.
  transform.named_sequence @tile_steps(%tile: !op {transform.readonly}, %step: !p {transform.readonly},
                                       %split: !p {transform.readonly}, %has_last: !p {transform.readonly}) {
    transform.tune.alternatives<"steps"> selected_region = %has_last : !p {
      %t, %l = transform.structured.tile_using_for %tile tile_sizes [0, 0, 0, 0, %step]
        : (!op, !p) -> (!op, !op)
      transform.yield
    }, {
      %s = transform.structured.split %tile after %split {dimension = 4} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      %t, %l = transform.structured.tile_using_for %a tile_sizes [0, 0, 0, 0, %step]
        : (!op, !p) -> (!op, !op)
      transform.yield
    }
    transform.yield
  }

  // Tiles everything that a block of queries needs. %root is the last operation of the block.
  transform.named_sequence @tile_block(%root: !op {transform.readonly}, %side: !p {transform.readonly},
      %keys: !p {transform.readonly}, %key_split: !p {transform.readonly}, %key_rest: !p {transform.readonly},
      %has_key_rest: !p {transform.readonly}, %few_keys: !p {transform.readonly},
      %chunk: !p {transform.readonly}, %in_chunks: !p {transform.readonly}, %rows: !p {transform.readonly},
      %columns: !p {transform.readonly},
      %step: !p {transform.readonly}, %steps_end: !p {transform.readonly},
      %has_last_step: !p {transform.readonly}) {
    %product = transform.get_producer_of_operand %root[0] : (!op) -> !op
    %inverse = transform.get_producer_of_operand %root[1] : (!op) -> !op
    %sum = transform.get_producer_of_operand %inverse[0] : (!op) -> !op
    %weights = transform.get_producer_of_operand %product[0] : (!op) -> !op
    %zeros = transform.get_producer_of_operand %product[2] : (!op) -> !op
    %scores = transform.get_producer_of_operand %weights[1] : (!op) -> !op
    %most = transform.get_producer_of_operand %weights[0] : (!op) -> !op
    %first = transform.get_producer_of_operand %scores[0] : (!op) -> !op
    %packing = transform.get_producer_of_operand %first[1] : (!op) -> !op
    %pt, %pl:4 = transform.structured.tile_using_for %packing tile_sizes [1, 1, %side, %side]
      : (!op, !p, !p) -> (!op, !op, !op, !op, !op)
    transform.include @tile_scores failures(propagate) (%scores, %keys, %key_split, %key_rest, %has_key_rest)
      : (!op, !p, !p, !p, !p) -> ()
    %mt, %ml = transform.structured.tile_using_for %most tile_sizes [0, 0, 1, 0] : (!op) -> (!op, !op)
    %wt, %wl = transform.structured.tile_using_for %weights tile_sizes [0, 0, %few_keys, 0]
      : (!op, !p) -> (!op, !op)
    %st, %sl = transform.structured.tile_using_for %sum tile_sizes [0, 0, %few_keys, 0]
      : (!op, !p) -> (!op, !op)
    transform.tune.alternatives<"chunks"> selected_region = %in_chunks : !p {
      // The last product stays in registers until it is divided by the sum.
      %t, %l:2 = transform.structured.fuse %root tile_sizes [0, 0, %rows, %columns] {apply_cleanup}
        : (!op, !p, !p) -> (!op, !op, !op)
      %tile = transform.get_producer_of_operand %t[0] : (!op) -> !op
      transform.include @tile_steps failures(propagate) (%tile, %step, %steps_end, %has_last_step)
        : (!op, !p, !p, !p) -> ()
      transform.yield
    }, {
      %zt, %zl = transform.structured.tile_using_for %zeros tile_sizes [0, 0, 1, 0] : (!op) -> (!op, !op)
      %rt, %rl = transform.structured.tile_using_for %root tile_sizes [0, 0, 1, 0] : (!op) -> (!op, !op)
      %t, %l:3 = transform.structured.tile_using_for %product tile_sizes [0, 0, %rows, %columns, %chunk]
        interchange = [4, 2, 3, 0, 1]
        : (!op, !p, !p, !p) -> (!op, !op, !op, !op)
      transform.include @tile_steps failures(propagate) (%t, %step, %steps_end, %has_last_step)
        : (!op, !p, !p, !p) -> ()
      transform.yield
    }
    transform.yield
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %values, %B, %H, %M, %D, %N, %C = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p)

    // ---- The space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    // The number of queries in a block, which are the columns of the first product.
    %block = transform.tune.knob<"queries_per_block"> options = {lower_bound = 2, upper_bound = 64} -> !p
    // The tile of the first product: keys x queries of a block. One step covers some columns of both.
    %keys = transform.tune.knob<"keys_per_tile"> options = {lower_bound = 1, upper_bound = 28} -> !p
    %step = transform.tune.knob<"depth_per_step"> options = [2, 4, 8, 16] -> !p
    // The tile of the second product: queries x columns of the values. One step covers some keys.
    %rows = transform.tune.knob<"queries_per_tile"> options = {lower_bound = 1, upper_bound = 28} -> !p
    %columns = transform.tune.knob<"columns_per_tile"> options = {lower_bound = 2, upper_bound = 128} -> !p
    %key_step = transform.tune.knob<"keys_per_step"> options = [2, 4, 8] -> !p
    // The second product adds up as many keys at a time; 0 means all of them.
    %chunk_size = transform.tune.knob<"keys_per_chunk"> options = [0, 64, 128, 256, 512] -> !p
    // The queries of a unit of work; 0 means all of them. A stage of its own computes those behind the units.
    %unit = transform.tune.knob<"queries_per_unit"> options = [0, 16, 32, 48, 64, 96, 128, 192, 256] -> !p

    %one = transform.param.constant 1 : i64 -> !p
    %four = transform.param.constant 4 : i64 -> !p
    %sixteen = transform.param.constant 16 : i64 -> !p
    %unit_rows, %bands, %split, %rest, %where, %has_rest
      = transform.include @divide_bands failures(propagate) (%unit, %block, %M)
      : (!p, !p, !p) -> (!p, !p, !p, !p, !p, !p)
    %vectors = transform.include @block_vectors failures(propagate) (%block, %block, %lanes, %four)
      : (!p, !p, !p, !p) -> !p
    %rest_vectors = transform.include @block_vectors failures(propagate) (%rest, %rest, %lanes, %sixteen)
      : (!p, !p, !p, !p) -> !p
    transform.include @use_registers failures(propagate) (%keys, %one, %vectors, %registers, %N, %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    transform.include @fit_registers failures(propagate) (%keys, %one, %rest_vectors, %registers)
      : (!p, !p, !p, !p) -> ()
    %key_split, %key_rest, %has_key_rest = transform.include @split_extent failures(propagate) (%keys, %N)
      : (!p, !p) -> (!p, !p, !p)
    transform.include @divide_reduction failures(propagate) (%step, %C, %sixteen) : (!p, !p, !p) -> ()
    %most = transform.param.constant 6 : i64 -> !p
    %column_vectors = transform.include @block_vectors failures(propagate) (%columns, %D, %lanes, %most)
      : (!p, !p, !p, !p) -> !p
    transform.include @use_registers failures(propagate) (%rows, %one, %column_vectors, %registers, %block,
        %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    // A block consists of whole vectors, or it is all queries of a unit. Its tiles divide it.
    %last_rows = transform.smt.constrain_params(%rows, %block, %rest, %unit_rows, %lanes)
      : (!p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%r: !int, %q: !int, %e: !int, %u: !int, %l: !int):
      %c0 = smt.int.constant 0
      %c8 = smt.int.constant 8
      %part = smt.int.mod %q, %l
      %whole = smt.eq %part, %c0 : !int
      %all = smt.eq %q, %u : !int
      %allowed = smt.or %whole, %all
      smt.assert %allowed
      %over = smt.int.mod %q, %r
      %divides = smt.eq %over, %c0 : !int
      smt.assert %divides
      %largest_divisor = smt.declare_fun "largest_divisor" : !smt.func<(!int, !int) !int>
      %last = smt.apply_func %largest_divisor(%e, %c8) : !smt.func<(!int, !int) !int>
      smt.yield %last : !int
    }
    // Neither a block of queries nor a step over keys has only one of them. If one would be left, the last
    // step over keys is longer by one.
    %unit_batch, %unit_heads, %unit_band, %last_band, %chunk, %in_chunks, %few_keys, %side, %last_side,
        %steps_end, %has_last_step
      = transform.smt.constrain_params(%B, %H, %bands, %N, %C, %block, %rest, %unit_rows, %chunk_size,
          %key_step, %lanes)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) {
    ^bb0(%b: !int, %h: !int, %k: !int, %n: !int, %c: !int, %q: !int, %r: !int, %u: !int, %size: !int,
        %s: !int, %l: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %several_queries = smt.int.cmp gt %r, %c1
      %no_rest = smt.eq %r, %c0 : !int
      %allowed_rest = smt.or %several_queries, %no_rest
      smt.assert %allowed_rest
      // The tile sizes of the parallel loop. If there is nothing to divide, there is one unit.
      %batches = smt.int.cmp gt %b, %c1
      %heads = smt.int.cmp gt %h, %c1
      %several_bands = smt.int.cmp gt %k, %c1
      %t0 = smt.ite %batches, %c1, %c0 : !int
      %t1 = smt.ite %heads, %c1, %c0 : !int
      %any = smt.or %batches, %heads
      %no_band = smt.ite %any, %c0, %u : !int
      %t2 = smt.ite %several_bands, %u, %no_band : !int
      %t3 = smt.ite %any, %c0, %r : !int
      // Chunks divide the keys.
      %all = smt.eq %size, %c0 : !int
      %chunk_ = smt.ite %all, %n, %size : !int
      %chunk_rest = smt.int.mod %n, %chunk_
      %divides = smt.eq %chunk_rest, %c0 : !int
      smt.assert %divides
      %less = smt.int.cmp lt %size, %n
      smt.assert %less
      %cut = smt.ite %all, %c0, %c1 : !int
      %largest_divisor = smt.declare_fun "largest_divisor" : !smt.func<(!int, !int) !int>
      %few = smt.apply_func %largest_divisor(%n, %c4) : !smt.func<(!int, !int) !int>
      // Queries are transposed in squares of whole vectors where these divide the block.
      %rc = smt.int.mod %c, %l
      %rq = smt.int.mod %q, %l
      %rr = smt.int.mod %r, %l
      %squares = smt.eq %rc, %rq, %c0 : !int
      %side_ = smt.ite %squares, %l, %c1 : !int
      %last_squares = smt.eq %rc, %rr, %c0 : !int
      %last_side_ = smt.ite %last_squares, %l, %c1 : !int
      %over = smt.int.mod %chunk_, %s
      %single = smt.eq %over, %c1 : !int
      %longer = smt.int.add %over, %s
      %last = smt.ite %single, %longer, %over : !int
      %start = smt.int.sub %chunk_, %last
      %main = smt.int.cmp gt %start, %c0
      smt.assert %main
      %even = smt.eq %last, %c0 : !int
      %has = smt.ite %even, %c0, %c1 : !int
      smt.yield %t0, %t1, %t2, %t3, %chunk_, %cut, %few, %side_, %last_side_, %start, %has
        : !int, !int, !int, !int, !int, !int, !int, !int, !int, !int, !int
    }

    // ---- The estimated cost of a schedule, in half cycles
    %first_cost = transform.include @column_cost failures(propagate) (%keys, %key_split, %key_rest, %one,
        %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %last_first_cost = transform.include @column_cost failures(propagate) (%keys, %key_split, %key_rest, %one,
        %rest_vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %second_cost = transform.include @tile_cost failures(propagate) (%rows, %one, %column_vectors)
      : (!p, !p, !p) -> !p
    %last_second_cost = transform.include @tile_cost failures(propagate) (%last_rows, %one, %column_vectors)
      : (!p, !p, !p) -> !p
    %cost, %shared = transform.smt.constrain_params(%first_cost, %last_first_cost, %second_cost,
        %last_second_cost, %vectors, %rest_vectors, %B, %H, %bands, %where, %N, %C, %D, %unit_rows,
        %block, %rest, %columns, %step, %key_step, %chunk, %rows, %last_rows)
      {diapason.cost = "half_cycles"}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%f: !int, %lf: !int, %g: !int, %lg: !int, %v: !int, %rv: !int, %b: !int, %h: !int,
        %units: !int, %place: !int, %n: !int, %c: !int, %d: !int, %u: !int, %q: !int, %r: !int, %w: !int,
        %s: !int, %ks: !int, %size: !int, %t: !int, %lt: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c32 = smt.int.constant 32
      %c40 = smt.int.constant 40
      %c128 = smt.int.constant 128
      %blocks = smt.int.div %u, %q
      %some_rest = smt.int.cmp gt %r, %c0
      %in_units = smt.eq %place, %c1 : !int
      %number = smt.ite %in_units, %units, %c1 : !int
      %rests = smt.ite %some_rest, %number, %c0 : !int
      %panels = smt.int.div %d, %w
      // The first product.
      %f1 = smt.int.mul %f, %blocks, %units, %c
      %f2 = smt.int.mul %lf, %rests, %c
      // The softmax takes about 40 half cycles for each vector of scores.
      %e1 = smt.int.mul %v, %blocks, %units, %n, %c40
      %e2 = smt.int.mul %rv, %rests, %n, %c40
      // The second product.
      %tiles = smt.int.div %q, %t
      %last_tiles = smt.int.div %r, %lt
      %g1 = smt.int.mul %g, %tiles, %blocks, %units, %n, %panels
      %g2 = smt.int.mul %lg, %last_tiles, %rests, %n, %panels
      %one_head = smt.int.add %f1, %f2, %e1, %e2, %g1, %g2
      %half_cycles = smt.int.mul %one_head, %b, %h
      // Prefer four columns or keys per step, chunks of 128 keys, and at least eight units.
      %off1 = smt.int.sub %s, %c4
      %far1 = smt.int.abs %off1
      %off2 = smt.int.sub %ks, %c4
      %far2 = smt.int.abs %off2
      %off3 = smt.int.sub %size, %c128
      %far3 = smt.int.abs %off3
      %far4 = smt.int.div %far3, %c32
      %all_units = smt.int.mul %units, %b, %h
      %scarce = smt.int.cmp lt %all_units, %c8
      %few = smt.ite %scarce, %c4, %c0 : !int
      %details = smt.int.add %far1, %far2, %far4, %few, %units
      %weight = smt.int.mul %half_cycles, %details
      %share = smt.int.div %weight, %c128
      %sum = smt.int.add %half_cycles, %share
      smt.yield %sum, %all_units : !int, !int
    }

    // ---- The schedule. Its loops are b h m d
    %root = transform.get_consumers_of_result %values[0] : (!op) -> !op
    %weights = transform.get_producer_of_operand %values[0] : (!op) -> !op
    %scores = transform.get_producer_of_operand %weights[1] : (!op) -> !op
    %first = transform.get_producer_of_operand %scores[0] : (!op) -> !op
    transform.annotate %first "anchor" : !op
    %packing = transform.diapason.pack_operand %first operand 1 loops [0, 1, 4, 3] : (!op) -> !op
    %generic = transform.structured.generalize %packing : (!op) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    transform.annotate %root "root" : !op
    transform.tune.alternatives<"stages"> selected_region = %where : !p {
      %unit_root, %stage = transform.structured.fuse %root
        tile_sizes [%unit_batch, %unit_heads, %unit_band, 0] {apply_cleanup, use_forall}
        : (!op, !p, !p, !p) -> (!op, !op)
      transform.yield
    }, {
      %unit_root, %stage = transform.structured.fuse %root
        tile_sizes [%unit_batch, %unit_heads, %unit_band, 0] {apply_cleanup, use_forall}
        : (!op, !p, !p, !p) -> (!op, !op)
      transform.apply_dce to %f : !op
      %whole = transform.structured.match attributes {root} in %f : (!op) -> !op
      %s = transform.structured.split %whole after %split {dimension = 2} : !op, !p
      transform.yield
    }, {
      %s = transform.structured.split %root after %split {dimension = 2} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      %unit_root, %stage = transform.structured.fuse %a
        tile_sizes [%unit_batch, %unit_heads, %unit_band, 0] {apply_cleanup, use_forall}
        : (!op, !p, !p, !p) -> (!op, !op)
      %last_root, %last_stage = transform.structured.fuse %b
        tile_sizes [%unit_batch, %unit_heads, %last_band, 0] {apply_cleanup, use_forall}
        : (!op, !p, !p, !p) -> (!op, !op)
      transform.yield
    }
    transform.apply_dce to %f : !op
    %pieces = transform.structured.match attributes {root} in %f : (!op) -> !op
    transform.tune.alternatives<"rest"> selected_region = %has_rest : !p {
      %t, %l = transform.structured.fuse %pieces tile_sizes [0, 0, %block, 0] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      transform.apply_dce to %f : !op
      transform.apply_cse to %f : !op
      transform.include @tile_block failures(propagate) (%t, %side, %keys, %key_split, %key_rest,
          %has_key_rest, %few_keys, %chunk, %in_chunks, %rows, %columns, %key_step, %steps_end,
          %has_last_step)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %a, %b = transform.split_handle %pieces : (!op) -> (!op, !op)
      %ta, %la = transform.structured.fuse %a tile_sizes [0, 0, %block, 0] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      %tb, %lb = transform.structured.fuse %b tile_sizes [0, 0, %rest, 0] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      transform.apply_dce to %f : !op
      transform.apply_cse to %f : !op
      transform.include @tile_block failures(propagate) (%ta, %side, %keys, %key_split, %key_rest,
          %has_key_rest, %few_keys, %chunk, %in_chunks, %rows, %columns, %key_step, %steps_end,
          %has_last_step)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_block failures(propagate) (%tb, %last_side, %keys, %key_split, %key_rest,
          %has_key_rest, %few_keys, %chunk, %in_chunks, %last_rows, %columns, %key_step,
          %steps_end, %has_last_step)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %steps = transform.replicate num(%c) %step : !op, !p
    %ct, %cl = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, %steps]
      : (!op, !p) -> (!op, !op)
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    transform.bufferization.eliminate_empty_tensors %f : !op
    %fb = transform.include @bufferize failures(propagate) (%m) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.diapason.apply_patterns to %fb {
      transform.apply_patterns.vector.lower_transpose lowering_strategy = "shuffle_16x16"
    } : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
