// Winograd's algorithm for dense convolutions of stride 1 with constant weights:
//   O[n,h,w,o] += I[n, h+kh, w+kw, i] * W[o,kh,kw,i]     with the loops n, h, w, o, kh, kw, i
// They have a producer of their start value and one elementwise consumer. The axes of W may have any order.
//
// With a 3x3 filter, a tile of m x m outputs needs (m+2) x (m+2) products for each channel: 36 instead of
// 144 if m = 4. A unit of work transforms its rows of the image once. Then, for each block of output
// channels, it multiplies and transforms back. There is one matrix product for each of the (m+2) x (m+2)
// points: tiles x input channels by input channels x block. Weights are transformed when the model is
// loaded.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {
  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p) {
    %d:7 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p, !p, !p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %seven = transform.param.constant 7 : i64 -> !p
      transform.match.param.cmpi eq %rank, %seven : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      %b:8 = transform.match.structured.classify_convolution_dims %c
          : (!op) -> (!p, !p, !p, !p, !p, !p, !p, !p)
      %one = transform.param.constant 1 : i64 -> !p
      %unit_steps = transform.merge_handles %one, %one : !p
      transform.match.param.cmpi eq %b#6, %unit_steps : !p
      transform.match.param.cmpi eq %b#7, %unit_steps : !p
      transform.match.structured.dim %c[0, 1, 2, 3] { parallel } : !op
      transform.match.structured.dim %c[4, 5, 6] { reduction } : !op
      %n = transform.match.structured.dim %c[0] : (!op) -> !p
      %h = transform.match.structured.dim %c[1] : (!op) -> !p
      %w = transform.match.structured.dim %c[2] : (!op) -> !p
      %o = transform.match.structured.dim %c[3] : (!op) -> !p
      %kh = transform.match.structured.dim %c[4] : (!op) -> !p
      %kw = transform.match.structured.dim %c[5] : (!op) -> !p
      %i = transform.match.structured.dim %c[6] : (!op) -> !p
      transform.match.structured.yield %n, %h, %w, %o, %kh, %kw, %i : !p, !p, !p, !p, !p, !p, !p
    }
    %constant, %b1, %l1 = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    %yes = transform.param.constant 1 : i64 -> !p
    transform.match.param.cmpi eq %constant, %yes : !p
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %d#6 : !op, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @tile(%piece: !op {transform.consumed}, %rows: !p {transform.readonly}) {
    %t, %l:2 = transform.structured.fuse %piece tile_sizes [1, %rows, 0, 0] {apply_cleanup}
      : (!op, !p) -> (!op, !op, !op)
    transform.yield
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %conv, %N, %H, %W, %O, %KH, %KW, %I = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p)

    // ---- The space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %l2 = transform.tune.knob<"target.l2"> options = [524288, 2097152] -> !p
    // The outputs of a tile along one axis, which is m above.
    %outputs = transform.tune.knob<"outputs_per_tile"> options = [2, 3, 4, 5] -> !p
    %block = transform.tune.knob<"channels_per_block"> options = {lower_bound = 4, upper_bound = 64} -> !p
    // The number of Winograd tiles in a register tile of the products.
    %tile_rows = transform.tune.knob<"rows_per_tile"> options = {lower_bound = 1, upper_bound = 14} -> !p
    // How many input channels one step covers.
    %step = transform.tune.knob<"channels_per_step"> options = {lower_bound = 1, upper_bound = 8} -> !p
    // Whether a unit of work covers all channel blocks (1) or one (0).
    %all_blocks = transform.tune.knob<"all_blocks_per_unit"> options = [0, 1] -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 2, 3, 4, 5, 6, 7, 8, 12, 14, 16, 28]
        -> !p
    // Whether the weights of the next channel block are prefetched.
    %prefetch = transform.tune.knob<"prefetch"> options = [0, 1] -> !p

    %six = transform.param.constant 6 : i64 -> !p
    %zero = transform.param.constant 0 : i64 -> !p
    %one = transform.param.constant 1 : i64 -> !p
    %vectors = transform.include @block_vectors failures(propagate) (%block, %O, %lanes, %six)
        : (!p, !p, !p, !p) -> !p
    %eight = transform.param.constant 8 : i64 -> !p
    transform.include @divide_reduction failures(propagate) (%step, %I, %eight) : (!p, !p, !p) -> ()
    %unit_rows, %bands = transform.include @divide_rows failures(propagate) (%rows_per_unit, %H)
        : (!p, !p) -> (!p, !p)
    // Channels must be whole vectors, the filter must have more than one tap, and a tile must not have more
    // points than transform.diapason.winograd supports.
    %tiles, %points = transform.smt.constrain_params(%outputs, %unit_rows, %W, %O, %KH, %KW, %I, %lanes,
        %block, %all_blocks)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%m_: !int, %h: !int, %w: !int, %o: !int, %kh: !int, %kw: !int, %i: !int, %l: !int, %b: !int,
        %a: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c9 = smt.int.constant 9
      %in_rest = smt.int.mod %i, %l
      %whole_in = smt.eq %in_rest, %c0 : !int
      smt.assert %whole_in
      %out_rest = smt.int.mod %b, %l
      %whole_out = smt.eq %out_rest, %c0 : !int
      smt.assert %whole_out
      %fits_rows = smt.int.cmp le %m_, %h
      smt.assert %fits_rows
      %fits_columns = smt.int.cmp le %m_, %w
      smt.assert %fits_columns
      %window = smt.int.mul %kh, %kw
      %several_taps = smt.int.cmp gt %window, %c1
      smt.assert %several_taps
      %last_row = smt.int.add %m_, %kh
      %few_rows = smt.int.cmp le %last_row, %c9
      %last_column = smt.int.add %m_, %kw
      %few_columns = smt.int.cmp le %last_column, %c9
      smt.assert %few_rows
      smt.assert %few_columns
      %one_row = smt.eq %kh, %c1 : !int
      %one_column = smt.eq %kw, %c1 : !int
      %mh = smt.ite %one_row, %c1, %m_ : !int
      %mw = smt.ite %one_column, %c1, %m_ : !int
      %h1 = smt.int.add %h, %mh
      %h2 = smt.int.sub %h1, %c1
      %th = smt.int.div %h2, %mh
      %w1 = smt.int.add %w, %mw
      %w2 = smt.int.sub %w1, %c1
      %tw = smt.int.div %w2, %mw
      %t = smt.int.mul %th, %tw
      %ph = smt.int.add %mh, %kh
      %ph1 = smt.int.sub %ph, %c1
      %pw = smt.int.add %mw, %kw
      %pw1 = smt.int.sub %pw, %c1
      %p = smt.int.mul %ph1, %pw1
      // An image of one block is always one unit.
      %several = smt.int.cmp lt %b, %o
      %one_block = smt.eq %a, %c0 : !int
      %differs = smt.or %one_block, %several
      smt.assert %differs
      smt.yield %t, %p : !int, !int
    }
    // Rounding errors grow with the number of points. Up to five, they are at most those of the direct sum.
    %error = transform.smt.constrain_params(%outputs, %KH, %KW) {diapason.error} : (!p, !p, !p) -> (!p) {
    ^bb0(%m_: !int, %kh: !int, %kw: !int):
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c5 = smt.int.constant 5
      %c6 = smt.int.constant 6
      %c7 = smt.int.constant 7
      %wide = smt.int.cmp gt %kw, %kh
      %k = smt.ite %wide, %kw, %kh : !int
      %after = smt.int.add %m_, %k
      %points_ = smt.int.sub %after, %c1
      %to5 = smt.int.cmp le %points_, %c5
      %to6 = smt.int.cmp le %points_, %c6
      %to7 = smt.int.cmp le %points_, %c7
      %above6 = smt.ite %to7, %c4, %c8 : !int
      %above5 = smt.ite %to6, %c2, %above6 : !int
      %factor = smt.ite %to5, %c1, %above5 : !int
      smt.yield %factor : !int
    }
    %split, %rest, %has_rest = transform.include @split_extent failures(propagate) (%tile_rows, %tiles)
      : (!p, !p) -> (!p, !p, !p)
    transform.include @use_registers failures(propagate) (%tile_rows, %one, %vectors, %registers, %tiles,
        %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    transform.include @prefetch_next_block failures(propagate) (%prefetch, %zero, %block, %O)
        : (!p, !p, !p, !p) -> ()
    %unit_batch, %unit_band, %unit_blocks, %stage_order
      = transform.include @distribute_units failures(propagate) (%N, %bands, %unit_rows, %block, %O,
          %all_blocks)
      : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p)
    // The consumer works on a few columns at a time.
    %unit_channels, %loop_channels, %columns
      = transform.smt.constrain_params(%unit_blocks, %block, %all_blocks, %W)
        : (!p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%b: !int, %c: !int, %a: !int, %w: !int):
      %u = smt.int.mul %b, %c
      %l = smt.int.mul %a, %c
      %c8 = smt.int.constant 8
      %largest_divisor = smt.declare_fun "largest_divisor" : !smt.func<(!int, !int) !int>
      %few = smt.apply_func %largest_divisor(%w, %c8) : !smt.func<(!int, !int) !int>
      smt.yield %u, %l, %few : !int, !int, !int
    }

    // ---- The estimated cost of a schedule, in half cycles
    %column = transform.include @column_cost failures(propagate) (%tile_rows, %split, %rest, %one, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %cost, %shared = transform.smt.constrain_params(%column, %tiles, %points, %bands, %block, %O, %I, %N,
        %step, %all_blocks, %prefetch, %lanes, %l2) {diapason.cost = "half_cycles"}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%one_block: !int, %t: !int, %p: !int, %k: !int, %b: !int, %o: !int, %i: !int, %n: !int, %u: !int,
        %a: !int, %f: !int, %l: !int, %c_l2: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c5 = smt.int.constant 5
      %c8 = smt.int.constant 8
      %c16 = smt.int.constant 16
      %c32 = smt.int.constant 32
      %blocks = smt.int.div %o, %b
      %in_vectors = smt.int.div %i, %l
      %out_vectors = smt.int.div %o, %l
      // The time of the products, or of loading weights that do not stay in L2 (5 bytes per half cycle) if
      // that is longer.
      %compute = smt.int.mul %one_block, %p, %blocks, %i
      %bytes = smt.int.mul %p, %i, %o, %c4
      %half_l2 = smt.int.div %c_l2, %c2
      %large = smt.int.cmp gt %bytes, %half_l2
      %loading = smt.int.div %bytes, %c5
      %stream = smt.ite %large, %loading, %c0 : !int
      %slow = smt.int.cmp gt %stream, %compute
      %product = smt.ite %slow, %stream, %compute : !int
      // The transforms take a load, a store and about three operations for each point of a vector. Every
      // unit repeats them if a unit has only one block.
      %each = smt.int.mul %t, %p, %c8
      %input = smt.int.mul %each, %in_vectors
      %again = smt.int.mul %input, %blocks
      %whole = smt.eq %a, %c1 : !int
      %inputs = smt.ite %whole, %input, %again : !int
      %outputs_ = smt.int.mul %each, %out_vectors
      %work = smt.int.add %product, %inputs, %outputs_
      %half_cycles = smt.int.mul %work, %k, %n
      // The transformed rows of a unit should stay in L2.
      %rows = smt.int.mul %t, %p, %i, %c4
      %spills = smt.int.cmp gt %rows, %c_l2
      %spill = smt.ite %spills, %c1, %c0 : !int
      // Prefer two input channels per step, and no prefetch.
      %off = smt.int.sub %u, %c2
      %far = smt.int.abs %off
      %w1 = smt.int.mul %half_cycles, %far
      %w1s = smt.int.div %w1, %c32
      %w2 = smt.int.mul %half_cycles, %spill
      %w2s = smt.int.div %w2, %c16
      %w3 = smt.int.mul %half_cycles, %f
      %w3s = smt.int.div %w3, %c32
      %sum = smt.int.add %half_cycles, %w1s, %w2s, %w3s
      %per_band = smt.ite %whole, %c1, %blocks : !int
      %units = smt.int.mul %per_band, %k, %n
      smt.yield %sum, %units : !int, !int
    }
    %needed = transform.smt.constrain_params(%tiles, %points, %bands, %O, %I, %N, %lanes)
      {diapason.products}
      : (!p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%t: !int, %p: !int, %k: !int, %o: !int, %i: !int, %n: !int, %l: !int):
      %out_vectors = smt.int.div %o, %l
      %multiply_adds = smt.int.mul %t, %p, %i, %out_vectors, %k, %n
      smt.yield %multiply_adds : !int
    }

    // ---- The schedule. Its loops are n h w o
    transform.annotate %conv "anchor" : !op
    %root = transform.get_consumers_of_result %conv[0] : (!op) -> !op
    transform.annotate %root "root" : !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%unit_batch, %unit_band, 0, %unit_channels]
        {apply_cleanup, use_forall}
      : (!op, !p, !p, !p) -> (!op, !op)
    transform.include @order_blocks_first failures(propagate) (%stage, %stage_order) : (!op, !p) -> ()
    transform.tune.alternatives<"blocks"> selected_region = %all_blocks : !p {
      transform.yield
    }, {
      %t, %l = transform.structured.fuse %unit tile_sizes [0, 0, 0, %loop_channels] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      transform.yield
    }
    %before = transform.structured.match ops{["func.func"]} in %m : (!op) -> !op
    transform.apply_dce to %before : !op
    %tile = transform.structured.match attributes {anchor} in %m : (!op) -> !op
    %products = transform.diapason.winograd %tile outputs %outputs lanes %lanes split %split
      : (!op, !p, !p, !p) -> !op
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
    %ce, %el:3 = transform.structured.tile_using_for %consumer tile_sizes [1, 1, %columns, 0]
      : (!op, !p) -> (!op, !op, !op, !op)
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
    transform.yield
  }
}
