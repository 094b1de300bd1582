// Constraints of matrix products, like those of constraints.mlir: how columns and the reduction are divided,
// and in which order the loops of a unit run.
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // Divides the columns of a matrix product into blocks of %block, and the rest behind them. A block consists
  // of whole vectors. If the lanes do not divide the columns, a block that divides them may also have at
  // least half a vector. A rest is legal if no block of two to six whole vectors divides the columns, but not
  // a rest of one column. A block has at most six vectors, or eight if there is only one row. Returns the
  // vectors of a block's row, the columns in blocks, the rest, whether there is one, and its vectors or 1.
  transform.named_sequence @divide_columns(%block: !p {transform.readonly}, %columns: !p {transform.readonly},
                                           %lanes: !p {transform.readonly}, %rows: !p {transform.readonly})
      -> (!p, !p, !p, !p, !p) {
    %whole, %rest, %has = transform.smt.constrain_params(%block, %columns, %lanes)
      : (!p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%n: !int, %all: !int, %l: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c6 = smt.int.constant 6
      %least = smt.int.cmp le %n, %all
      smt.assert %least
      %r = smt.int.mod %all, %n
      %even = smt.eq %r, %c0 : !int
      %part = smt.int.mod %n, %l
      %full = smt.eq %part, %c0 : !int
      %odd = smt.int.mod %all, %l
      %fits = smt.eq %odd, %c0 : !int
      %in_lanes = smt.int.div %all, %l
      %largest_divisor = smt.declare_fun "largest_divisor" : !smt.func<(!int, !int) !int>
      %most = smt.apply_func %largest_divisor(%in_lanes, %c6) : !smt.func<(!int, !int) !int>
      %two = smt.int.cmp ge %most, %c2
      %divisible = smt.and %fits, %two
      %needs_rest = smt.not %divisible
      %several = smt.int.cmp gt %r, %c1
      %with_rest = smt.and %full, %needs_rest, %several
      %twice = smt.int.mul %n, %c2
      %half = smt.int.cmp ge %twice, %l
      %one_block = smt.eq %n, %all : !int
      %large = smt.or %half, %one_block
      %shape = smt.ite %fits, %full, %large : !smt.bool
      %exact = smt.and %even, %shape
      %allowed = smt.or %exact, %with_rest
      smt.assert %allowed
      %w = smt.int.sub %all, %r
      %h = smt.ite %even, %c0, %c1 : !int
      smt.yield %w, %r, %h : !int, !int, !int
    }
    %vectors = transform.include @count_vectors failures(propagate) (%block, %lanes) : (!p, !p) -> !p
    %rest_vectors = transform.include @count_vectors failures(propagate) (%rest, %lanes) : (!p, !p) -> !p
    %some = transform.smt.constrain_params(%vectors, %rest_vectors, %rows) : (!p, !p, !p) -> (!p) {
    ^bb0(%v: !int, %r: !int, %m: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c6 = smt.int.constant 6
      %c8 = smt.int.constant 8
      %one = smt.eq %m, %c1 : !int
      %limit = smt.ite %one, %c8, %c6 : !int
      %few = smt.int.cmp le %v, %limit
      smt.assert %few
      %none = smt.eq %r, %c0 : !int
      %least = smt.ite %none, %c1, %r : !int
      smt.yield %least : !int
    }
    transform.yield %vectors, %whole, %rest, %has, %some : !p, !p, !p, !p, !p
  }

  // Divides a reduction into steps and a rest. There is a rest only if no step of four or more divides the
  // reduction. A step or a rest of one is no longer a contraction after unit dimensions are folded, so it is
  // legal only if the whole reduction is one. Returns where the steps end, and whether there is a rest.
  transform.named_sequence @divide_depth(%step: !p {transform.readonly}, %extent: !p {transform.readonly})
      -> (!p, !p) {
    %split, %has_rest = transform.smt.constrain_params(%step, %extent) : (!p, !p) -> (!p, !p) {
    ^bb0(%s: !int, %e: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %c16 = smt.int.constant 16
      %least = smt.int.cmp le %s, %e
      smt.assert %least
      %several = smt.int.cmp gt %s, %c1
      %single = smt.eq %e, %c1 : !int
      %contraction = smt.or %several, %single
      smt.assert %contraction
      %r = smt.int.mod %e, %s
      %even = smt.eq %r, %c0 : !int
      %largest_divisor = smt.declare_fun "largest_divisor" : !smt.func<(!int, !int) !int>
      %largest = smt.apply_func %largest_divisor(%e, %c16) : !smt.func<(!int, !int) !int>
      %none = smt.int.cmp lt %largest, %c4
      %more = smt.int.cmp gt %r, %c1
      %uneven = smt.and %none, %more
      %allowed = smt.or %even, %uneven
      smt.assert %allowed
      %end = smt.int.sub %e, %r
      %h = smt.ite %even, %c0, %c1 : !int
      smt.yield %end, %h : !int, !int
    }
    transform.yield %split, %has_rest : !p, !p
  }

  // Orders the loops over rows and blocks in a unit. The outer loop is the one over blocks if %order is 0,
  // and the one over rows if it is 1. The loop over rows has the number %first, and the loop over blocks
  // the next number. A unit of one block has only one order, and a matrix of one block is always one unit.
  // Returns the outer loop and the inner one.
  transform.named_sequence @order_matrix_loops(%order: !p {transform.readonly},
      %all_blocks_per_unit: !p {transform.readonly},
                                               %block: !p {transform.readonly},
                                                   %columns: !p {transform.readonly},
                                               %first: !p {transform.readonly}) -> (!p, !p) {
    %outer, %inner = transform.smt.constrain_params(%order, %all_blocks_per_unit, %block, %columns, %first)
      : (!p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%o: !int, %a: !int, %n: !int, %all: !int, %rows: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %one_block = smt.eq %a, %c0 : !int
      %all_blocks = smt.eq %a, %c1 : !int
      %several = smt.int.cmp lt %n, %all
      %blocks_outside = smt.eq %o, %c0 : !int
      %ordered = smt.or %blocks_outside, %all_blocks
      smt.assert %ordered
      %differs = smt.or %one_block, %several
      smt.assert %differs
      %blocks = smt.int.add %rows, %c1
      %first_loop = smt.ite %blocks_outside, %blocks, %rows : !int
      %second_loop = smt.ite %blocks_outside, %rows, %blocks : !int
      smt.yield %first_loop, %second_loop : !int, !int
    }
    transform.yield %outer, %inner : !p, !p
  }

  // The units of bands of rows and blocks of columns have two orders. If %bands_first is 0, the bands of one
  // block follow each other, so that the block is read only once. If it is 1, the blocks of one band do, so
  // that each thread has rows of its own, and what one core writes is not read by another one, neither before
  // the product nor behind it. There is only one order if there is one band or one block.
  transform.named_sequence @order_units(%bands_first: !p {transform.readonly},
                                        %bands: !p {transform.readonly}, %blocks: !p {transform.readonly}) {
    transform.smt.constrain_params(%bands_first, %bands, %blocks) : (!p, !p, !p) -> () {
    ^bb0(%f: !int, %k: !int, %n: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %several_bands = smt.int.cmp gt %k, %c1
      %several_blocks = smt.int.cmp gt %n, %c1
      %has_two = smt.and %several_bands, %several_blocks
      %usual = smt.eq %f, %c0 : !int
      %allowed = smt.or %usual, %has_two
      smt.assert %allowed
      smt.yield
    }
    transform.yield
  }

  // Returns how many parts in 32 of the time the order of the units costs. On one thread, blocks are read
  // more often. On several threads, rows move between cores, unless a unit has all columns of them or the
  // products are a batch.
  transform.named_sequence @order_cost(%bands_first: !p {transform.readonly},
                                       %blocks: !p {transform.readonly}, %batch: !p {transform.readonly},
                                       %threads: !p {transform.readonly})
      -> !p {
    %share = transform.smt.constrain_params(%bands_first, %blocks, %batch, %threads)
      : (!p, !p, !p, !p) -> (!p) {
    ^bb0(%f: !int, %n: !int, %b: !int, %t: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %alone = smt.eq %t, %c1 : !int
      %by_blocks = smt.eq %f, %c0 : !int
      %several = smt.int.cmp gt %n, %c1
      %single = smt.eq %b, %c1 : !int
      %moves = smt.and %by_blocks, %several, %single
      %moved = smt.ite %moves, %c4, %c0 : !int
      %parts = smt.ite %alone, %f, %moved : !int
      smt.yield %parts : !int
    }
    transform.yield %share : !p
  }

  // Divides rows into bands of %size, or into one band if that is 0, and a band into blocks of %block. Rows
  // that remain are a block of their own: behind the whole blocks of each band, if the bands divide the rows,
  // or else behind all bands, which then consist of whole blocks. Returns the rows of a band, the number of
  // bands, the row where the rest begins (in a band, or of all rows), the size of the rest, its place (0: it
  // is empty, 1: in each band, 2: behind all bands), and whether there is one.
  transform.named_sequence @divide_bands(%size: !p {transform.readonly}, %block: !p {transform.readonly},
                                         %rows: !p {transform.readonly}) -> (!p, !p, !p, !p, !p, !p) {
    %unit_rows, %bands, %split, %rest, %where, %has_rest
      = transform.smt.constrain_params(%size, %block, %rows)
      : (!p, !p, !p) -> (!p, !p, !p, !p, !p, !p) {
    ^bb0(%n: !int, %q: !int, %all: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %less = smt.int.cmp lt %n, %all
      smt.assert %less
      %undivided = smt.eq %n, %c0 : !int
      %u = smt.ite %undivided, %all, %n : !int
      %fits = smt.int.cmp le %q, %u
      smt.assert %fits
      %bands_ = smt.int.div %all, %u
      %behind = smt.int.mod %all, %u
      %in_unit = smt.int.mod %u, %q
      %even = smt.eq %behind, %c0 : !int
      %whole = smt.eq %in_unit, %c0 : !int
      %short = smt.int.cmp lt %behind, %q
      %one_block = smt.and %whole, %short
      %allowed = smt.or %even, %one_block
      smt.assert %allowed
      %r = smt.ite %even, %in_unit, %behind : !int
      %extent = smt.ite %even, %u, %all : !int
      %s = smt.int.sub %extent, %r
      %part = smt.ite %whole, %c0, %c1 : !int
      %place = smt.ite %even, %part, %c2 : !int
      %any = smt.int.cmp gt %place, %c0
      %some = smt.ite %any, %c1, %c0 : !int
      smt.yield %u, %bands_, %s, %r, %place, %some : !int, !int, !int, !int, !int, !int
    }
    transform.yield %unit_rows, %bands, %split, %rest, %where, %has_rest : !p, !p, !p, !p, !p, !p
  }
}
