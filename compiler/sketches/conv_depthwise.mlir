// Windows over images in which each channel is separate: depthwise convolution, and max and average pooling.
//   O[n,h,w,c] = combine(O[n,h,w,c], I[n, h*s+kh*d, w*s+kw*d, c], W[c,kh,kw])
// It has the loops n, h, w, c, kh, kw, a producer of its start value and one elementwise consumer. W may be
// absent.
//
// A register tile covers some pixels and a block of channels (library/images.mlir). The window is unrolled,
// so that input rows which several taps use stay in registers.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p, !p) {
    %d:6 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p, !p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %six = transform.param.constant 6 : i64 -> !p
      transform.match.param.cmpi eq %rank, %six : !p
      transform.match.structured.dim %c[0, 1, 2, 3] { parallel } : !op
      transform.match.structured.dim %c[4, 5] { reduction } : !op
      %n = transform.match.structured.dim %c[0] : (!op) -> !p
      %h = transform.match.structured.dim %c[1] : (!op) -> !p
      %w = transform.match.structured.dim %c[2] : (!op) -> !p
      %o = transform.match.structured.dim %c[3] : (!op) -> !p
      %kh = transform.match.structured.dim %c[4] : (!op) -> !p
      %kw = transform.match.structured.dim %c[5] : (!op) -> !p
      transform.match.structured.yield %n, %h, %w, %o, %kh, %kw : !p, !p, !p, !p, !p, !p
    }
    %c0, %b0, %last = transform.diapason.match_operand %op operand 0 : (!op) -> (!p, !p, !p)
    %channel = transform.param.constant 3 : i64 -> !p
    transform.match.param.cmpi eq %last, %channel : !p
    %weights, %b1, %l1 = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    %sums = transform.diapason.match_combiner %op : (!op) -> !p
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %weights, %sums
      : !op, !p, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %conv, %N, %H, %W, %O, %KH, %KW, %weights, %sums = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p, !p)

    // ---- The space. A block has at least two channels, because MLIR's folding of unit dimensions never ends
    // if it has one.
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %block = transform.tune.knob<"channels_per_block"> options = {lower_bound = 2, upper_bound = 64} -> !p
    %tile_height = transform.tune.knob<"tile_height"> options = {lower_bound = 1, upper_bound = 4} -> !p
    %tile_width = transform.tune.knob<"tile_width"> options = {lower_bound = 1, upper_bound = 8} -> !p
    // The height of a tile in the strip: the columns that remain because the tiles' width does not divide
    // the row.
    %strip_height = transform.tune.knob<"strip_height"> options = {lower_bound = 1, upper_bound = 4} -> !p
    // Whether a unit of work covers all channel blocks (1) or one (0).
    %all_blocks = transform.tune.knob<"all_blocks_per_unit"> options = [0, 1] -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 1, 2, 3, 4, 5, 7, 8, 14, 16] -> !p
    // The order of the loops in a unit: h w c (0), w h c (1) or c h w (2).
    %order = transform.tune.knob<"loop_order"> options = [0, 1, 2] -> !p

    %four = transform.param.constant 4 : i64 -> !p
    %vectors = transform.include @block_vectors failures(propagate) (%block, %O, %lanes, %four)
        : (!p, !p, !p, !p) -> !p
    %most = transform.param.constant 32 : i64 -> !p
    %unit_rows, %bands = transform.include @divide_image_rows failures(propagate) (%rows_per_unit, %H,
        %tile_height, %most)
      : (!p, !p, !p, !p) -> (!p, !p)
    %row_split, %row_rest, %has_row_rest, %column_split, %strip_width, %has_strip, %strip_split, %strip_rest,
        %has_strip_rest
      = transform.include @split_image failures(propagate) (%tile_height, %tile_width, %strip_height,
          %unit_rows, %W)
      : (!p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p, !p, !p, !p, !p)
    // Half of the registers hold accumulators, and the other half inputs and weights.
    transform.smt.constrain_params(%tile_height, %tile_width, %strip_height, %strip_width, %vectors,
        %registers)
      : (!p, !p, !p, !p, !p, !p) -> () {
    ^bb0(%h: !int, %w: !int, %h2: !int, %w2: !int, %v: !int, %g: !int):
      %c2 = smt.int.constant 2
      %half = smt.int.div %g, %c2
      %acc = smt.int.mul %h, %w, %v
      %fits = smt.int.cmp le %acc, %half
      smt.assert %fits
      %acc2 = smt.int.mul %h2, %w2, %v
      %fits2 = smt.int.cmp le %acc2, %half
      smt.assert %fits2
      smt.yield
    }
    %first, %second, %third = transform.include @order_image_loops failures(propagate) (%order, %all_blocks,
        %block, %O)
      : (!p, !p, !p, !p) -> (!p, !p, !p)
    %unit_batch, %unit_band, %unit_blocks, %stage_order
      = transform.include @distribute_units failures(propagate) (%N, %bands, %unit_rows, %block, %O,
          %all_blocks)
      : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p)

    // A small window is unrolled.
    %unroll = transform.smt.constrain_params(%KH, %KW) : (!p, !p) -> (!p) {
    ^bb0(%kh: !int, %kw: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c49 = smt.int.constant 49
      %taps = smt.int.mul %kh, %kw
      %small = smt.int.cmp le %taps, %c49
      %u = smt.ite %small, %c1, %c0 : !int
      smt.yield %u : !int
    }

    // ---- The estimated cost of a schedule: what the tiles load and compute, and then details
    %units = transform.include @count_units failures(propagate) (%N, %bands, %block, %O, %all_blocks)
        : (!p, !p, !p, !p, !p) -> !p
    %cost, %shared = transform.smt.constrain_params(%tile_height, %tile_width, %strip_height, %strip_width,
        %has_strip, %unit_rows, %W, %bands, %units, %block, %vectors, %registers, %O, %KH, %KW, %all_blocks,
        %order, %sums) {diapason.cost}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%h: !int, %w: !int, %h2: !int, %w2: !int, %has: !int, %rows: !int, %columns: !int, %k: !int,
        %us: !int, %n: !int, %v: !int, %g: !int, %o: !int, %kh: !int, %kw: !int, %all: !int, %ord: !int,
        %adds: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c100 = smt.int.constant 100
      %taps = smt.int.mul %kh, %kw
      // The cost of a tile is its FMAs plus twice its loads (inputs with their margin, and weights). Fewer
      // than four accumulators wait for their own results.
      %ih = smt.int.add %h, %kh
      %iw = smt.int.add %w, %kw
      %in = smt.int.mul %ih, %iw
      %load = smt.int.add %in, %taps, %in, %taps
      %loads = smt.int.mul %load, %v
      %px = smt.int.mul %h, %w
      %acc = smt.int.mul %px, %v
      %waits = smt.int.cmp lt %acc, %c4
      %busy = smt.ite %waits, %c4, %acc : !int
      %fma = smt.int.mul %busy, %taps
      %tile = smt.int.add %fma, %loads
      %ih2 = smt.int.add %h2, %kh
      %iw2 = smt.int.add %w2, %kw
      %in2 = smt.int.mul %ih2, %iw2
      %load2 = smt.int.add %in2, %taps, %in2, %taps
      %loads2 = smt.int.mul %load2, %v
      %acc2 = smt.int.mul %h2, %w2, %v
      %waits2 = smt.int.cmp lt %acc2, %c4
      %busy2 = smt.ite %waits2, %c4, %acc2 : !int
      %fma2 = smt.int.mul %busy2, %taps
      %tile2 = smt.int.add %fma2, %loads2
      // The number of tiles, in which remainders count as whole tiles.
      %uph = smt.int.add %rows, %h
      %lh = smt.int.sub %uph, %c1
      %nh = smt.int.div %lh, %h
      %nw = smt.int.div %columns, %w
      %main = smt.int.mul %nh, %nw, %tile
      %uph2 = smt.int.add %rows, %h2
      %lh2 = smt.int.sub %uph2, %c1
      %nh2 = smt.int.div %lh2, %h2
      %strip = smt.int.mul %nh2, %has, %tile2
      %unit = smt.int.add %main, %strip
      %blocks = smt.int.div %o, %n
      %work = smt.int.mul %unit, %k, %blocks, %c100
      // Prefer few accumulators, because the other registers hold inputs.
      %quarter = smt.int.div %g, %c4
      %over = smt.int.cmp gt %acc, %quarter
      %spill = smt.ite %over, %c1, %c0 : !int
      // Prefer all channels of a pixel, row by row, and enough units for a few threads.
      %rowwise = smt.int.sub %c1, %all
      %scarce = smt.int.cmp lt %us, %c4
      %few = smt.ite %scarce, %c1, %c0 : !int
      %details = smt.int.add %spill, %spill, %spill, %spill, %rowwise, %ord, %few
      %w1 = smt.int.mul %work, %details
      %w1s = smt.int.div %w1, %c8
      %sums_cost = smt.int.add %work, %w1s
      // Maxima read no weights, and the window's inputs are nearly all of their cost. So the best tile is one
      // vector of one pixel, and the best way goes down a few rows and then to the next column: most of the
      // window is still in the cache then.
      %maxima = smt.int.mul %columns, %rows, %k, %blocks, %v, %taps, %c100
      %size = smt.int.add %v, %px
      %c2 = smt.int.constant 2
      %large = smt.int.sub %size, %c2
      %down = smt.eq %ord, %c1 : !int
      %across = smt.ite %down, %c0, %c1 : !int
      %flat = smt.int.cmp lt %rows, %c4
      %is_flat = smt.ite %flat, %c1, %c0 : !int
      %tall = smt.int.cmp gt %rows, %c8
      %is_tall = smt.ite %tall, %c1, %c0 : !int
      %max_details = smt.int.add %c8, %large, %rowwise, %across, %is_flat, %is_tall, %few
      %max_eighths = smt.int.mul %maxima, %max_details
      %max_cost = smt.int.div %max_eighths, %c8
      %is_sum = smt.eq %adds, %c1 : !int
      %sum = smt.ite %is_sum, %sums_cost, %max_cost : !int
      smt.yield %sum, %us : !int, !int
    }

    // ---- The schedule. Its loops are n h w c/block block | kh kw
    transform.annotate %conv "anchor" : !op
    transform.diapason.split_dim %conv dimension 3 by %block : !op, !p
    transform.tune.alternatives<"weights"> selected_region = %weights : !p {
      transform.yield
    }, {
      %packing = transform.diapason.pack_operand %conv operand 1 loops [3, 5, 6, 4] : (!op) -> !op
      transform.yield
    }
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %root = transform.get_consumers_of_result %anchor[0] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%unit_batch, %unit_band, 0, %unit_blocks,
        0] {apply_cleanup, use_forall}
      : (!op, !p, !p, !p) -> (!op, !op)
    transform.include @order_blocks_first failures(propagate) (%stage, %stage_order) : (!op, !p) -> ()
    transform.include @tile_image failures(propagate) (%unit, %tile_height, %tile_width, %strip_height,
        %row_split, %row_rest, %has_row_rest,
                                                       %column_split, %strip_width, %has_strip, %strip_split,
                                                           %strip_rest, %has_strip_rest,
                                                       %first, %second, %third)
      : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %ct, %cl:2 = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 0, 1, 1]
        : (!op) -> (!op, !op, !op)
    transform.tune.alternatives<"unroll"> selected_region = %unroll : !p {
      transform.yield
    }, {
      transform.annotate %cl#0 "window" : !op
      transform.diapason.unroll_full %cl#1 : !op
      %window = transform.structured.match ops{["scf.for"]} attributes {window} in %f : (!op) -> !op
      transform.diapason.unroll_full %window : !op
      transform.yield
    }
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.diapason.share_maxima %fb : !op
    transform.include @sink_loads failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
