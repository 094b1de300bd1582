// Direct convolution: any dense one with constant weights, whatever its kernel, stride, dilation and border.
//   O[n,h,w,o] += I[n, h*s+kh*d, w*s+kw*d, i] * W[o,kh,kw,i]     loops n, h, w, o, kh, kw, i; W's axes in any order
// with a producer of its start value and one elementwise consumer.
//
// Register tiles of th x tw pixels and nr channels; the row is split into a part that tw divides and a strip, each part
// into rows that the tile's height divides and a rest. Weights are packed o/nr x kh x kw x i x nr.
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
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p, !p, !p, !p) {
    %d:7 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p, !p, !p, !p, !p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %seven = transform.param.constant 7 : i64 -> !p
      transform.match.param.cmpi eq %rank, %seven : !p
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      %b:8 = transform.match.structured.classify_convolution_dims %c : (!op) -> (!p, !p, !p, !p, !p, !p, !p, !p)
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
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4, %d#5, %d#6, %border : !op, !p, !p, !p, !p, !p, !p, !p, !p
  }

  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %conv, %N, %H, %W, %O, %KH, %KW, %I, %border = transform.collect_matching @fits in %m : (!op) -> (!op, !p, !p, !p, !p, !p, !p, !p, !p)

    // ---- the space
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %regs = transform.tune.knob<"target.registers"> options = [16, 32] -> !p
    %l1 = transform.tune.knob<"target.l1"> options = [32768, 49152] -> !p
    %l2 = transform.tune.knob<"target.l2"> options = [524288, 2097152] -> !p
    %nr = transform.tune.knob<"nr"> options = {lower_bound = 2, upper_bound = 96} -> !p   // not 1: MLIR would fold unit dimensions without end
    %th = transform.tune.knob<"th"> options = {lower_bound = 1, upper_bound = 8} -> !p
    %tw = transform.tune.knob<"tw"> options = {lower_bound = 1, upper_bound = 28} -> !p
    %ts = transform.tune.knob<"ts"> options = {lower_bound = 1, upper_bound = 14} -> !p      // height of a tile in the strip that tw leaves
    %icu = transform.tune.knob<"icu"> options = {lower_bound = 1, upper_bound = 8} -> !p     // input channels a step
    %outer = transform.tune.knob<"outer"> options = [0, 1] -> !p                             // units of work: 0 channel block x rows, 1 rows
    %ph = transform.tune.knob<"ph"> options = [0, 1, 2, 3, 4, 5, 7, 14] -> !p                // rows a unit; 0: all
    %order = transform.tune.knob<"order"> options = [0, 1, 2] -> !p                          // inside a unit: 0 h w o, 1 w h o, 2 o h w
    %skip = transform.tune.knob<"skip"> options = [0, 1, 2] -> !p                            // zero border: 1 rows, 2 columns too
    %prefetch = transform.tune.knob<"prefetch"> options = [0, 1] -> !p                       // of the next channel block's weights

    // Whole vectors, at most six; where the lanes do not divide O, parts of a vector for what is left, powers
    // of two, and at least half a vector or all of O.
    %vectors = transform.smt.constrain_params(%nr, %O, %lanes) : (!p, !p, !p) -> (!p) {
    ^bb0(%n: !smt.int, %o: !smt.int, %l: !smt.int):
      %c0 = smt.int.constant 0
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c6 = smt.int.constant 6
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
      %few = smt.int.cmp le %v, %c6
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
    // A step of one input channel is no contraction any more once unit dimensions are folded: only where nothing else divides.
    transform.smt.constrain_params(%icu, %I) : (!p, !p) -> () {
    ^bb0(%u: !smt.int, %i: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c5 = smt.int.constant 5
      %c7 = smt.int.constant 7
      %rest = smt.int.mod %i, %u
      %divides = smt.eq %rest, %c0 : !smt.int
      smt.assert %divides
      %several = smt.int.cmp gt %u, %c1
      %r2 = smt.int.mod %i, %c2
      %r3 = smt.int.mod %i, %c3
      %r5 = smt.int.mod %i, %c5
      %r7 = smt.int.mod %i, %c7
      %n2 = smt.int.cmp gt %r2, %c0
      %n3 = smt.int.cmp gt %r3, %c0
      %n5 = smt.int.cmp gt %r5, %c0
      %n7 = smt.int.cmp gt %r7, %c0
      %none = smt.and %n2, %n3, %n5, %n7
      %allowed = smt.or %several, %none
      smt.assert %allowed
      smt.yield
    }
    // Rows of the border are skipped where there is one, columns only where one tile is the whole row.
    transform.smt.constrain_params(%skip, %KH, %border, %tw, %W) : (!p, !p, !p, !p, !p) -> () {
    ^bb0(%s: !smt.int, %k: !smt.int, %b: !smt.int, %t: !smt.int, %w: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %none = smt.eq %s, %c0 : !smt.int
      %window = smt.int.cmp gt %k, %c1
      %zeros = smt.eq %b, %c1 : !smt.int
      %useful = smt.and %window, %zeros
      %a1 = smt.or %none, %useful
      smt.assert %a1
      %rows = smt.int.cmp lt %s, %c2
      %whole = smt.eq %t, %w : !smt.int
      %a2 = smt.or %rows, %whole
      smt.assert %a2
      smt.yield
    }
    // Units of work: %uh rows each. At most 16 parts, of whole tiles.
    %uh, %parts = transform.smt.constrain_params(%ph, %H, %th) : (!p, !p, !p) -> (!p, !p) {
    ^bb0(%u: !smt.int, %h: !smt.int, %t: !smt.int):
      %c0 = smt.int.constant 0
      %c16 = smt.int.constant 16
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
      %few = smt.int.cmp le %n, %c16
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
    // Registers: accumulators, one row of weights, one spare.
    transform.smt.constrain_params(%ts, %rw, %vectors, %regs) : (!p, !p, !p, !p) -> () {
    ^bb0(%h: !smt.int, %w: !smt.int, %v: !smt.int, %g: !smt.int):
      %c1 = smt.int.constant 1
      %acc = smt.int.mul %h, %w, %v
      %all = smt.int.add %acc, %v, %c1
      %fits = smt.int.cmp le %all, %g
      smt.assert %fits
      smt.yield
    }
    // The main tile has at least 4 accumulators, or is as large as the image.
    transform.smt.constrain_params(%th, %tw, %vectors, %regs, %uh, %W) : (!p, !p, !p, !p, !p, !p) -> () {
    ^bb0(%h: !smt.int, %w: !smt.int, %v: !smt.int, %g: !smt.int, %rows: !smt.int, %columns: !smt.int):
      %c1 = smt.int.constant 1
      %c4 = smt.int.constant 4
      %acc = smt.int.mul %h, %w, %v
      %all = smt.int.add %acc, %v, %c1
      %fits = smt.int.cmp le %all, %g
      smt.assert %fits
      %enough = smt.int.cmp ge %acc, %c4
      %tall = smt.eq %h, %rows : !smt.int
      %wide = smt.eq %w, %columns : !smt.int
      %image = smt.and %tall, %wide
      %busy = smt.or %enough, %image
      smt.assert %busy
      smt.yield
    }
    // Order of the loops in a unit. One channel block a unit: it has no place in the order. Only then there is a next block to prefetch.
    %p1, %p2, %p3 = transform.smt.constrain_params(%outer, %order, %prefetch, %nr, %O) : (!p, !p, !p, !p, !p) -> (!p, !p, !p) {
    ^bb0(%o: !smt.int, %r: !smt.int, %f: !smt.int, %n: !smt.int, %channels: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %blocked = smt.eq %o, %c0 : !smt.int
      %several = smt.int.cmp lt %n, %channels
      %next = smt.and %blocked, %several
      %none = smt.eq %f, %c0 : !smt.int
      %a1 = smt.or %next, %none
      smt.assert %a1
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

    // ---- what a schedule should cost, roughly: half cycles of the register tiles, then details
    %pixels = transform.smt.constrain_params(%th, %tw, %hsplit, %rh, %wsplit, %ts, %rw, %hsplit2, %rh2, %vectors)
      : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%h: !smt.int, %w: !smt.int, %hs: !smt.int, %hr: !smt.int, %ws: !smt.int, %h2: !smt.int, %wr: !smt.int, %hs2: !smt.int, %hr2: !smt.int,
         %v: !smt.int):
      %c0 = smt.int.constant 0
      %c2 = smt.int.constant 2
      %c3 = smt.int.constant 3
      %c8 = smt.int.constant 8
      %far = smt.int.mul %v, %c2
      // a step of a tile: one for each FMA, one and a half for each load (pixels, vectors), at least the FMA's latency;
      // and the weights come from L2. Four pieces: main, its last rows, the strip, its last rows
      %px1 = smt.int.mul %h, %w
      %fma1 = smt.int.mul %px1, %v
      %reads1 = smt.int.add %px1, %v
      %thrice1 = smt.int.mul %reads1, %c3
      %load1 = smt.int.div %thrice1, %c2
      %bound1 = smt.int.cmp gt %load1, %fma1
      %most1 = smt.ite %bound1, %load1, %fma1 : !smt.int
      %short1 = smt.int.cmp lt %most1, %c8
      %busy1 = smt.ite %short1, %c8, %most1 : !smt.int
      %tile1 = smt.int.add %busy1, %far
      %some1 = smt.int.cmp gt %px1, %c0
      %step1 = smt.ite %some1, %tile1, %c0 : !smt.int
      %px2 = smt.int.mul %hr, %w
      %fma2 = smt.int.mul %px2, %v
      %reads2 = smt.int.add %px2, %v
      %thrice2 = smt.int.mul %reads2, %c3
      %load2 = smt.int.div %thrice2, %c2
      %bound2 = smt.int.cmp gt %load2, %fma2
      %most2 = smt.ite %bound2, %load2, %fma2 : !smt.int
      %short2 = smt.int.cmp lt %most2, %c8
      %busy2 = smt.ite %short2, %c8, %most2 : !smt.int
      %tile2 = smt.int.add %busy2, %far
      %some2 = smt.int.cmp gt %px2, %c0
      %step2 = smt.ite %some2, %tile2, %c0 : !smt.int
      %px3 = smt.int.mul %h2, %wr
      %fma3 = smt.int.mul %px3, %v
      %reads3 = smt.int.add %px3, %v
      %thrice3 = smt.int.mul %reads3, %c3
      %load3 = smt.int.div %thrice3, %c2
      %bound3 = smt.int.cmp gt %load3, %fma3
      %most3 = smt.ite %bound3, %load3, %fma3 : !smt.int
      %short3 = smt.int.cmp lt %most3, %c8
      %busy3 = smt.ite %short3, %c8, %most3 : !smt.int
      %tile3 = smt.int.add %busy3, %far
      %some3 = smt.int.cmp gt %px3, %c0
      %step3 = smt.ite %some3, %tile3, %c0 : !smt.int
      %px4 = smt.int.mul %hr2, %wr
      %fma4 = smt.int.mul %px4, %v
      %reads4 = smt.int.add %px4, %v
      %thrice4 = smt.int.mul %reads4, %c3
      %load4 = smt.int.div %thrice4, %c2
      %bound4 = smt.int.cmp gt %load4, %fma4
      %most4 = smt.ite %bound4, %load4, %fma4 : !smt.int
      %short4 = smt.int.cmp lt %most4, %c8
      %busy4 = smt.ite %short4, %c8, %most4 : !smt.int
      %tile4 = smt.int.add %busy4, %far
      %some4 = smt.int.cmp gt %px4, %c0
      %step4 = smt.ite %some4, %tile4, %c0 : !smt.int
      %nh = smt.int.div %hs, %h
      %nw = smt.int.div %ws, %w
      %nh2 = smt.int.div %hs2, %h2
      %all1 = smt.int.mul %step1, %nh, %nw
      %all2 = smt.int.mul %step2, %nw
      %all3 = smt.int.mul %step3, %nh2
      %sum = smt.int.add %all1, %all2, %all3, %step4
      smt.yield %sum : !smt.int
    }
    %cost = transform.smt.constrain_params(%pixels, %parts, %nr, %O, %KH, %KW, %I, %icu, %outer, %order, %skip, %prefetch, %regs, %l1, %l2, %N)
      {diapason.prefer} : (!p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p, !p) -> (!p) {
    ^bb0(%px: !smt.int, %k: !smt.int, %n: !smt.int, %o: !smt.int, %kh: !smt.int, %kw: !smt.int, %i: !smt.int, %u: !smt.int, %out: !smt.int,
         %ord: !smt.int, %s: !smt.int, %f: !smt.int, %g: !smt.int, %c_l1: !smt.int, %c_l2: !smt.int, %batch: !smt.int):
      %c0 = smt.int.constant 0
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c4 = smt.int.constant 4
      %c8 = smt.int.constant 8
      %c16 = smt.int.constant 16
      %c32 = smt.int.constant 32
      %c1000 = smt.int.constant 1000
      %blocks = smt.int.div %o, %n
      %half_cycles = smt.int.mul %px, %k, %blocks, %c1000
      %window = smt.int.mul %kh, %kw
      %point = smt.eq %window, %c1 : !smt.int
      // all channel blocks in a unit where the weights stay in cache
      %bytes = smt.int.mul %o, %i, %window, %c4
      %half_l2 = smt.int.div %c_l2, %c2
      %in_l1 = smt.int.cmp le %bytes, %c_l1
      %in_l2 = smt.int.cmp le %bytes, %half_l2
      %small = smt.ite %point, %in_l2, %in_l1 : !smt.bool
      %want = smt.ite %small, %c1, %c0 : !smt.int
      %other = smt.int.sub %want, %out
      %wrong = smt.int.abs %other
      // input channels a step: two with many registers, a window and weights in L2, else four
      %few = smt.eq %g, %c16 : !smt.int
      %large = smt.not %in_l2
      %four = smt.or %point, %few, %large
      %wish = smt.ite %four, %c4, %c2 : !smt.int
      %off = smt.int.sub %u, %wish
      %far = smt.int.abs %off
      // weights that do not stay in L2 come in while the block before is used
      %blocked = smt.eq %out, %c0 : !smt.int
      %reads = smt.and %large, %blocked
      %ahead = smt.ite %reads, %c1, %c0 : !smt.int
      %miss = smt.int.sub %ahead, %f
      %idle = smt.int.abs %miss
      // as much of the border as can be left out
      %left = smt.int.sub %c2, %s
      // eight to thirty-two units of work
      %per = smt.ite %blocked, %blocks, %c1 : !smt.int
      %units = smt.int.mul %per, %k, %batch
      %scarce = smt.int.cmp lt %units, %c8
      %tiny = smt.int.cmp gt %units, %c32
      %odd = smt.or %scarce, %tiny
      %away = smt.ite %odd, %c1, %c0 : !smt.int
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
      %sum = smt.int.add %half_cycles, %w1s, %w2s, %w3s, %w4s, %w5s, %ord
      smt.yield %sum : !smt.int
    }

    // ---- the schedule. Loops n h w o/nr nr | kh kw i
    transform.annotate %conv "anchor" : !op
    transform.diapason.split_dim %conv dimension 3 by %nr : !op, !p
    %packing = transform.diapason.pack_operand %conv operand 1 loops [3, 5, 6, 7, 4] : (!op) -> !op
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
    %icus = transform.replicate num(%c) %icu : !op, !p
    %ct, %cl:3 = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 0, 1, 1, %icus] : (!op, !p) -> (!op, !op, !op, !op)
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
      transform.diapason.vectors_to_rows %fb : !op
      transform.yield
    }, {
      transform.diapason.vectors_to_rows %fb : !op
      transform.yield
    }, {
      transform.diapason.vectors_to_rows %fb {skip_zero_columns} : !op
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
