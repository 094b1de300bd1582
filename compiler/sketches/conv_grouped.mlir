// A direct convolution of volumes, or of groups of channels, with constant weights:
//   O[n,d,h,w,g,o] += I[n, d*s+kd*t, h*s+kh*t, w*s+kw*t, g, i] * W[g,o,kd,kh,kw,i]
// It has the loops n, d, h, w, g, o, kd, kh, kw, i, a producer of its start value and one elementwise
// consumer. The axes of W may have any order. Dimensions that an operator lacks have one element.
//
// A register tile covers some pixels of one image and a block of a group's output channels
// (library/images.mlir and volumes.mlir). Weights are packed as g x o/block x kd x kh x kw x i x block.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {
  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly})
      -> (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) {
    %d:10 = transform.match.structured failures(propagate) %op
      : (!op) -> (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %ten = transform.param.constant 10 : i64 -> !p
      transform.match.param.cmpi eq %rank, %ten : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.dim %c[0, 1, 2, 3, 4, 5] { parallel } : !op
      transform.match.structured.dim %c[6, 7, 8, 9] { reduction } : !op
      %n = transform.match.structured.dim %c[0] : (!op) -> !p
      %d = transform.match.structured.dim %c[1] : (!op) -> !p
      %h = transform.match.structured.dim %c[2] : (!op) -> !p
      %w = transform.match.structured.dim %c[3] : (!op) -> !p
      %g = transform.match.structured.dim %c[4] : (!op) -> !p
      %o = transform.match.structured.dim %c[5] : (!op) -> !p
      %kd = transform.match.structured.dim %c[6] : (!op) -> !p
      %kh = transform.match.structured.dim %c[7] : (!op) -> !p
      %kw = transform.match.structured.dim %c[8] : (!op) -> !p
      %i = transform.match.structured.dim %c[9] : (!op) -> !p
      transform.match.structured.yield %n, %d, %h, %w, %g, %o, %kd, %kh, %kw, %i
        : !p, !p, !p, !p, !p, !p, !p, !p, !p, !p
    }
    %c0, %border, %l0 = transform.diapason.match_operand %op operand 0 : (!op) -> (!p, !p, !p)
    %constant, %b1, %l1 = transform.diapason.match_operand %op operand 1 : (!op) -> (!p, !p, !p)
    %yes = transform.param.constant 1 : i64 -> !p
    transform.match.param.cmpi eq %constant, %yes : !p
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %d#6, %d#7, %d#8, %d#9, %border
      : !op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %conv, %N, %D, %H, %W, %G, %O, %KD, %KH, %KW, %I, %border = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p)

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
    // Whether a unit of work covers all groups and channel blocks (1) or one block (0).
    %all_blocks = transform.tune.knob<"all_blocks_per_unit"> options = [0, 1] -> !p
    // The rows of a unit of work; 0 means all rows.
    %rows_per_unit = transform.tune.knob<"rows_per_unit"> options = [0, 1, 2, 3, 4, 5, 7, 14] -> !p
    // The order of the loops in a unit: h w o (0), w h o (1) or o h w (2).
    %order = transform.tune.knob<"loop_order"> options = [0, 1, 2] -> !p
    // Whether images and rows of the zero border are skipped.
    %skip = transform.tune.knob<"skip"> options = [0, 1] -> !p

    %six = transform.param.constant 6 : i64 -> !p
    %vectors = transform.include @block_vectors failures(propagate) (%block, %O, %lanes, %six)
        : (!p, !p, !p, !p) -> !p
    %eight = transform.param.constant 8 : i64 -> !p
    transform.include @divide_reduction failures(propagate) (%step, %I, %eight) : (!p, !p, !p) -> ()
    %images, %columns, %window = transform.smt.constrain_params(%N, %D, %G, %O, %KD, %KH, %KW, %skip, %border)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%n: !int, %d: !int, %g: !int, %o: !int, %kd: !int, %kh: !int, %kw: !int, %s: !int, %b: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %all = smt.int.mul %n, %d
      %channels = smt.int.mul %g, %o
      %outer = smt.int.mul %kd, %kh
      %taps = smt.int.mul %outer, %kw
      %none = smt.eq %s, %c0 : !int
      %several = smt.int.cmp gt %outer, %c1
      %zeros = smt.eq %b, %c1 : !int
      %useful = smt.and %several, %zeros
      %allowed = smt.or %none, %useful
      smt.assert %allowed
      smt.yield %all, %channels, %taps : !int, !int, !int
    }
    %sixteen = transform.param.constant 16 : i64 -> !p
    %unit_rows, %bands = transform.include @divide_image_rows failures(propagate) (%rows_per_unit, %H,
        %tile_height, %sixteen)
      : (!p, !p, !p, !p) -> (!p, !p)
    %row_split, %row_rest, %has_row_rest, %column_split, %strip_width, %has_strip, %strip_split, %strip_rest,
        %has_strip_rest
      = transform.include @split_image failures(propagate) (%tile_height, %tile_width, %strip_height,
          %unit_rows, %W)
      : (!p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p, !p, !p, !p, !p)
    transform.include @fit_registers failures(propagate) (%strip_height, %strip_width, %vectors, %registers)
      : (!p, !p, !p, !p) -> ()
    transform.include @use_registers failures(propagate) (%tile_height, %tile_width, %vectors, %registers,
        %unit_rows, %W)
      : (!p, !p, !p, !p, !p, !p) -> ()
    %first, %second, %third, %fourth = transform.include @order_volume_loops failures(propagate) (%order,
        %all_blocks, %block, %columns)
      : (!p, !p, !p, !p) -> (!p, !p, !p, !p)
    %units:5 = transform.include @distribute_volume_units failures(propagate) (%N, %D, %bands, %unit_rows, %G,
        %block, %O, %all_blocks)
      : (!p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p)

    // ---- The estimated cost of a schedule: half cycles of the register tiles, and then details
    %column = transform.include @column_cost failures(propagate) (%tile_height, %row_split, %row_rest,
        %tile_width, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %strip = transform.include @column_cost failures(propagate) (%strip_height, %strip_split, %strip_rest,
        %strip_width, %vectors)
      : (!p, !p, !p, !p, !p) -> !p
    %count = transform.include @count_units failures(propagate) (%images, %bands, %block, %columns,
        %all_blocks)
      : (!p, !p, !p, !p, !p) -> !p
    %no = transform.param.constant 0 : i64 -> !p
    %estimate = transform.include @convolution_cost failures(propagate) (%column, %column_split, %tile_width,
        %strip, %bands, %count, %block, %columns, %window, %I, %images, %step, %all_blocks, %order, %skip,
        %no, %registers, %l1, %l2)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> !p
    %cost, %shared = transform.smt.constrain_params(%estimate, %count) {diapason.cost = "half_cycles"}
      : (!p, !p) -> (!p, !p) {
    ^bb0(%half_cycles: !int, %us: !int):
      smt.yield %half_cycles, %us : !int, !int
    }

    // ---- The schedule. Its loops are n d h w g o/block block | kd kh kw i
    transform.annotate %conv "anchor" : !op
    transform.diapason.split_dim %conv dimension 5 by %block : !op, !p
    %packing = transform.diapason.pack_operand %conv operand 1 loops [4, 5, 7, 8, 9, 10, 6] : (!op) -> !op
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %root = transform.get_consumers_of_result %anchor[0] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%units#0, %units#1, %units#2, 0, %units#3,
        %units#4, 0] {apply_cleanup, use_forall}
      : (!op, !p, !p, !p, !p, !p) -> (!op, !op)
    transform.include @tile_volume failures(propagate) (%unit, %tile_height, %tile_width, %strip_height,
        %row_split, %row_rest, %has_row_rest, %column_split, %strip_width, %has_strip, %strip_split,
        %strip_rest, %has_strip_rest, %first, %second, %third, %fourth)
      : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which still have their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %steps = transform.replicate num(%c) %step : !op, !p
    %ct, %cl:4 = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, %steps]
      : (!op, !p) -> (!op, !op, !op, !op, !op)
    transform.tune.alternatives<"skip"> selected_region = %skip : !p {
      transform.yield
    }, {
      transform.diapason.skip_zero_rows %cl#0 : !op
      transform.diapason.skip_zero_rows %cl#1 : !op
      transform.yield
    }
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.include @sink_loads failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
