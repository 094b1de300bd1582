// Winograd's algorithm for dense convolutions of stride 1 with constant weights:
//   O[n,h,w,o] += I[n, h+kh, w+kw, i] * W[o,kh,kw,i]     with the loops n, h, w, o, kh, kw, i
// They have a producer of their start value and one elementwise consumer. The axes of W may have any order.
//
// With a 3x3 filter, a tile of m x n outputs needs (m+2) x (n+2) products for each channel: 36 instead of
// 144 if m = n = 4. A unit of work transforms its rows of the image once. Then, for each block of output
// channels, it multiplies, transforms back, and computes the consumer while the outputs are in registers.
// There is one matrix product for each of the (m+2) x (n+2) points: tiles x input channels by input channels
// x block. Weights are transformed when the model is loaded.
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
    // The outputs of a tile in a column and in a row, m and n above; 1 where the filter has one tap.
    %height = transform.tune.knob<"outputs_per_column"> options = [1, 2, 3, 4, 5, 6, 7] -> !p
    %width = transform.tune.knob<"outputs_per_row"> options = [1, 2, 3, 4, 5, 6, 7] -> !p
    %block = transform.tune.knob<"channels_per_block"> options = {lower_bound = 4, upper_bound = 64} -> !p
    // The number of Winograd tiles in a register tile of the products.
    %tile_rows = transform.tune.knob<"rows_per_tile"> options = {lower_bound = 1, upper_bound = 14} -> !p
    // How many input channels one step covers.
    %step = transform.tune.knob<"channels_per_step"> options = {lower_bound = 1, upper_bound = 8} -> !p
    // How many channel blocks a unit of work covers; 0 means all.
    %unit_blocks = transform.tune.knob<"blocks_per_unit"> options = [0, 1, 2, 4, 8, 16] -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 2, 3, 4, 5, 6, 7, 8, 12, 14, 16, 28]
        -> !p
    // Whether the weights of the next point are prefetched. Those of the next channel block are too far away:
    // L2 does not keep them until they are needed.
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
    %tiles, %points, %transform = transform.smt.constrain_params(%height, %width, %unit_rows, %W, %KH, %KW,
        %I, %lanes, %block)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%mh: !int, %mw: !int, %h: !int, %w: !int, %kh: !int, %kw: !int, %i: !int, %l: !int, %b: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c10 = smt.int.constant 10
      %in_rest = smt.int.mod %i, %l
      %whole_in = smt.eq %in_rest, %c0 : !int
      smt.assert %whole_in
      %out_rest = smt.int.mod %b, %l
      %whole_out = smt.eq %out_rest, %c0 : !int
      smt.assert %whole_out
      %fits_rows = smt.int.cmp le %mh, %h
      smt.assert %fits_rows
      %fits_columns = smt.int.cmp le %mw, %w
      smt.assert %fits_columns
      %window = smt.int.mul %kh, %kw
      %several_taps = smt.int.cmp gt %window, %c1
      smt.assert %several_taps
      %last_row = smt.int.add %mh, %kh
      %few_rows = smt.int.cmp le %last_row, %c10
      %last_column = smt.int.add %mw, %kw
      %few_columns = smt.int.cmp le %last_column, %c10
      smt.assert %few_rows
      smt.assert %few_columns
      %one_row = smt.eq %kh, %c1 : !int
      %one_output_high = smt.eq %mh, %c1 : !int
      %same_rows = smt.eq %one_row, %one_output_high : !smt.bool
      smt.assert %same_rows
      %one_column = smt.eq %kw, %c1 : !int
      %one_output_wide = smt.eq %mw, %c1 : !int
      %same_columns = smt.eq %one_column, %one_output_wide : !smt.bool
      smt.assert %same_columns
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
      // Both transforms of a vector take a load, a store and about this many operations for each point: half
      // of the points of a column and a row.
      %c2 = smt.int.constant 2
      %sides = smt.int.add %ph1, %pw1
      %operations = smt.int.div %sides, %c2
      %each = smt.int.add %operations, %c2
      %half_cycles = smt.int.mul %p, %each
      smt.yield %t, %p, %half_cycles : !int, !int, !int
    }
    // Up to five points, rounding errors are at most those of the direct sum. Two more points, one on each
    // axis or two on one, double them; the last two treble them.
    %error = transform.smt.constrain_params(%height, %width, %KH, %KW) {diapason.error}
      : (!p, !p, !p, !p) -> (!p) {
    ^bb0(%mh: !int, %mw: !int, %kh: !int, %kw: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c4 = smt.int.constant 4
      %c6 = smt.int.constant 6
      %c8 = smt.int.constant 8
      %c24 = smt.int.constant 24
      %rows_ = smt.int.add %mh, %kh
      %rows_above = smt.int.sub %rows_, %c6
      %more_rows = smt.int.cmp gt %rows_above, %c0
      %r = smt.ite %more_rows, %rows_above, %c0 : !int
      %columns_ = smt.int.add %mw, %kw
      %columns_above = smt.int.sub %columns_, %c6
      %more_columns = smt.int.cmp gt %columns_above, %c0
      %c = smt.ite %more_columns, %columns_above, %c0 : !int
      // The factor depends on the half of this sum, rounded up.
      %sum = smt.int.add %r, %c, %c1
      %half = smt.int.div %sum, %c2
      %none = smt.eq %half, %c0 : !int
      %one_ = smt.eq %half, %c1 : !int
      %two = smt.eq %half, %c2 : !int
      %three = smt.eq %half, %c3 : !int
      %above2 = smt.ite %three, %c8, %c24 : !int
      %above1 = smt.ite %two, %c4, %above2 : !int
      %above0 = smt.ite %one_, %c2, %above1 : !int
      %factor = smt.ite %none, %c1, %above0 : !int
      smt.yield %factor : !int
    }
    %split, %rest, %has_rest = transform.include @split_extent failures(propagate) (%tile_rows, %tiles)
      : (!p, !p) -> (!p, !p, !p)
    transform.include @use_registers failures(propagate) (%tile_rows, %one, %vectors, %registers, %tiles,
        %one)
      : (!p, !p, !p, !p, !p, !p) -> ()
    // The channels of a unit, and whether it has a loop over blocks. If it covers less than all channels, all
    // units cover as many. Bands of rows are not combined with several blocks, which keeps the space small.
    // A consumer that could not be fused works on a few columns at a time.
    %channels, %has_blocks, %columns = transform.smt.constrain_params(%unit_blocks, %block, %O, %W, %bands)
      : (!p, !p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%u: !int, %b: !int, %o: !int, %w: !int, %k: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %few_blocks = smt.int.cmp le %u, %c1
      %one_band = smt.eq %k, %c1 : !int
      %simple = smt.or %few_blocks, %one_band
      smt.assert %simple
      %part = smt.int.mul %u, %b
      %less = smt.int.cmp lt %part, %o
      smt.assert %less
      %all = smt.eq %u, %c0 : !int
      %c = smt.ite %all, %o, %part : !int
      %over = smt.int.mod %o, %c
      %divides = smt.eq %over, %c0 : !int
      smt.assert %divides
      %several = smt.int.cmp lt %b, %c
      %loop = smt.ite %several, %c1, %c0 : !int
      %c8 = smt.int.constant 8
      %largest_divisor = smt.declare_fun "largest_divisor" : !smt.func<(!int, !int) !int>
      %few = smt.apply_func %largest_divisor(%w, %c8) : !smt.func<(!int, !int) !int>
      smt.yield %c, %loop, %few : !int, !int, !int
    }
    %unit_batch, %unit_band, %divided, %stage_order
      = transform.include @distribute_units failures(propagate) (%N, %bands, %unit_rows, %channels, %O, %zero)
      : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p)
    %unit_channels = transform.smt.constrain_params(%divided, %channels) : (!p, !p) -> !p {
    ^bb0(%d: !int, %c: !int):
      %u = smt.int.mul %d, %c
      smt.yield %u : !int
    }

    // ---- The estimated cost of a schedule, in half cycles
    %column = transform.include @column_cost failures(propagate) (%tile_rows, %split, %rest, %one, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %cost, %units, %memory = transform.smt.constrain_params(%column, %tiles, %points, %transform, %bands,
        %block, %O, %I, %N, %step, %channels, %prefetch, %lanes, %l2) {diapason.cost = "half_cycles"}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%one_block: !int, %t: !int, %p: !int, %tt: !int, %k: !int, %b: !int, %o: !int, %i: !int, %n: !int,
        %u: !int, %c: !int, %f: !int, %l: !int, %c_l2: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c6 = smt.int.constant 6
      %c12 = smt.int.constant 12
      %c16 = smt.int.constant 16
      %c32 = smt.int.constant 32
      %blocks = smt.int.div %o, %b
      %in_vectors = smt.int.div %i, %l
      %out_vectors = smt.int.div %o, %l
      // The time of the products, or of loading weights that do not stay in L2 if that is longer: 12 bytes
      // per half cycle from L3. The first time they come from memory, which delivers 6 bytes in the time of
      // 16 multiply-adds. On several threads, units of different bands read them from there at the same time.
      %compute = smt.int.mul %one_block, %p, %blocks, %i
      %bytes = smt.int.mul %p, %i, %o, %c4
      %half_l2 = smt.int.div %c_l2, %c2
      %large = smt.int.cmp gt %bytes, %half_l2
      %loading = smt.int.div %bytes, %c12
      %stream = smt.ite %large, %loading, %c0 : !int
      %slow = smt.int.cmp gt %stream, %compute
      %product = smt.ite %slow, %stream, %compute : !int
      %products = smt.int.mul %product, %k, %n
      %lane_bytes = smt.int.mul %bytes, %c16
      %lanes_per_byte = smt.int.mul %l, %c6
      %first_loading = smt.int.div %lane_bytes, %lanes_per_byte
      %some_again = smt.int.div %first_loading, %c2
      %more_bands = smt.int.cmp gt %k, %c1
      %again = smt.ite %more_bands, %some_again, %c0 : !int
      %all_loading = smt.int.add %first_loading, %again
      %first = smt.ite %large, %all_loading, %c0 : !int
      // All units of a band transform its rows.
      %each = smt.int.mul %t, %tt
      %per_band = smt.int.div %o, %c
      %inputs = smt.int.mul %each, %in_vectors, %per_band
      %outputs_ = smt.int.mul %each, %out_vectors
      %unit_transforms = smt.int.add %inputs, %outputs_
      %transforms = smt.int.mul %unit_transforms, %k, %n
      %half_cycles = smt.int.add %products, %transforms
      // The larger the transformed rows of a unit are, the fewer of them stay in the caches. This takes a
      // sixteenth of the time if they fill L2, and an eighth if they exceed it by far.
      %rows = smt.int.mul %t, %p, %i, %c4
      %twice_l2 = smt.int.mul %c_l2, %c2
      %exceeds = smt.int.cmp gt %rows, %twice_l2
      %far_rows = smt.ite %exceeds, %twice_l2, %rows : !int
      %sixteenth = smt.int.div %half_cycles, %c16
      %far_time = smt.int.mul %sixteenth, %far_rows
      %w2s = smt.int.div %far_time, %c_l2
      // Prefer two input channels per step, and prefetches only of weights that are read once, from memory.
      %off = smt.int.sub %u, %c2
      %far = smt.int.abs %off
      %w1 = smt.int.mul %half_cycles, %far
      %w1s = smt.int.div %w1, %c32
      %one_band = smt.eq %k, %c1 : !int
      %fetches = smt.and %large, %one_band
      %best_fetch = smt.ite %fetches, %c1, %c0 : !int
      %other_fetch = smt.int.sub %f, %best_fetch
      %fetch_away = smt.int.abs %other_fetch
      %w3 = smt.int.mul %half_cycles, %fetch_away
      %w3s = smt.int.div %w3, %c32
      %sum = smt.int.add %half_cycles, %w1s, %w2s, %w3s
      %parts = smt.int.mul %per_band, %k, %n
      smt.yield %sum, %parts, %first : !int, !int, !int
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
    transform.tune.alternatives<"blocks"> selected_region = %has_blocks : !p {
      transform.yield
    }, {
      %t, %l = transform.structured.fuse %unit tile_sizes [0, 0, 0, %block] {apply_cleanup}
        : (!op, !p) -> (!op, !op)
      transform.yield
    }
    %before = transform.structured.match ops{["func.func"]} in %m : (!op) -> !op
    transform.apply_dce to %before : !op
    %tile = transform.structured.match attributes {anchor} in %m : (!op) -> !op
    %products = transform.diapason.winograd %tile outputs %height by %width lanes %lanes split %split
      : (!op, !p, !p, !p, !p) -> !op
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
    %few = transform.replicate num(%consumer) %columns : !op, !p
    %ce, %el:3 = transform.structured.tile_using_for %consumer tile_sizes [1, 1, %few, 0]
      : (!op, !p) -> (!op, !op, !op, !op)
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %steps = transform.replicate num(%c) %step : !op, !p
    %ct, %cl = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, %steps] : (!op, !p) -> (!op, !op)
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.diapason.sink_loads %fb : !op
    transform.tune.alternatives<"prefetch"> selected_region = %prefetch : !p {
      transform.yield
    }, {
      transform.diapason.prefetch_packed %fb {axis = 1} : !op
      transform.apply_cse to %fb : !op
      transform.yield
    }
    transform.yield
  }
}
