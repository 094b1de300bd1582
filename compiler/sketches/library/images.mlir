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

  // An image of one row, such as that of a 1x1 convolution, is divided into bands of columns instead. Returns
  // the columns of a unit, and the number of bands of rows and columns.
  transform.named_sequence @divide_image_columns(%column_bands: !p {transform.readonly},
      %bands: !p {transform.readonly}, %rows: !p {transform.readonly}, %columns: !p {transform.readonly})
      -> (!p, !p) {
    %unit_columns, %all_bands = transform.smt.constrain_params(%column_bands, %bands, %rows, %columns)
      : (!p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%n: !int, %k: !int, %h: !int, %w: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %rest = smt.int.mod %w, %n
      %divides = smt.eq %rest, %c0 : !int
      smt.assert %divides
      %one_band = smt.eq %n, %c1 : !int
      %one_row = smt.eq %h, %c1 : !int
      %allowed = smt.or %one_band, %one_row
      smt.assert %allowed
      %u = smt.int.div %w, %n
      %all = smt.int.mul %k, %n
      smt.yield %u, %all : !int, !int
    }
    transform.yield %unit_columns, %all_bands : !p, !p
  }

  // Returns the tile sizes of the parallel loop over images, rows, columns and channel blocks, and the order
  // for @order_blocks_first. %bands is the number of bands of rows and columns.
  transform.named_sequence @distribute_image_units(%batch: !p {transform.readonly},
      %bands: !p {transform.readonly}, %unit_rows: !p {transform.readonly},
      %column_bands: !p {transform.readonly}, %unit_columns: !p {transform.readonly},
      %block: !p {transform.readonly}, %channels: !p {transform.readonly},
      %all_blocks_per_unit: !p {transform.readonly}) -> (!p, !p, !p, !p, !p) {
    %unit_batch, %unit_band, %unit_blocks, %order
      = transform.include @distribute_units failures(propagate) (%batch, %bands, %unit_rows, %block,
          %channels, %all_blocks_per_unit)
      : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p)
    %row_tile, %column_tile = transform.smt.constrain_params(%unit_band, %column_bands, %unit_columns)
      : (!p, !p, !p) -> (!p, !p) {
    ^bb0(%r: !int, %n: !int, %u: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %by_columns = smt.int.cmp gt %n, %c1
      %rt = smt.ite %by_columns, %c0, %r : !int
      %ct = smt.ite %by_columns, %u, %c0 : !int
      smt.yield %rt, %ct : !int, !int
    }
    transform.yield %unit_batch, %row_tile, %column_tile, %unit_blocks, %order : !p, !p, !p, !p, !p
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

  // ---- Costs

  // Returns the estimated half cycles of a dense convolution: those of its register tiles, and then
  // details. %column and %strip are results of @column_cost, %window is the number of taps, %columns the
  // number of output channels of all groups, and %channels that of input channels of one group.
  transform.named_sequence @convolution_cost(%column: !p {transform.readonly},
      %column_split: !p {transform.readonly}, %tile_width: !p {transform.readonly},
      %strip: !p {transform.readonly}, %bands: !p {transform.readonly}, %units: !p {transform.readonly},
      %block: !p {transform.readonly}, %columns: !p {transform.readonly}, %window: !p {transform.readonly},
      %channels: !p {transform.readonly}, %images: !p {transform.readonly}, %step: !p {transform.readonly},
      %all_blocks: !p {transform.readonly}, %order: !p {transform.readonly},
      %skip: !p {transform.readonly}, %prefetch: !p {transform.readonly},
      %registers: !p {transform.readonly}, %l1: !p {transform.readonly},
      %l2: !p {transform.readonly}) -> !p {
    %cost = transform.smt.constrain_params(%column, %column_split, %tile_width, %strip, %bands, %units,
        %block, %columns, %window, %channels, %images, %step, %all_blocks, %order, %skip, %prefetch,
        %registers, %l1, %l2)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%one: !int, %split: !int, %width: !int, %last: !int, %k: !int, %us: !int, %n: !int, %o: !int,
        %taps: !int, %i: !int, %b: !int, %u: !int, %a: !int, %ord: !int, %s: !int, %f: !int, %g: !int,
        %c_l1: !int, %c_l2: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c16 = smt.int.constant 16
      %c32 = smt.int.constant 32
      %wide = smt.int.div %split, %width
      %main = smt.int.mul %one, %wide
      %pixels = smt.int.add %main, %last
      %blocks = smt.int.div %o, %n
      %half_cycles = smt.int.mul %pixels, %k, %blocks, %taps, %i, %b
      %point = smt.eq %taps, %c1 : !int
      // Prefer all channel blocks in a unit if the weights stay in the cache.
      %bytes = smt.int.mul %o, %i, %taps, %c4
      %half_l2 = smt.int.div %c_l2, %c2
      %in_l1 = smt.int.cmp le %bytes, %c_l1
      %in_l2 = smt.int.cmp le %bytes, %half_l2
      %small = smt.ite %point, %in_l2, %in_l1 : !smt.bool
      %want = smt.ite %small, %c1, %c0 : !int
      %other = smt.int.sub %want, %a
      %wrong = smt.int.abs %other
      // Prefer two input channels per step if there are many registers, a window, and weights that fit into
      // L2. Otherwise prefer four.
      %few = smt.eq %g, %c16 : !int
      %large = smt.not %in_l2
      %four = smt.or %point, %few, %large
      %wish = smt.ite %four, %c4, %c2 : !int
      %off = smt.int.sub %u, %wish
      %far = smt.int.abs %off
      // Prefetch the next block of weights if they do not stay in L2.
      %one_block = smt.eq %a, %c0 : !int
      %reads = smt.and %large, %one_block
      %ahead = smt.ite %reads, %c1, %c0 : !int
      %miss = smt.int.sub %ahead, %f
      %idle = smt.int.abs %miss
      // Skip as much of the border as possible.
      %left = smt.int.sub %c2, %s
      // The pixels of a tile should not lie in the same eight lines of L1.
      %c1024 = smt.int.constant 1024
      %beyond = smt.int.mod %i, %c1024
      %aligned = smt.eq %beyond, %c0 : !int
      %long = smt.int.cmp gt %width, %c8
      %conflicts = smt.and %aligned, %long
      %evicted = smt.ite %conflicts, %c1, %c0 : !int
      // Prefer 8 to 32 units of work.
      %scarce = smt.int.cmp lt %us, %c8
      %tiny = smt.int.cmp gt %us, %c32
      %odd = smt.or %scarce, %tiny
      %away = smt.ite %odd, %c1, %c0 : !int
      %w1 = smt.int.mul %half_cycles, %far
      %w1s = smt.int.div %w1, %c32
      %w2 = smt.int.mul %half_cycles, %wrong
      %w2s = smt.int.div %w2, %c16
      %w3 = smt.int.mul %half_cycles, %idle
      %w3s = smt.int.div %w3, %c32
      %w4 = smt.int.mul %half_cycles, %left
      %w4s = smt.int.div %w4, %c32
      %w5 = smt.int.mul %half_cycles, %away
      %w5s = smt.int.div %w5, %c16
      %w6 = smt.int.mul %half_cycles, %evicted
      %w6s = smt.int.div %w6, %c4
      %sum = smt.int.add %half_cycles, %w1s, %w2s, %w3s, %w4s, %w5s, %w6s, %ord
      smt.yield %sum : !int
    }
    transform.yield %cost : !p
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
