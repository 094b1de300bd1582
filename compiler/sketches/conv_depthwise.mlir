// Windows over images, each channel by itself: depthwise convolution, max and average pooling.
//   O[n,h,w,c] = combine(O[n,h,w,c], I[n, h*s+kh*d, w*s+kw*d, c], W[c,kh,kw])     loops n, h, w, c, kh, kw; W may be absent
// with a producer of its start value and one elementwise consumer.
//
// Register tiles of th x tw pixels and nr channels, the window unrolled: input rows that taps share stay in registers.
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {
  transform.named_sequence private @split_prepare(!op {transform.consumed}) -> (!op, !op, !op)
  transform.named_sequence private @tile_strip(!op {transform.readonly}, !p {transform.readonly}, !p {transform.readonly}, !p {transform.readonly}, !p {transform.readonly},
                                               !p {transform.readonly}, !p {transform.readonly}, !p {transform.readonly}, !p {transform.readonly})
  transform.named_sequence private @order_blocks_first(!op {transform.readonly}, !p {transform.readonly})
  transform.named_sequence private @vectorize_tiles(!op {transform.readonly})
  transform.named_sequence private @bufferize(!op {transform.consumed}) -> !op
  transform.named_sequence private @simplify_accesses(!op {transform.readonly})
  transform.named_sequence private @sink_loads(!op {transform.readonly})

  // ---- what it fits
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p) {
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
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %weights : !op, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %conv, %N, %H, %W, %O, %KH, %KW, %weights = transform.collect_matching @fits in %m : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p)

    // ---- the space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %regs = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %nr = transform.tune.knob<"nr"> options = {lower_bound = 2, upper_bound = 64} -> !p   // not 1: MLIR would fold unit dimensions without end
    %th = transform.tune.knob<"th"> options = {lower_bound = 1, upper_bound = 4} -> !p
    %tw = transform.tune.knob<"tw"> options = {lower_bound = 1, upper_bound = 8} -> !p
    %ts = transform.tune.knob<"ts"> options = {lower_bound = 1, upper_bound = 4} -> !p       // height of a tile in the strip that tw leaves
    %outer = transform.tune.knob<"outer"> options = [0, 1] -> !p                             // units of work: 0 channel block x rows, 1 rows
    %ph = transform.tune.knob<"ph"> options = [0, 1, 2, 3, 4, 5, 7, 8, 14, 16] -> !p         // rows a unit; 0: all
    %order = transform.tune.knob<"order"> options = [0, 1, 2] -> !p                          // inside a unit: 0 h w c, 1 w h c, 2 c h w

    // Whole vectors, at most four; where the lanes do not divide O, parts of a vector for what is left, powers
    // of two, and at least half a vector or all of O.
    %vectors = transform.smt.constrain_params(%nr, %O, %lanes) : (!p, !p, !p) -> (!p) {
    ^bb0(%n: !smt.int, %o: !smt.int, %l: !smt.int):
      %c0 = smt.int.constant 0
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %rest = smt.int.mod %o, %n
      %divides = smt.eq %rest, %c0 : !smt.int
      smt.assert %divides
      %whole = smt.int.div %n, %l
      %left = smt.int.mod %n, %l
      %q8 = smt.int.div %left, %c8
      %q4 = smt.int.div %left, %c4
      %q2 = smt.int.div %left, %c2
      %b4 = smt.int.mod %q4, %c2
      %b2 = smt.int.mod %q2, %c2
      %b1 = smt.int.mod %left, %c2
      %v = smt.int.add %whole, %q8, %b4, %b2, %b1
      %few = smt.int.cmp le %v, %c4
      smt.assert %few
      %odd = smt.int.mod %o, %l
      %even = smt.eq %odd, %c0 : !smt.int
      %full = smt.eq %left, %c0 : !smt.int
      %twice = smt.int.mul %n, %c2
      %half = smt.int.cmp ge %twice, %l
      %all = smt.eq %n, %o : !smt.int
      %large = smt.or %half, %all
      %allowed = smt.ite %even, %full, %large : !smt.bool
      smt.assert %allowed
      smt.yield %v : !smt.int
    }
    // Units of work: %uh rows each. At most 32 parts, of whole tiles.
    %uh, %parts = transform.smt.constrain_params(%ph, %H, %th) : (!p, !p, !p) -> (!p, !p) {
    ^bb0(%u: !smt.int, %h: !smt.int, %t: !smt.int):
      %c0 = smt.int.constant 0
      %c32 = smt.int.constant 32
      %all = smt.eq %u, %c0 : !smt.int
      %less = smt.int.cmp lt %u, %h
      smt.assert %less
      %rows = smt.ite %all, %h, %u : !smt.int
      %rest = smt.int.mod %h, %rows
      %divides = smt.eq %rest, %c0 : !smt.int
      smt.assert %divides
      %tiles = smt.int.mod %u, %t
      %whole = smt.eq %tiles, %c0 : !smt.int
      smt.assert %whole
      %n = smt.int.div %h, %rows
      %few = smt.int.cmp le %n, %c32
      smt.assert %few
      smt.yield %rows, %n : !smt.int, !smt.int
    }
    // Remainders, split points, and which pieces there are.
    %hsplit, %rh, %hrest = transform.smt.constrain_params(%th, %uh) : (!p, !p) -> (!p, !p, !p) {
    ^bb0(%t: !smt.int, %e: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %fits = smt.int.cmp le %t, %e
      smt.assert %fits
      %r = smt.int.mod %e, %t
      %s = smt.int.sub %e, %r
      %even = smt.eq %r, %c0 : !smt.int
      %has = smt.ite %even, %c0, %c1 : !smt.int
      smt.yield %s, %r, %has : !smt.int, !smt.int, !smt.int
    }
    %wsplit, %rw, %wrest = transform.smt.constrain_params(%tw, %W) : (!p, !p) -> (!p, !p, !p) {
    ^bb0(%t: !smt.int, %e: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %fits = smt.int.cmp le %t, %e
      smt.assert %fits
      %r = smt.int.mod %e, %t
      %s = smt.int.sub %e, %r
      %even = smt.eq %r, %c0 : !smt.int
      %has = smt.ite %even, %c0, %c1 : !smt.int
      smt.yield %s, %r, %has : !smt.int, !smt.int, !smt.int
    }
    %hsplit2, %rh2, %hrest2 = transform.smt.constrain_params(%ts, %wrest, %uh) : (!p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%t: !smt.int, %has_strip: !smt.int, %e: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %strip = smt.eq %has_strip, %c1 : !smt.int
      %unused = smt.eq %t, %c1 : !smt.int
      %once = smt.or %strip, %unused          // no strip: one value, not fourteen equal schedules
      smt.assert %once
      %fits = smt.int.cmp le %t, %e
      smt.assert %fits
      %r = smt.int.mod %e, %t
      %s = smt.int.sub %e, %r
      %even = smt.eq %r, %c0 : !smt.int
      %has = smt.ite %even, %c0, %c1 : !smt.int
      smt.yield %s, %r, %has : !smt.int, !smt.int, !smt.int
    }
    // Registers: accumulators, and as many again for inputs and weights.
    transform.smt.constrain_params(%th, %tw, %ts, %rw, %vectors, %regs) : (!p, !p, !p, !p, !p, !p) -> () {
    ^bb0(%h: !smt.int, %w: !smt.int, %h2: !smt.int, %w2: !smt.int, %v: !smt.int, %g: !smt.int):
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
    // Order of the loops in a unit. One channel block a unit: it has no place in the order.
    %p1, %p2, %p3 = transform.smt.constrain_params(%outer, %order, %nr, %O) : (!p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%o: !smt.int, %r: !smt.int, %n: !smt.int, %channels: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %blocked = smt.eq %o, %c0 : !smt.int
      %several = smt.int.cmp lt %n, %channels
      %r0 = smt.eq %r, %c0 : !smt.int
      %r1 = smt.eq %r, %c1 : !smt.int
      %r2 = smt.eq %r, %c2 : !smt.int
      %ends = smt.int.cmp lt %r, %c2
      %inside = smt.eq %o, %c1 : !smt.int
      %many = smt.and %inside, %several
      %a2 = smt.or %many, %ends
      smt.assert %a2
      %a3 = smt.or %blocked, %several       // one channel block: `outer` makes no difference
      smt.assert %a3
      %x1 = smt.ite %r1, %c2, %c3 : !smt.int
      %q1 = smt.ite %r0, %c1, %x1 : !smt.int
      %q2 = smt.ite %r0, %c2, %c1 : !smt.int
      %q3 = smt.ite %r2, %c2, %c3 : !smt.int
      smt.yield %q1, %q2, %q3 : !smt.int, !smt.int, !smt.int
    }
    // Tile sizes of the parallel loop, 0 where there would be one iteration; which order its dimensions need.
    %tn, %tp, %to, %swap = transform.smt.constrain_params(%N, %parts, %uh, %nr, %O, %outer) : (!p, !p, !p, !p, !p, !p) -> (!p, !p, !p, !p) {
    ^bb0(%n: !smt.int, %k: !smt.int, %rows: !smt.int, %r: !smt.int, %channels: !smt.int, %o: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %batch = smt.int.cmp gt %n, %c1
      %bands = smt.int.cmp gt %k, %c1
      %several = smt.int.cmp lt %r, %channels
      %blocked = smt.eq %o, %c0 : !smt.int
      %blocks = smt.and %several, %blocked
      %any = smt.or %batch, %bands, %blocks
      %t0 = smt.ite %batch, %c1, %c0 : !smt.int
      %t1 = smt.ite %bands, %rows, %c0 : !smt.int
      %t3 = smt.ite %blocks, %c1, %c0 : !smt.int
      %none = smt.not %any
      %t1b = smt.ite %none, %rows, %t1 : !smt.int       // nothing to divide: one unit
      %both = smt.and %bands, %blocks
      %with_batch = smt.ite %batch, %c2, %c1 : !smt.int
      %s = smt.ite %both, %with_batch, %c0 : !smt.int
      smt.yield %t0, %t1b, %t3, %s : !smt.int, !smt.int, !smt.int, !smt.int
    }

    // A small window is unrolled.
    %unroll = transform.smt.constrain_params(%KH, %KW) : (!p, !p) -> (!p) {
    ^bb0(%kh: !smt.int, %kw: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c49 = smt.int.constant 49
      %taps = smt.int.mul %kh, %kw
      %small = smt.int.cmp le %taps, %c49
      %u = smt.ite %small, %c1, %c0 : !smt.int
      smt.yield %u : !smt.int
    }

    // ---- what a schedule should cost, roughly: what the tiles load and compute, then details
    %cost = transform.smt.constrain_params(%th, %tw, %ts, %rw, %wrest, %uh, %W, %parts, %nr, %vectors, %regs, %O, %KH, %KW, %outer, %order, %N)
      {diapason.prefer} : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%h: !smt.int, %w: !smt.int, %h2: !smt.int, %w2: !smt.int, %has: !smt.int, %rows: !smt.int, %columns: !smt.int, %k: !smt.int, %n: !smt.int,
         %v: !smt.int, %g: !smt.int, %o: !smt.int, %kh: !smt.int, %kw: !smt.int, %out: !smt.int, %ord: !smt.int, %batch: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c100 = smt.int.constant 100
      %taps = smt.int.mul %kh, %kw
      // a tile: FMAs, and twice its loads (inputs with their margin, weights)
      %ih = smt.int.add %h, %kh
      %iw = smt.int.add %w, %kw
      %in = smt.int.mul %ih, %iw
      %load = smt.int.add %in, %taps, %in, %taps
      %px = smt.int.mul %h, %w
      %fma = smt.int.mul %px, %taps
      %tile = smt.int.add %fma, %load
      %ih2 = smt.int.add %h2, %kh
      %iw2 = smt.int.add %w2, %kw
      %in2 = smt.int.mul %ih2, %iw2
      %load2 = smt.int.add %in2, %taps, %in2, %taps
      %px2 = smt.int.mul %h2, %w2
      %fma2 = smt.int.mul %px2, %taps
      %tile2 = smt.int.add %fma2, %load2
      // tiles, the remainders counted as whole ones
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
      %work = smt.int.mul %unit, %v, %k, %blocks, %c100
      // few accumulators: the rest of the registers holds inputs
      %acc = smt.int.mul %px, %v
      %quarter = smt.int.div %g, %c4
      %over = smt.int.cmp gt %acc, %quarter
      %spill = smt.ite %over, %c1, %c0 : !smt.int
      // whole pixels, row by row; units for a few threads
      %rowwise = smt.int.sub %c1, %out
      %blocked = smt.eq %out, %c0 : !smt.int
      %per = smt.ite %blocked, %blocks, %c1 : !smt.int
      %units = smt.int.mul %per, %k, %batch
      %scarce = smt.int.cmp lt %units, %c4
      %few = smt.ite %scarce, %c1, %c0 : !smt.int
      %details = smt.int.add %spill, %spill, %spill, %spill, %rowwise, %ord, %few
      %w1 = smt.int.mul %work, %details
      %w1s = smt.int.div %w1, %c8
      %sum = smt.int.add %work, %w1s
      smt.yield %sum : !smt.int
    }

    // ---- the schedule. Loops n h w c/nr nr | kh kw
    transform.annotate %conv "anchor" : !op
    transform.diapason.split_dim %conv dimension 3 by %nr : !op, !p
    transform.tune.alternatives<"weights"> selected_region = %weights : !p {
      transform.yield
    }, {
      %packing = transform.diapason.pack_operand %conv operand 1 loops [3, 5, 6, 4] : (!op) -> !op
      transform.yield
    }
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %root = transform.get_consumers_of_result %anchor[0] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%tn, %tp, 0, %to, 0] {apply_cleanup, use_forall} : (!op, !p, !p, !p) -> (!op, !op)
    transform.include @order_blocks_first failures(propagate) (%stage, %swap) : (!op, !p) -> ()
    transform.tune.alternatives<"columns"> selected_region = %wrest : !p {
      transform.include @tile_strip failures(propagate) (%unit, %th, %tw, %hsplit, %rh, %hrest, %p1, %p2, %p3) : (!op, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }, {
      %s = transform.structured.split %unit after %wsplit {dimension = 2} : !op, !p
      %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
      transform.include @tile_strip failures(propagate) (%a, %th, %tw, %hsplit, %rh, %hrest, %p1, %p2, %p3) : (!op, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.include @tile_strip failures(propagate) (%b, %ts, %rw, %hsplit2, %rh2, %hrest2, %p1, %p2, %p3) : (!op, !p, !p, !p, !p, !p, !p, !p, !p) -> ()
      transform.yield
    }
    transform.apply_dce to %f : !op        // fuse leaves dead originals, which keep their marks
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %ct, %cl:2 = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 0, 1, 1] : (!op) -> (!op, !op, !op)
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
    transform.diapason.vectors_to_rows %fb : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.include @sink_loads failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
