// Kernels that compute each element of the result on its own: chains of elementwise operations with
// broadcasts, copies between layouts, and transposes of any rank.
//   O[.., r, c] = f(A[.., r, c], B[c, .., r], C[c], ..)
// What limits them is memory. So a tile covers a part of the plane, which consists of the two loops that run
// along memory (transform.diapason.match_plane). A tile of a chain has one or a few rows of some vectors. If
// an input is transposed (B), a tile is a block that is read along the input's memory, transposed in
// registers, and written along the result's memory.
!op = !transform.any_op
!p = !transform.param<i64>
!int = !smt.int
module attributes {transform.with_named_sequence} {
  transform.named_sequence private @bufferize(!op {transform.consumed}) -> !op
  transform.named_sequence private @simplify_accesses(!op {transform.readonly})

  // ---- The workloads that this sketch fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p) {
    %rows, %columns, %planes, %transposed, %reused = transform.diapason.match_plane %op
      : (!op) -> (!p, !p, !p, !p, !p)
    transform.diapason.match_root %op : !op
    // LLVM has better code for rows of up to four elements.
    %five = transform.param.constant 5 : i64 -> !p
    transform.match.param.cmpi ge %columns, %five : !p
    transform.yield %op, %rows, %columns, %planes, %transposed, %reused : !op, !p, !p, !p, !p, !p
  }

  // Divides a loop of the plane into %units units, which consist of whole tiles unless there is only one.
  // Returns the extent of a unit, and what remains behind its last whole tile.
  transform.named_sequence @divide_loop(%extent: !p {transform.readonly}, %units: !p {transform.readonly},
                                        %tile: !p {transform.readonly}) -> (!p, !p) {
    %unit, %rest = transform.smt.constrain_params(%extent, %units, %tile) : (!p, !p, !p) -> (!p, !p) {
    ^bb0(%e: !int, %u: !int, %t: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %left = smt.int.mod %e, %u
      %divides = smt.eq %left, %c0 : !int
      smt.assert %divides
      %n = smt.int.div %e, %u
      %behind = smt.int.mod %n, %t
      %one = smt.eq %u, %c1 : !int
      %whole = smt.eq %behind, %c0 : !int
      %allowed = smt.or %one, %whole
      smt.assert %allowed
      %small = smt.int.cmp le %n, %t
      %r = smt.ite %small, %c0, %behind : !int
      smt.yield %n, %r : !int, !int
    }
    transform.yield %unit, %rest : !p, !p
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %root, %R, %C, %planes, %transposed, %reused = transform.collect_matching @fits in %m
      : (!op) -> (!op, !p, !p, !p, !p, !p)

    // ---- The space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %registers = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %l1 = transform.tune.knob<"target.l1"> options = [32768, 49152] -> !p
    %rows = transform.tune.knob<"rows_per_tile"> options = [1, 2, 4, 8, 16] -> !p
    %columns = transform.tune.knob<"columns_per_tile"> options = [4, 8, 16, 24, 32, 48, 64, 96, 128] -> !p
    // How many units of work the rows and the columns are divided into.
    %row_units = transform.tune.knob<"row_units"> options = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16,
        18, 20, 21, 24, 25, 28, 30, 32, 36, 40, 42, 48, 49, 56, 60, 64, 72, 80, 96, 98, 112, 128, 144, 160,
        192, 196, 224, 256, 384, 512, 768, 1024, 2048, 4096] -> !p
    %column_units = transform.tune.knob<"column_units"> options = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15,
        16, 18, 20, 21, 24, 25, 28, 30, 32, 36, 40, 42, 48, 49, 56, 60, 64, 72, 80, 96, 98, 112, 128, 144,
        160, 192, 196, 224, 256, 384, 512, 768, 1024, 2048, 4096] -> !p

    %unit_rows, %row_rest = transform.include @divide_loop failures(propagate) (%R, %row_units, %rows)
      : (!p, !p, !p) -> (!p, !p)
    %unit_columns, %column_rest = transform.include @divide_loop failures(propagate) (%C, %column_units,
        %columns)
      : (!p, !p, !p) -> (!p, !p)
    // A tile is not larger than the plane, except where the least option is. A block that is transposed
    // has at least four rows, and at most 16 columns. Other tiles have at most four rows. The tile must fit
    // into the registers.
    transform.smt.constrain_params(%rows, %columns, %R, %C, %transposed, %lanes, %registers)
      : (!p, !p, !p, !p, !p, !p, !p) -> () {
    ^bb0(%r: !int, %c: !int, %all_rows: !int, %all_columns: !int, %t: !int, %l: !int, %g: !int):
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %c16 = smt.int.constant 16
      %inside = smt.int.cmp le %r, %all_rows
      smt.assert %inside
      %narrow = smt.int.cmp le %c, %all_columns
      %least = smt.eq %c, %c4 : !int
      %possible = smt.or %narrow, %least
      smt.assert %possible
      %is_transposed = smt.eq %t, %c1 : !int
      %high = smt.int.cmp ge %r, %c4
      %low = smt.int.cmp le %r, %c4
      %short = smt.int.cmp lt %all_rows, %c4
      %enough = smt.or %high, %short
      %square = smt.int.cmp le %c, %c16
      %block = smt.and %enough, %square
      %shape = smt.ite %is_transposed, %block, %low : !smt.bool
      smt.assert %shape
      %elements = smt.int.mul %r, %c
      %most = smt.int.mul %l, %g
      %fits = smt.int.cmp le %elements, %most
      smt.assert %fits
      smt.yield
    }

    // ---- The estimated cost of a schedule, in half cycles
    %cost, %shared = transform.smt.constrain_params(%rows, %columns, %row_units, %column_units, %unit_rows,
        %unit_columns, %R, %planes, %transposed, %reused, %lanes, %l1) {diapason.cost = "half_cycles"}
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p, !p) {
    ^bb0(%r: !int, %c: !int, %nr: !int, %nc: !int, %ur: !int, %uc: !int, %all_rows: !int, %n: !int, %t: !int,
         %again: !int, %l: !int, %cache: !int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c4 = smt.int.constant 4
      %c6 = smt.int.constant 6
      %c8 = smt.int.constant 8
      %c10 = smt.int.constant 10
      %c64 = smt.int.constant 64
      %c1024 = smt.int.constant 1024
      // The vectors that a tile writes, and those that it reads along the rows if it is transposed.
      %up = smt.int.add %c, %l
      %up1 = smt.int.sub %up, %c1
      %across = smt.int.div %up1, %l
      %written = smt.int.mul %r, %across
      %high = smt.int.add %r, %l
      %high1 = smt.int.sub %high, %c1
      %along = smt.int.div %high1, %l
      %lines = smt.int.mul %c, %along
      %is_transposed = smt.eq %t, %c1 : !int
      %read = smt.ite %is_transposed, %lines, %written : !int
      // Shuffles of a transposed block: about two for each vector.
      %shuffled = smt.ite %is_transposed, %lines, %c0 : !int
      %accesses = smt.int.add %read, %written, %shuffled
      %twice = smt.int.mul %accesses, %c2
      %tile = smt.int.add %twice, %c10
      // The number of tiles, in which remainders count as whole tiles.
      %ur1 = smt.int.add %ur, %r
      %ur2 = smt.int.sub %ur1, %c1
      %down = smt.int.div %ur2, %r
      %uc1 = smt.int.add %uc, %c
      %uc2 = smt.int.sub %uc1, %c1
      %right = smt.int.div %uc2, %c
      %units = smt.int.mul %nr, %nc, %n
      %tiles = smt.int.mul %units, %down, %right
      %work = smt.int.mul %tiles, %tile
      %starts = smt.int.mul %units, %c64
      // Details, in eighths of the work: more than six vectors in a tile of a chain; too few units for some
      // threads; rows that are cut into units, and short ones more so; operands that are read again for every
      // row, but do not stay in a part of the first cache; and columns behind the last whole tile.
      %many = smt.int.cmp gt %written, %c6
      %chain = smt.eq %t, %c0 : !int
      %spills = smt.and %many, %chain
      %d1 = smt.ite %spills, %c8, %c0 : !int
      %scarce = smt.int.cmp lt %units, %c8
      %few = smt.int.cmp lt %units, %c4
      %d2a = smt.ite %scarce, %c1, %c0 : !int
      %d2b = smt.ite %few, %c1, %c0 : !int
      %cut = smt.int.cmp gt %nc, %c1
      %short = smt.int.cmp lt %uc, %c1024
      %several_rows = smt.int.cmp gt %all_rows, %c1
      %broken = smt.and %cut, %several_rows
      %pieces = smt.ite %short, %c3, %c1 : !int
      %d3 = smt.ite %broken, %pieces, %c0 : !int
      %kept = smt.int.mul %again, %uc, %c4
      %large = smt.int.cmp gt %kept, %cache
      %d4 = smt.ite %large, %c4, %c0 : !int
      %behind = smt.int.mod %uc, %c
      %uneven = smt.int.cmp gt %behind, %c0
      %d5 = smt.ite %uneven, %c1, %c0 : !int
      %details = smt.int.add %d1, %d2a, %d2b, %d3, %d4, %d5
      %extra = smt.int.mul %work, %details
      %share = smt.int.div %extra, %c8
      %sum = smt.int.add %work, %share, %starts
      smt.yield %sum, %units : !int, !int
    }

    // ---- The schedule
    %none = transform.param.constant 0 : i64 -> !p
    %unit = transform.diapason.tile_plane %root rows %unit_rows rest %none columns %unit_columns rest %none
      {use_forall} : (!op, !p, !p, !p, !p) -> !op
    %tiles = transform.diapason.tile_plane %unit rows %rows rest %row_rest columns %columns rest %column_rest
      : (!op, !p, !p, !p, !p) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    // Nothing is canonicalized before bufferization. That would replace a tile that is only copied by a copy
    // of memory, which would become loops of scalars.
    transform.structured.vectorize %tiles : !op
    %fb = transform.include @bufferize failures(propagate) (%m) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb {transpose_in_registers} : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
