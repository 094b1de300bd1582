// Constraints and costs that sketches share. These sequences work only on parameters. A schedule space
// evaluates them once for each include. A rendered schedule has constants in place of the includes, and
// does not contain these sequences.
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {

  // Returns how many vectors, and parts of vectors of 8, 4, 2 and 1 elements, a row of %elements needs.
  transform.named_sequence @count_vectors(%elements: !p {transform.readonly}, %lanes: !p {transform.readonly})
      -> !p {
    %vectors = transform.smt.constrain_params(%elements, %lanes) : (!p, !p) -> (!p) {
    ^bb0(%n: !int, %l: !int):
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %whole = smt.int.div %n, %l
      %left = smt.int.mod %n, %l
      %q8 = smt.int.div %left, %c8
      %q4 = smt.int.div %left, %c4
      %q2 = smt.int.div %left, %c2
      %b4 = smt.int.mod %q4, %c2
      %b2 = smt.int.mod %q2, %c2
      %b1 = smt.int.mod %left, %c2
      %v = smt.int.add %whole, %q8, %b4, %b2, %b1
      smt.yield %v : !int
    }
    transform.yield %vectors : !p
  }

  // A block must divide the columns and consist of at most %most whole vectors. If the lanes do not divide
  // the number of columns, parts of a vector (powers of two) may follow, and a block must have at least
  // half a vector or all columns. Returns how many vectors and parts of vectors a row of the block needs.
  transform.named_sequence @block_vectors(%block: !p {transform.readonly}, %columns: !p {transform.readonly},
                                          %lanes: !p {transform.readonly}, %most: !p {transform.readonly})
                                              -> !p {
    %vectors = transform.include @count_vectors failures(propagate) (%block, %lanes) : (!p, !p) -> !p
    transform.smt.constrain_params(%vectors, %block, %columns, %lanes, %most) : (!p, !p, !p, !p, !p) -> () {
    ^bb0(%v: !int, %n: !int, %all: !int, %l: !int, %limit: !int):
      %c0 = smt.int.constant 0
      %c2 = smt.int.constant 2
      %rest = smt.int.mod %all, %n
      %divides = smt.eq %rest, %c0 : !int
      smt.assert %divides
      %left = smt.int.mod %n, %l
      %few = smt.int.cmp le %v, %limit
      smt.assert %few
      %odd = smt.int.mod %all, %l
      %even = smt.eq %odd, %c0 : !int
      %full = smt.eq %left, %c0 : !int
      %twice = smt.int.mul %n, %c2
      %half = smt.int.cmp ge %twice, %l
      %one_block = smt.eq %n, %all : !int
      %large = smt.or %half, %one_block
      %allowed = smt.ite %even, %full, %large : !smt.bool
      smt.assert %allowed
      smt.yield
    }
    transform.yield %vectors : !p
  }

  // A step must divide the reduction. A step of one is no longer a contraction after unit dimensions are
  // folded, so it is legal only if no larger step up to %most divides the reduction.
  transform.named_sequence @divide_reduction(%step: !p {transform.readonly}, %extent: !p {transform.readonly},
                                             %most: !p {transform.readonly}) {
    transform.smt.constrain_params(%step, %extent, %most) : (!p, !p, !p) -> () {
    ^bb0(%s: !int, %e: !int, %limit: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %rest = smt.int.mod %e, %s
      %divides = smt.eq %rest, %c0 : !int
      smt.assert %divides
      %several = smt.int.cmp gt %s, %c1
      %largest_divisor = smt.declare_fun "largest_divisor" : !smt.func<(!int, !int) !int>
      %largest = smt.apply_func %largest_divisor(%e, %limit) : !smt.func<(!int, !int) !int>
      %none = smt.eq %largest, %c1 : !int
      %allowed = smt.or %several, %none
      smt.assert %allowed
      smt.yield
    }
    transform.yield
  }

  // A unit of work has %rows_per_unit rows, or all rows if that is 0. It must divide the rows. Returns the
  // rows of a unit, and the number of such bands of rows.
  transform.named_sequence @divide_rows(%rows_per_unit: !p {transform.readonly},
      %rows: !p {transform.readonly}) -> (!p, !p) {
    %unit_rows, %bands = transform.smt.constrain_params(%rows_per_unit, %rows) : (!p, !p) -> (!p, !p) {
    ^bb0(%u: !int, %all: !int):
      %c0 = smt.int.constant 0
      %less = smt.int.cmp lt %u, %all
      smt.assert %less
      %one_unit = smt.eq %u, %c0 : !int
      %r = smt.ite %one_unit, %all, %u : !int
      %rest = smt.int.mod %all, %r
      %divides = smt.eq %rest, %c0 : !int
      smt.assert %divides
      %n = smt.int.div %all, %r
      smt.yield %r, %n : !int, !int
    }
    transform.yield %unit_rows, %bands : !p, !p
  }

  // Divides an extent into tiles of a given size and a rest. The extent must be at least as large as a
  // tile. Returns where the tiles end, the size of the rest, and whether there is a rest.
  transform.named_sequence @split_extent(%tile: !p {transform.readonly}, %extent: !p {transform.readonly})
      -> (!p, !p, !p) {
    %split, %rest, %has_rest = transform.smt.constrain_params(%tile, %extent) : (!p, !p) -> (!p, !p, !p) {
    ^bb0(%t: !int, %e: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %fits = smt.int.cmp le %t, %e
      smt.assert %fits
      %r = smt.int.mod %e, %t
      %s = smt.int.sub %e, %r
      %even = smt.eq %r, %c0 : !int
      %has = smt.ite %even, %c0, %c1 : !int
      smt.yield %s, %r, %has : !int, !int, !int
    }
    transform.yield %split, %rest, %has_rest : !p, !p, !p
  }

  // A tile of %height x %width rows of %vectors vectors must fit into the registers. It needs its
  // accumulators, one row of the other operand, and one more register.
  transform.named_sequence @fit_registers(%height: !p {transform.readonly}, %width: !p {transform.readonly},
                                          %vectors: !p {transform.readonly},
                                              %registers: !p {transform.readonly}) {
    transform.smt.constrain_params(%height, %width, %vectors, %registers) : (!p, !p, !p, !p) -> () {
    ^bb0(%h: !int, %w: !int, %v: !int, %g: !int):
      %c1 = smt.int.constant 1
      %accumulators = smt.int.mul %h, %w, %v
      %all = smt.int.add %accumulators, %v, %c1
      %fits = smt.int.cmp le %all, %g
      smt.assert %fits
      smt.yield
    }
    transform.yield
  }

  // The main tile must fit into the registers, and it must have at least four accumulators or be the only
  // tile.
  transform.named_sequence @use_registers(%height: !p {transform.readonly}, %width: !p {transform.readonly},
                                          %vectors: !p {transform.readonly},
                                              %registers: !p {transform.readonly},
                                          %rows: !p {transform.readonly}, %columns: !p {transform.readonly}) {
    transform.include @fit_registers failures(propagate) (%height, %width, %vectors, %registers)
        : (!p, !p, !p, !p) -> ()
    transform.smt.constrain_params(%height, %width, %vectors, %rows, %columns) : (!p, !p, !p, !p, !p) -> () {
    ^bb0(%h: !int, %w: !int, %v: !int, %all_rows: !int, %all_columns: !int):
      %c4 = smt.int.constant 4
      %accumulators = smt.int.mul %h, %w, %v
      %enough = smt.int.cmp ge %accumulators, %c4
      %tall = smt.eq %h, %all_rows : !int
      %wide = smt.eq %w, %all_columns : !int
      %whole = smt.and %tall, %wide
      %busy = smt.or %enough, %whole
      smt.assert %busy
      smt.yield
    }
    transform.yield
  }

  // Prefetching the next block is legal only if a block comes next: there are several blocks, and %inside
  // is 0.
  transform.named_sequence @prefetch_next_block(%prefetch: !p {transform.readonly},
      %inside: !p {transform.readonly},
                                                %block: !p {transform.readonly},
                                                    %columns: !p {transform.readonly}) {
    transform.smt.constrain_params(%prefetch, %inside, %block, %columns) : (!p, !p, !p, !p) -> () {
    ^bb0(%f: !int, %i: !int, %n: !int, %all: !int):
      %c0 = smt.int.constant 0
      %none = smt.eq %f, %c0 : !int
      %outside = smt.eq %i, %c0 : !int
      %several = smt.int.cmp lt %n, %all
      %next = smt.and %outside, %several
      %allowed = smt.or %next, %none
      smt.assert %allowed
      smt.yield
    }
    transform.yield
  }

  // Returns the tile sizes of the parallel loop over a batch, bands of rows and blocks of columns, and the
  // order for @order_blocks_first. A tile size is 0 if its loop would have only one iteration.
  transform.named_sequence @distribute_units(%batch: !p {transform.readonly}, %bands: !p {transform.readonly},
                                             %unit_rows: !p {transform.readonly},
                                                 %block: !p {transform.readonly},
                                             %columns: !p {transform.readonly},
                                                 %all_blocks_per_unit: !p {transform.readonly})
      -> (!p, !p, !p, !p) {
    %unit_batch, %unit_band, %unit_blocks, %order = transform.smt.constrain_params(%batch, %bands,
        %unit_rows, %block, %columns, %all_blocks_per_unit)
      : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p) {
    ^bb0(%b: !int, %k: !int, %rows: !int, %n: !int, %all: !int, %a: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %images = smt.int.cmp gt %b, %c1
      %several_bands = smt.int.cmp gt %k, %c1
      %several = smt.int.cmp lt %n, %all
      %one_block = smt.eq %a, %c0 : !int
      %blocks = smt.and %several, %one_block
      %any = smt.or %images, %several_bands, %blocks
      %t0 = smt.ite %images, %c1, %c0 : !int
      %band = smt.ite %several_bands, %rows, %c0 : !int
      %t1 = smt.ite %any, %band, %rows : !int       // if there is nothing to divide, there is one unit
      %t2 = smt.ite %blocks, %c1, %c0 : !int
      %both = smt.and %several_bands, %blocks
      %with_batch = smt.ite %images, %c2, %c1 : !int
      %o = smt.ite %both, %with_batch, %c0 : !int
      smt.yield %t0, %t1, %t2, %o : !int, !int, !int, !int
    }
    transform.yield %unit_batch, %unit_band, %unit_blocks, %order : !p, !p, !p, !p
  }

  // Returns the half cycles that one step of a register tile of %height x %width rows takes. An FMA takes
  // one and a load one and a half; the larger sum counts, but at least the latency of an FMA. Loading the
  // row of the other operand from L2 is added. An empty tile costs nothing.
  transform.named_sequence @tile_cost(%height: !p {transform.readonly}, %width: !p {transform.readonly},
                                      %vectors: !p {transform.readonly}) -> !p {
    %cost = transform.smt.constrain_params(%height, %width, %vectors) : (!p, !p, !p) -> (!p) {
    ^bb0(%h: !int, %w: !int, %v: !int):
      %c0 = smt.int.constant 0
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c8 = smt.int.constant 8
      %rows = smt.int.mul %h, %w
      %fmas = smt.int.mul %rows, %v
      %loads = smt.int.add %rows, %v
      %thrice = smt.int.mul %loads, %c3
      %load_time = smt.int.div %thrice, %c2
      %bound = smt.int.cmp gt %load_time, %fmas
      %most = smt.ite %bound, %load_time, %fmas : !int
      %short = smt.int.cmp lt %most, %c8
      %busy = smt.ite %short, %c8, %most : !int
      %far = smt.int.mul %v, %c2
      %step = smt.int.add %busy, %far
      %some = smt.int.cmp gt %rows, %c0
      %half_cycles = smt.ite %some, %step, %c0 : !int
      smt.yield %half_cycles : !int
    }
    transform.yield %cost : !p
  }

  // The same for a column of tiles, which have the height %height up to %split, and then %rest.
  transform.named_sequence @column_cost(%height: !p {transform.readonly}, %split: !p {transform.readonly},
                                        %rest: !p {transform.readonly}, %width: !p {transform.readonly},
                                        %vectors: !p {transform.readonly}) -> !p {
    %tile = transform.include @tile_cost failures(propagate) (%height, %width, %vectors) : (!p, !p, !p) -> !p
    %last = transform.include @tile_cost failures(propagate) (%rest, %width, %vectors) : (!p, !p, !p) -> !p
    %cost = transform.smt.constrain_params(%tile, %last, %height, %split) : (!p, !p, !p, !p) -> (!p) {
    ^bb0(%t: !int, %l: !int, %h: !int, %s: !int):
      %tiles = smt.int.div %s, %h
      %main = smt.int.mul %tiles, %t
      %sum = smt.int.add %main, %l
      smt.yield %sum : !int
    }
    transform.yield %cost : !p
  }

  // Returns the number of units of work.
  transform.named_sequence @count_units(%batch: !p {transform.readonly}, %bands: !p {transform.readonly},
                                        %block: !p {transform.readonly}, %columns: !p {transform.readonly},
                                        %all_blocks_per_unit: !p {transform.readonly}) -> !p {
    %units = transform.smt.constrain_params(%batch, %bands, %block, %columns, %all_blocks_per_unit)
      : (!p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%b: !int, %k: !int, %n: !int, %all: !int, %a: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %blocks = smt.int.div %all, %n
      %one_block = smt.eq %a, %c0 : !int
      %per_band = smt.ite %one_block, %blocks, %c1 : !int
      %u = smt.int.mul %per_band, %k, %b
      smt.yield %u : !int
    }
    transform.yield %units : !p
  }
}
