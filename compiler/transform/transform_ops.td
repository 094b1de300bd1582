// Our transform operations: steps on loops, layouts and arguments that stock MLIR 22 does not have. None of
// them is specific to an operator.
#ifndef DIAPASON_COMPILER_TRANSFORM_TRANSFORM_OPS_TD_
#define DIAPASON_COMPILER_TRANSFORM_TRANSFORM_OPS_TD_

include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class DiapasonOp<string name, list<Trait> traits = []>
    : Op<Transform_Dialect, "diapason." # name,
         !listconcat(traits, [DeclareOpInterfaceMethods<TransformOpInterface>,
                              DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])> {
  let cppNamespace = "::diapason::compiler::transform";
}

class DiapasonPatterns<string name>
    : Op<Transform_Dialect, "apply_patterns.diapason." # name,
         [DeclareOpInterfaceMethods<PatternDescriptorOpInterface>]> {
  let cppNamespace = "::diapason::compiler::transform";
  let assemblyFormat = "attr-dict";
}

include "match_ops.td"
include "algorithm_ops.td"

// ---- Layout

def SplitDimOp : DiapasonOp<"split_dim"> {
  let summary = "splits one loop of the target into two (N -> N/size x size), in every op that the dimension "
                "reaches";
  let description = [{
    Buffers and tensors at the boundary get expand_shape views, so that no data moves. Fails silenceably and
    changes nothing if the size does not divide the dimension or if the dimension occurs in a compound
    index. A negative dimension is counted from the last loop.
    ```
    linalg.generic (m, n, k) ins(%a[m, k], %b[k, n]) by 32 at 1 -> (m, n', n, k) ins(%a[m, k], %b[k, n', n])
    ```
    With `rest`, which must be the extent modulo the size and not zero, every op is cut into two first: one
    for as many whole parts as there are, and behind it a copy for the rest, which becomes one part of that
    size. Both have the attributes of the op. The target stays the first of them.
    ```
    (m, n = 100, k) by 32 rest 4  ->  (m, n' = 3, n = 32, k) and (m, n' = 1, n = 4, k)
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$size,
                       Optional<TransformParamTypeInterface>:$rest, SI64Attr:$dimension);
  let assemblyFormat = "$target `dimension` $dimension `by` $size (`rest` $rest^)? attr-dict `:` "
                       "type($target) `,` type($size) (`,` type($rest)^)?";
}

def PackOperandOp : DiapasonOp<"pack_operand"> {
  let summary = "reorders an operand's axes so that the loops that index them have the given order";
  let description = [{
    With this step one sketch works for every storage order. A new `linalg.transpose` reads the operand; if
    the operand is a constant, the pass `diapason-split-prepare` moves the transpose out of the kernel. The
    result handle is the transpose, or empty if the order is already right. Each axis must be indexed by one
    loop. Axes whose loops are not listed come first, in their old order. A negative number counts from the
    last loop.
    ```
    ins(%w[o, i, kh, kw])  loops [0, 2, 3, 1]  ->  %p = linalg.transpose %w, ins(%p[o, kh, kw, i])
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, I64Attr:$operand, DenseI64ArrayAttr:$loops);
  let results = (outs TransformHandleTypeInterface:$packing);
  let assemblyFormat = "$target `operand` $operand `loops` $loops attr-dict `:` functional-type($target, "
                       "results)";
}

// ---- Loops

def TileRootOp : DiapasonOp<"tile_root"> {
  let summary = "tiles the outer loops of a root into an scf.forall whose units have about `grain` "
                "elements, and fuses producers";
  let description = [{
    A *root* is an op whose results no other linalg op reads. Only loops for which no fused producer is
    recomputed are tiled: the rows of a softmax, but not its columns. Outer loops get tile size 1. The last
    tiled loop gets the largest divisor with which a unit has at most `grain` elements of the root. This
    works for any rank and shape; a root without such loops does not change. The result is the forall, or
    empty.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$grain);
  let results = (outs TransformHandleTypeInterface:$loops);
  let assemblyFormat = "$target `grain` $grain attr-dict `:` functional-type(operands, results)";
}

def TilePlaneOp : DiapasonOp<"tile_plane"> {
  let summary = "tiles an elementwise op of any rank into tiles of `rows` x `columns` elements of its plane";
  let description = [{
    The plane's loops are those of `match_plane`. All other loops get tile size 1. A loop that fits into its
    tile size is not tiled. The last `row_rest` rows and `column_rest` columns are cut off first, and are
    tiles of their own, so there are up to four pieces; the tile sizes must divide what is before them. With
    `use_forall`, the loops are one scf.forall, and there must be no rest. The result has the tiles of all
    pieces. Fails silenceably if the sizes do not fit, or if the target is not an elementwise linalg op with
    a static shape.
    ```
    linalg.generic (i: 5, r: 40, c: 64) rows 16 rest 8 columns 64 rest 0
      ->  for i { for r in 0..32 by 16 { linalg.generic (1, 16, 64) } }; for i { linalg.generic (1, 8, 64) }
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$rows,
                       TransformParamTypeInterface:$row_rest, TransformParamTypeInterface:$columns,
                       TransformParamTypeInterface:$column_rest, UnitAttr:$use_forall);
  let results = (outs TransformHandleTypeInterface:$tiles);
  let assemblyFormat = "$target `rows` $rows `rest` $row_rest `columns` $columns `rest` $column_rest "
                       "attr-dict `:` functional-type(operands, results)";
}

def TileUnitsOp : DiapasonOp<"tile_units"> {
  let summary = "tiles an op into an outer loop whose iterations are units of work, and removes its first "
                "loops";
  let description = [{
    The sizes are those of the target's last loops; 0 means the whole extent. All loops before them get size
    1. The loops that then have several iterations become one scf.forall with one dimension each; if there are
    none, it has one dimension of one iteration. Producers are fused. Within the forall, the loops before the
    sized ones have one iteration, and are removed from the target and from its producers. So later steps do
    not depend on their number. `order` lists the sized loops from the slowest to the fastest; the loops
    before them are slower. The results are the tiled target and the forall.
    ```
    %r = generic (b, h, m, n) sizes [16, 0]
      ->  scf.forall (%b, %h, %m) step (1, 1, 16) { %r = generic (m, n) }
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, Variadic<TransformParamTypeInterface>:$sizes,
                       DenseI64ArrayAttr:$order);
  let results = (outs TransformHandleTypeInterface:$unit, TransformHandleTypeInterface:$loops);
  let assemblyFormat = "$target `sizes` `[` $sizes `]` `order` $order attr-dict `:` "
                       "functional-type(operands, results)";
}

def OrderLoopsOp : DiapasonOp<"order_loops"> {
  let summary = "reorders the loops of linalg.generic ops so that the innermost one reads contiguous memory";
  let description = [{
    The innermost loop becomes the one that indexes the last axis of the most operands. Indexing another
    axis counts against a loop, and the result counts twice. The other loops keep their order. Ops that use
    linalg.index do not change.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def AllowReassociationOp : DiapasonOp<"allow_reassociation"> {
  let summary = "allows floating-point reductions of linalg ops to be summed in another order, so that LLVM "
                "can vectorize them";
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def FuseIntoReductionsOp : DiapasonOp<"fuse_into_reductions"> {
  let summary = "lets reductions compute what they read, so that both need one pass over the data";
  let description = [{
    Works on all elementwise linalg.generic ops of the target function that a reduction reads, on tensors. A
    cheap op, without math functions and divisions, is computed again by every op that reads it. Another op
    is computed by the first reduction that reads it, which then has two results.
    ```
    %e = generic exp(%x - %m)                       %e, %s = generic (r, c) -> exp(%x - %m), sum over c of it
    %s = generic sum over c of %e            ->     %y = generic %e / %s
    %y = generic %e / %s
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def ComputeInPlaceOp : DiapasonOp<"compute_in_place"> {
  let summary = "lets an op write to where its only reader writes, so that they need no buffer between them";
  let description = [{
    Works on linalg.generic ops of the target function, on tensors. The reader must be elementwise, must not
    read its destination, and must read the op's result at the element that it writes.
    ```
    %e = generic .. outs(%empty); %y = generic ins(%e) outs(%d)
      ->  %e = generic .. outs(%d); %y = generic ins(%e) outs(%e)
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def ToVectorLoopsOp : DiapasonOp<"to_vector_loops"> {
  let summary = "replaces linalg.generic ops by loops over vectors";
  let description = [{
    Works on buffers. The loop along contiguous memory of the largest operands is cut into blocks of
    `vectors` vectors of `lanes` elements. The rest is cut into vectors of smaller powers of two, so that
    there are no masks. If that loop is a reduction, the partial results stay in registers, and `rows`
    iterations of the last parallel loop are computed at the same time, so that their horizontal sums
    overlap. Sums are added in another order than that of the loops.

    Ops whose body is not elementwise, or whose indices are compound, do not change.
    ```
    linalg.generic (r, c) sum over c      rows 2, vectors 1, lanes 16, 40 columns
      ->  for %r step 2 { %s0, %s1 = for %c = 0 to 32 step 16 iter_args { vector.load; arith.addf : 16 }
                          %t0, %t1 = arith.addf : vector<8xf32>    (the rest; then 16, 8, 4, 2, 1) }
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$lanes,
                       TransformParamTypeInterface:$vectors, TransformParamTypeInterface:$rows);
  let assemblyFormat = "$target `lanes` $lanes `vectors` $vectors `rows` $rows attr-dict `:` type($target) "
                       "`,` type($lanes) `,` type($vectors) `,` type($rows)";
}

def UnrollFullOp : DiapasonOp<"unroll_full"> {
  let summary = "unrolls scf.for loops of constant trip count completely (transform.loop.unroll needs a "
                "literal factor)";
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def ApplyPatternsOp : DiapasonOp<"apply_patterns", [ReportTrackingListenerFailuresOpTrait]
                                                   # GraphRegionNoTerminator.traits> {
  let summary = "does the same as the stock step `apply_patterns`, in less time";
  let description = [{
    The stock step makes its patterns each time, and simplifies the blocks of the target, which code of
    structured loops does not need. This one keeps the patterns for the next time, also for other scripts. It
    has no options. The targets are functions or modules.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let regions = (region MaxSizedRegion<1>:$patterns);
  let assemblyFormat = "`to` $target $patterns attr-dict `:` type($target)";
  let hasVerifier = 1;
}

def HoistSlicesOp : DiapasonOp<"hoist_slices"> {
  let summary = "makes scf.for loops carry a slice that they read and write back in every iteration";
  let description = [{
    Works on tensors, in all loops of the target, inner loops first. The stock step
    `loop.hoist_loop_invariant_subsets` visits loops in the order of its handle, outer loops first, and so
    moves a slice out of one loop only.
    ```
    for iter_args(%t = %x) { %s = extract_slice %t[2]; %r = .. %s; yield insert_slice %r into %t[2] }
      ->  %s = extract_slice %x[2]; %l = for iter_args(%a = %s) { %r = .. %a; yield %r };
           insert_slice %l into %x[2]
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def PromoteAccumulatorsOp : DiapasonOp<"promote_accumulators"> {
  let summary = "keeps elements that a loop loads in every iteration in registers";
  let description = [{
    Works on buffers and scalars, in all scf.for loops of the target. An element that the loop only reads is
    loaded before the loop. An element that the loop also stores is carried through the loop. Different
    buffers (allocations and function arguments) are assumed not to overlap.
    ```
    for %k { %a = load %c[%i]; %b = add %a, ..; store %b, %c[%i] }
      ->  %s = load %c[%i]; %r = for %k iter_args(%a = %s) { %b = add %a, ..; yield %b }; store %r, %c[%i]
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def SkipZeroRowsOp : DiapasonOp<"skip_zero_rows"> {
  let summary = "skips the iterations of a loop over a window's rows in which the rows are known to be zero";
  let description = [{
    The target is the scf.for over the window's rows, on tensors, after tiling by 1. The step clamps the
    loop's bounds with the `diapason.zero` border of the argument that the loop's body slices along the
    loop. It is legal if a zero operand does not change the result, as in a contraction. Loops without such
    an argument do not change.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def UnrollVectorsTo1DOp : DiapasonOp<"unroll_vectors_to_1d"> {
  let summary = "replaces n-D vectors in the target function by 1-D vectors whose lengths are powers of two";
  let description = [{
    Works on contractions, elementwise ops, transfers, and values that loops carry. A row of another length
    is cut: 24 elements become 16 and 8. A contraction (m..., k) x (k, n) -> (m..., n) becomes one broadcast
    scalar and one FMA for each row, with k outermost. If the elements of a row are not contiguous in memory
    (because the operand is stored in another order), they are read and written one by one. With
    `transpose_in_registers`, they are read along memory instead, and blocks are transposed in registers. With
    `skip_zero_columns`, rows whose scalars lie in the `diapason.zero` border of the argument are left out.
    ```
    %c = vector.contract %a, %b, %acc : vector<2x1xf32>, vector<1x24xf32> into vector<2x24xf32>
      ->  %s = vector.broadcast %a00 : vector<16xf32>; %c0 = vector.fma %s, %b0, %acc0 : vector<16xf32>; ..
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, UnitAttr:$skip_zero_columns,
                       UnitAttr:$transpose_in_registers);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def PrefetchPackedOp : DiapasonOp<"prefetch_packed"> {
  let summary = "prefetches the next block of a packed constant into L2 while a block is used";
  let description = [{
    Works on a bufferized function. Each innermost loop that reads vectors of an argument with
    `diapason.packed` prefetches a part of the next block, which is at the next index of the argument's
    axis `axis`, by default the first one. The block after the last one of an axis is the first one at the
    next index of the axis before. Arguments that have no such axis before their last two are left alone.
    The prefetches are distributed evenly over all iterations that the enclosing loops make within one block.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntNonNegative]>, "0">:$axis);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def SinkLoadsOp : DiapasonOp<"sink_loads"> {
  let summary = "moves loads of vectors down to their first use";
  let description = [{
    Works on a bufferized function. A load stays in its block and does not move over an operation that may
    write. Loads with the same first use keep their order.
    ```
    %a = load %x; %b = load %y; %s = mul %v, %v; %t = fma %s, %a, %b
      ->  %s = mul %v, %v; %a = load %x; %b = load %y; %t = fma %s, %a, %b
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def ShareMaximaOp : DiapasonOp<"share_maxima"> {
  let summary = "computes maxima of three or more values with one test for NaN, and common parts once";
  let description = [{
    A chain of arith.maximumf (or of arith.minimumf) with the flag `nsz`, in one block, becomes a chain of
    comparisons and selections, which is one instruction for each value on most processors. It ignores NaN,
    so values are also tested in pairs, and the result is NaN if a test finds one. Values that take part in
    the same chains are combined once. An infinity that changes nothing is left out. Shorter chains and
    operations without the flag stay as they are.
    ```
    max(max(%a, %b), %c); max(max(%b, %c), %d)
      ->  %bc = %b > %c ? %b : %c; %o = ordered %b, %c
          ordered %a, %a and %o ? (%bc > %a ? %bc : %a) : NaN; ordered %d, %d and %o ? ... : NaN
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

// ---- Patterns

def StridedAccessToSliceOp : DiapasonPatterns<"strided_access_to_slice"> {
  let summary = "lets a linalg.generic that reads an input at `d * S` read a slice of stride S at `d`";
}
def MergeSlicesOp : DiapasonPatterns<"merge_slices"> {
  let summary = "merges slices of slices, except those that bufferization needs to see separately";
}
def ScalarTransferReadsOp : DiapasonPatterns<"scalar_transfer_reads"> {
  let summary = "replaces elements extracted from a vector.transfer_read by scalar loads, also if the read "
                "has several uses";
}

#endif
