// A direct convolution with constant weights: dense, with any kernel, stride, dilation and border.
//   O[n,h,w,o] += I[n, h*s+kh*d, w*s+kw*d, i] * W[o,kh,kw,i]     with the loops n, h, w, o, kh, kw, i
// It has a producer of its start value and one elementwise consumer. The axes of W may have any order.
//
// A register tile covers some pixels and a block of output channels (library/images.mlir). Weights are
// packed as o/block x kh x kw x i x block.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {
  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p, !p) {
    %d:7 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p, !p, !p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %seven = transform.param.constant 7 : i64 -> !p
      transform.match.param.cmpi eq %rank, %seven : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      %b:8 = transform.match.structured.classify_convolution_dims %c
          : (!op) -> (!p, !p, !p, !p, !p, !p, !p, !p)
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
    %c0, %border, %l0 = transform.diapason.match_operand %op operand 0 : (!op) -> (!p, !p, !p)
    %constant, %b1, %l1 = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    %yes = transform.param.constant 1 : i64 -> !p
    transform.match.param.cmpi eq %constant, %yes : !p
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %d#6, %border : !op, !p, !p, !p, !p, !p, !p, !p,
        !p
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %conv, %N, %H, %W, %O, %KH, %KW, %I, %border = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p, !p)

    // ---- The space. A block has at least two channels, because MLIR's folding of unit dimensions never ends
    // if it has one.
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %l1 = transform.tune.knob<"target.l1"> options = [32768, 49152] -> !p
    %l2 = transform.tune.knob<"target.l2"> options = [524288, 2097152] -> !p
    %block = transform.tune.knob<"channels_per_block"> options = {lower_bound = 2, upper_bound = 96} -> !p
    %tile_height = transform.tune.knob<"tile_height"> options = {lower_bound = 1, upper_bound = 8} -> !p
    %tile_width = transform.tune.knob<"tile_width"> options = {lower_bound = 1, upper_bound = 28} -> !p
    // The height of a tile in the strip: the columns that remain because the tiles' width does not divide
    // the row.
    %strip_height = transform.tune.knob<"strip_height"> options = {lower_bound = 1, upper_bound = 14} -> !p
    // How many input channels one step covers.
    %step = transform.tune.knob<"channels_per_step"> options = {lower_bound = 1, upper_bound = 8} -> !p
    // Whether a unit of work covers all channel blocks (1) or one (0).
    %all_blocks = transform.tune.knob<"all_blocks_per_unit"> options = [0, 1] -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 1, 2, 3, 4, 5, 7, 14] -> !p
    // The units of work that share a row, if the image has only one.
    %column_bands = transform.tune.knob<"column_bands"> options = {lower_bound = 1, upper_bound = 16} -> !p
    // The order of the loops in a unit: h w o (0), w h o (1) or o h w (2).
    %order = transform.tune.knob<"loop_order"> options = [0, 1, 2] -> !p
    // How much of the zero border is skipped: nothing (0), its rows (1), or its rows and columns (2).
    %skip = transform.tune.knob<"skip"> options = [0, 1, 2] -> !p
    // Whether the weights of the next channel block are prefetched.
    %prefetch = transform.tune.knob<"prefetch"> options = [0, 1] -> !p

    %six = transform.param.constant 6 : i64 -> !p
    %vectors = transform.include @block_vectors failures(propagate) (%block, %O, %lanes, %six)
        : (!p, !p, !p, !p) -> !p
    %eight = transform.param.constant 8 : i64 -> !p
    transform.include @divide_reduction failures(propagate) (%step, %I, %eight) : (!p, !p, !p) -> ()
    // Rows of the border can be skipped only if there is a border, and columns only if a tile is as wide as
    // the row.
    transform.smt.constrain_params(%skip, %KH, %border, %tile_width, %W) : (!p, !p, !p, !p, !p) -> () {
    ^bb0(%s: !int, %k: !int, %b: !int, %t: !int, %w: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %none = smt.eq %s, %c0 : !int
      %window = smt.int.cmp gt %k, %c1
      %zeros = smt.eq %b, %c1 : !int
      %useful = smt.and %window, %zeros
      %a1 = smt.or %none, %useful
      smt.assert %a1
      %rows = smt.int.cmp lt %s, %c2
      %whole = smt.eq %t, %w : !int
      %a2 = smt.or %rows, %whole
      smt.assert %a2
      smt.yield
    }
    %sixteen = transform.param.constant 16 : i64 -> !p
    %unit_rows, %row_bands = transform.include @divide_image_rows failures(propagate) (%rows_per_unit, %H,
        %tile_height, %sixteen)
      : (!p, !p, !p, !p) -> (!p, !p)
    %unit_columns, %bands = transform.include @divide_image_columns failures(propagate) (%column_bands,
        %row_bands, %H, %W)
      : (!p, !p, !p, !p) -> (!p, !p)
    %row_split, %row_rest, %has_row_rest, %column_split, %strip_width, %has_strip, %strip_split, %strip_rest,
        %has_strip_rest
      = transform.include @split_image failures(propagate) (%tile_height, %tile_width, %strip_height,
          %unit_rows, %unit_columns)
      : (!p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p, !p, !p, !p, !p)
    transform.include @fit_registers failures(propagate) (%strip_height, %strip_width, %vectors, %registers)
      : (!p, !p, !p, !p) -> ()
    transform.include @use_registers failures(propagate) (%tile_height, %tile_width, %vectors, %registers,
        %unit_rows, %unit_columns)
      : (!p, !p, !p, !p, !p, !p) -> ()
    transform.include @prefetch_next_block failures(propagate) (%prefetch, %all_blocks, %block, %O)
        : (!p, !p, !p, !p) -> ()
    %first, %second, %third = transform.include @order_image_loops failures(propagate) (%order, %all_blocks,
        %block, %O)
      : (!p, !p, !p, !p) -> (!p, !p, !p)
    %unit_batch, %unit_band, %unit_slice, %unit_blocks, %stage_order
      = transform.include @distribute_image_units failures(propagate) (%N, %bands, %unit_rows,
          %column_bands, %unit_columns, %block, %O, %all_blocks)
      : (!p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p)

    // ---- The estimated cost of a schedule: half cycles of the register tiles, and then details
    %column = transform.include @column_cost failures(propagate) (%tile_height, %row_split, %row_rest,
        %tile_width, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %strip = transform.include @column_cost failures(propagate) (%strip_height, %strip_split, %strip_rest,
        %strip_width, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %units = transform.include @count_units failures(propagate) (%N, %bands, %block, %O, %all_blocks)
        : (!p, !p, !p, !p, !p) -> !p
    %window = transform.smt.constrain_params(%KH, %KW) : (!p, !p) -> (!p) {
    ^bb0(%kh: !int, %kw: !int):
      %taps = smt.int.mul %kh, %kw
      smt.yield %taps : !int
    }
    %estimate = transform.include @convolution_cost failures(propagate) (%column, %column_split, %tile_width,
        %strip, %bands, %units, %block, %O, %window, %I, %N, %step, %all_blocks, %order, %skip, %prefetch,
        %registers, %l1, %l2)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> !p
    %cost, %shared = transform.smt.constrain_params(%estimate, %units) {diapason.cost = "half_cycles"}
      : (!p, !p) -> (!p, !p) {
    ^bb0(%half_cycles: !int, %us: !int):
      smt.yield %half_cycles, %us : !int, !int
    }

    // ---- The schedule. Its loops are n h w o/block block | kh kw i
    transform.annotate %conv "anchor" : !op
    transform.diapason.split_dim %conv dimension 3 by %block : !op, !p
    %packing = transform.diapason.pack_operand %conv operand 1 loops [3, 5, 6, 7, 4] : (!op) -> !op
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %root = transform.get_consumers_of_result %anchor[0] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%unit_batch, %unit_band, %unit_slice,
        %unit_blocks, 0] {apply_cleanup, use_forall}
      : (!op, !p, !p, !p, !p) -> (!op, !op)
    transform.include @order_blocks_first failures(propagate) (%stage, %stage_order) : (!op, !p) -> ()
    transform.include @tile_image failures(propagate) (%unit, %tile_height, %tile_width, %strip_height,
        %row_split, %row_rest, %has_row_rest,
                                                       %column_split, %strip_width, %has_strip, %strip_split,
                                                           %strip_rest, %has_strip_rest,
                                                       %first, %second, %third)
      : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %steps = transform.replicate num(%c) %step : !op, !p
    %ct, %cl:3 = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 0, 1, 1, %steps]
      : (!op, !p) -> (!op, !op, !op, !op)
    transform.tune.alternatives<"skip"> selected_region = %skip : !p {
      transform.yield
    }, {
      transform.diapason.skip_zero_rows %cl#0 : !op
      transform.yield
    }, {
      transform.diapason.skip_zero_rows %cl#0 : !op
      transform.annotate %cl#1 "kernel_columns" : !op
      %columns = transform.structured.match ops{["scf.for"]} attributes {kernel_columns} in %f : (!op) -> !op
      transform.diapason.unroll_full %columns : !op
      transform.yield
    }
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.tune.alternatives<"skip-columns"> selected_region = %skip : !p {
      transform.diapason.unroll_vectors_to_1d %fb : !op
      transform.yield
    }, {
      transform.diapason.unroll_vectors_to_1d %fb : !op
      transform.yield
    }, {
      transform.diapason.unroll_vectors_to_1d %fb {skip_zero_columns} : !op
      transform.yield
    }
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
