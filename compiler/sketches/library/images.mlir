// Register tiles of images, for the loops n h w c/block block. The columns are divided into a part that the
// tiles' width divides, and a strip, which is the rest. The rows of each are divided into a part that the
// tiles' height divides, and a rest.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // ---- Constraints

  // Units of work are bands of rows (see @divide_rows). There are at most %most, and they consist of whole
  // tiles.
  transform.named_sequence @divide_image_rows(%rows_per_unit: !p {transform.readonly},
      %rows: !p {transform.readonly},
                                              %tile_height: !p {transform.readonly},
                                                  %most: !p {transform.readonly}) -> (!p, !p) {
    %unit_rows, %bands = transform.include @divide_rows failures(propagate) (%rows_per_unit, %rows)
        : (!p, !p) -> (!p, !p)
    transform.smt.constrain_params(%rows_per_unit, %tile_height, %bands, %most) : (!p, !p, !p, !p) -> () {
    ^bb0(%u: !int, %t: !int, %n: !int, %limit: !int):
      %c0 = smt.int.constant 0
      %rest = smt.int.mod %u, %t
      %whole = smt.eq %rest, %c0 : !int
      smt.assert %whole
      %few = smt.int.cmp le %n, %limit
      smt.assert %few
      smt.yield
    }
    transform.yield %unit_rows, %bands : !p, !p
  }

  // Returns where the pieces of a unit begin and which pieces there are. It applies @split_extent to the
  // rows, to the columns, and to the rows of the strip. If there is no strip, only one value of its height
  // is legal, so that no schedule is listed twice.
  transform.named_sequence @split_image(%tile_height: !p {transform.readonly},
      %tile_width: !p {transform.readonly},
                                        %strip_height: !p {transform.readonly},
                                            %rows: !p {transform.readonly},
                                        %columns: !p {transform.readonly}) -> (!p, !p, !p, !p, !p, !p, !p,
                                            !p, !p) {
    %row_split, %row_rest, %has_row_rest = transform.include @split_extent failures(propagate) (%tile_height,
        %rows)
      : (!p, !p) -> (!p, !p, !p)
    %column_split, %strip_width, %has_strip
        = transform.include @split_extent failures(propagate) (%tile_width, %columns)
      : (!p, !p) -> (!p, !p, !p)
    transform.smt.constrain_params(%strip_height, %has_strip) : (!p, !p) -> () {
    ^bb0(%h: !int, %has: !int):
      %c1 = smt.int.constant 1
      %strip = smt.eq %has, %c1 : !int
      %unused = smt.eq %h, %c1 : !int
      %once = smt.or %strip, %unused
      smt.assert %once
      smt.yield
    }
    %strip_split, %strip_rest, %has_strip_rest
        = transform.include @split_extent failures(propagate) (%strip_height, %rows)
      : (!p, !p) -> (!p, !p, !p)
    transform.yield %row_split, %row_rest, %has_row_rest, %column_split, %strip_width, %has_strip,
        %strip_split, %strip_rest, %has_strip_rest
      : !p, !p, !p, !p, !p, !p, !p, !p, !p
  }

  // Orders the loops of a unit: h w c (0), w h c (1) or c h w (2). A unit of one channel block has no loop
  // over blocks, and an image of one block is always one unit. Returns the loops from the outermost to the
  // innermost.
  transform.named_sequence @order_image_loops(%order: !p {transform.readonly},
      %all_blocks_per_unit: !p {transform.readonly},
                                              %block: !p {transform.readonly},
                                                  %channels: !p {transform.readonly}) -> (!p, !p, !p) {
    %first, %second, %third = transform.smt.constrain_params(%order, %all_blocks_per_unit, %block, %channels)
      : (!p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%o: !int, %a: !int, %n: !int, %all: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %one_block = smt.eq %a, %c0 : !int
      %all_blocks = smt.eq %a, %c1 : !int
      %several = smt.int.cmp lt %n, %all
      %many = smt.and %all_blocks, %several
      %blocks_inside = smt.int.cmp lt %o, %c2
      %ordered = smt.or %many, %blocks_inside
      smt.assert %ordered
      %differs = smt.or %one_block, %several
      smt.assert %differs
      %hwc = smt.eq %o, %c0 : !int
      %whc = smt.eq %o, %c1 : !int
      %chw = smt.eq %o, %c2 : !int
      %outer = smt.ite %whc, %c2, %c3 : !int
      %l1 = smt.ite %hwc, %c1, %outer : !int
      %l2 = smt.ite %hwc, %c2, %c1 : !int
      %l3 = smt.ite %chw, %c2, %c3 : !int
      smt.yield %l1, %l2, %l3 : !int, !int, !int
    }
    transform.yield %first, %second, %third : !p, !p, !p
  }

  // ---- Steps

  // Tiles one piece, which the tile size divides. %first, %second and %third are the results of
  // @order_image_loops.
  transform.named_sequence @tile_piece(%piece: !op {transform.consumed}, %height: !p {transform.readonly},
                                       %width: !p {transform.readonly}, %first: !p {transform.readonly},
                                       %second: !p {transform.readonly}, %third: !p {transform.readonly}) {
    %t, %l:4 = transform.structured.fuse %piece tile_sizes [1, %height, %width, 1, 0]
      interchange [0, %first, %second, %third] {apply_cleanup}
      : (!op, !p, !p, !p, !p, !p) -> (!op, !op, !op, !op, !op)
    transform.yield
  }

  // Tiles the rows of some columns. Up to %split the tiles have the height %height. If %has_rest is 1, the
  // rest is one tile.
  transform.named_sequence @tile_rows(%columns: !op {transform.readonly}, %height: !p {transform.readonly},
                                      %width: !p {transform.readonly}, %split: !p {transform.readonly},
                                      %rest: !p {transform.readonly}, %has_rest: !p {transform.readonly},
                                      %first: !p {transform.readonly}, %second: !p {transform.readonly},
                                      %third: !p {transform.readonly}) {
    transform.tune.alternatives<"rows"> selected_region = %has_rest : !p {
      transform.include @tile_piece failures(propagate) (%columns, %height, %width, %first, %second, %third)
        : (!op, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %columns after %split {dimension = 1} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile_piece failures(propagate) (%a, %height, %width, %first, %second, %third)
        : (!op, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_piece failures(propagate) (%b, %rest, %width, %first, %second, %third)
        : (!op, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.yield
  }

  // Tiles the image of a unit in the pieces that @split_image returns.
  transform.named_sequence @tile_image(%unit: !op {transform.readonly}, %tile_height: !p {transform.readonly},
                                       %tile_width: !p {transform.readonly},
                                           %strip_height: !p {transform.readonly},
                                       %row_split: !p {transform.readonly},
                                           %row_rest: !p {transform.readonly},
                                       %has_row_rest: !p {transform.readonly},
                                           %column_split: !p {transform.readonly},
                                       %strip_width: !p {transform.readonly},
                                           %has_strip: !p {transform.readonly},
                                       %strip_split: !p {transform.readonly},
                                           %strip_rest: !p {transform.readonly},
                                       %has_strip_rest: !p {transform.readonly},
                                           %first: !p {transform.readonly},
                                       %second: !p {transform.readonly}, %third: !p {transform.readonly}) {
    transform.tune.alternatives<"columns"> selected_region = %has_strip : !p {
      transform.include @tile_rows failures(propagate) (%unit, %tile_height, %tile_width, %row_split,
          %row_rest, %has_row_rest, %first, %second, %third)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %unit after %column_split {dimension = 2} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile_rows failures(propagate) (%a, %tile_height, %tile_width, %row_split, %row_rest,
          %has_row_rest, %first, %second, %third)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_rows failures(propagate) (%b, %strip_height, %strip_width, %strip_split,
          %strip_rest, %has_strip_rest, %first, %second, %third)
        : (!op, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.yield
  }
}
