// Register tiles of volumes and of groups of channels, for the loops n d h w g c/block block. A unit of work
// lies in one image of one volume, and @split_image (images.mlir) divides it.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // Orders the loops of a unit as @order_image_loops does: h w gc (0), w h gc (1) or gc h w (2). %channels
  // counts those of all groups. Returns the loops from the outermost to the innermost.
  transform.named_sequence @order_volume_loops(%order: !p {transform.readonly},
      %all_blocks_per_unit: !p {transform.readonly}, %block: !p {transform.readonly},
      %channels: !p {transform.readonly}) -> (!p, !p, !p, !p) {
    %first, %second, %third = transform.include @order_image_loops failures(propagate) (%order,
        %all_blocks_per_unit, %block, %channels)
      : (!p, !p, !p, !p) -> (!p, !p, !p)
    %a, %b, %c, %d = transform.smt.constrain_params(%first, %second) : (!p, !p) -> (!p, !p, !p, !p) {
    ^bb0(%f: !int, %s: !int):
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c4 = smt.int.constant 4
      %c5 = smt.int.constant 5
      %outside = smt.eq %f, %c3 : !int
      %f1 = smt.int.add %f, %c1
      %s1 = smt.int.add %s, %c1
      %l2 = smt.ite %outside, %c5, %s1 : !int
      %l3 = smt.ite %outside, %c2, %c4 : !int
      %l4 = smt.ite %outside, %c3, %c5 : !int
      smt.yield %f1, %l2, %l3, %l4 : !int, !int, !int, !int
    }
    transform.yield %a, %b, %c, %d : !p, !p, !p, !p
  }

  // Returns the tile sizes of the parallel loop over a batch, the images of a volume, bands of rows, groups,
  // and blocks of channels. A tile size is 0 if its loop would have only one iteration.
  transform.named_sequence @distribute_volume_units(%batch: !p {transform.readonly},
      %depth: !p {transform.readonly}, %bands: !p {transform.readonly}, %unit_rows: !p {transform.readonly},
      %groups: !p {transform.readonly}, %block: !p {transform.readonly}, %columns: !p {transform.readonly},
      %all_blocks_per_unit: !p {transform.readonly}) -> (!p, !p, !p, !p, !p) {
    %units:5 = transform.smt.constrain_params(%batch, %depth, %bands, %unit_rows, %groups, %block, %columns,
        %all_blocks_per_unit)
      : (!p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p, !p) {
    ^bb0(%b: !int, %d: !int, %k: !int, %rows: !int, %g: !int, %n: !int, %c: !int, %a: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %one_block = smt.eq %a, %c0 : !int
      %several_batches = smt.int.cmp gt %b, %c1
      %several_images = smt.int.cmp gt %d, %c1
      %several_bands = smt.int.cmp gt %k, %c1
      %several_groups = smt.int.cmp gt %g, %c1
      %several_blocks = smt.int.cmp gt %c, %n
      %by_group = smt.and %several_groups, %one_block
      %by_block = smt.and %several_blocks, %one_block
      %any = smt.or %several_batches, %several_images, %several_bands, %by_group, %by_block
      %t0 = smt.ite %several_batches, %c1, %c0 : !int
      %t1 = smt.ite %several_images, %c1, %c0 : !int
      %band = smt.ite %several_bands, %rows, %c0 : !int
      %t2 = smt.ite %any, %band, %rows : !int       // if there is nothing to divide, there is one unit
      %t3 = smt.ite %by_group, %c1, %c0 : !int
      %t4 = smt.ite %by_block, %c1, %c0 : !int
      smt.yield %t0, %t1, %t2, %t3, %t4 : !int, !int, !int, !int, !int
    }
    transform.yield %units#0, %units#1, %units#2, %units#3, %units#4 : !p, !p, !p, !p, !p
  }

  // ---- Steps: the same as those of images, for these loops

  transform.named_sequence @tile_volume_piece(%piece: !op {transform.consumed},
      %height: !p {transform.readonly}, %width: !p {transform.readonly}, %first: !p {transform.readonly},
      %second: !p {transform.readonly}, %third: !p {transform.readonly}, %fourth: !p {transform.readonly}) {
    %t, %l:6 = transform.structured.fuse %piece tile_sizes [1, 1, %height, %width, 1, 1, 0]
      interchange [0, 1, %first, %second, %third, %fourth] {apply_cleanup}
      : (!op, !p, !p, !p, !p, !p, !p) -> (!op, !op, !op, !op, !op, !op, !op)
    transform.yield
  }

  transform.named_sequence @tile_volume_rows(%columns: !op {transform.readonly},
      %height: !p {transform.readonly}, %width: !p {transform.readonly}, %split: !p {transform.readonly},
      %rest: !p {transform.readonly}, %has_rest: !p {transform.readonly}, %first: !p {transform.readonly},
      %second: !p {transform.readonly}, %third: !p {transform.readonly}, %fourth: !p {transform.readonly}) {
    transform.tune.alternatives<"rows"> selected_region = %has_rest : !p {
      transform.include @tile_volume_piece failures(propagate) (%columns, %height, %width, %first, %second,
          %third, %fourth)
        : (!op, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %columns after %split {dimension = 2} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile_volume_piece failures(propagate) (%a, %height, %width, %first, %second, %third,
          %fourth)
        : (!op, !p, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_volume_piece failures(propagate) (%b, %rest, %width, %first, %second, %third,
          %fourth)
        : (!op, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.yield
  }

  // Tiles a unit in the pieces that @split_image returns, with the loops that @order_volume_loops returns.
  transform.named_sequence @tile_volume(%unit: !op {transform.readonly},
      %tile_height: !p {transform.readonly}, %tile_width: !p {transform.readonly},
      %strip_height: !p {transform.readonly},
      %row_split: !p {transform.readonly}, %row_rest: !p {transform.readonly},
      %has_row_rest: !p {transform.readonly}, %column_split: !p {transform.readonly},
      %strip_width: !p {transform.readonly}, %has_strip: !p {transform.readonly},
      %strip_split: !p {transform.readonly}, %strip_rest: !p {transform.readonly},
      %has_strip_rest: !p {transform.readonly}, %first: !p {transform.readonly},
      %second: !p {transform.readonly}, %third: !p {transform.readonly}, %fourth: !p {transform.readonly}) {
    transform.tune.alternatives<"columns"> selected_region = %has_strip : !p {
      transform.include @tile_volume_rows failures(propagate) (%unit, %tile_height, %tile_width, %row_split,
          %row_rest, %has_row_rest, %first, %second, %third, %fourth)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %unit after %column_split {dimension = 3} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile_volume_rows failures(propagate) (%a, %tile_height, %tile_width, %row_split,
          %row_rest, %has_row_rest, %first, %second, %third, %fourth)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_volume_rows failures(propagate) (%b, %strip_height, %strip_width, %strip_split,
          %strip_rest, %has_strip_rest, %first, %second, %third, %fourth)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.yield
  }
}
