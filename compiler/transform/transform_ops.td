// Our transform operations: steps on loops, layouts and arguments that stock MLIR 22 lacks. None knows an
// operator.
#ifndef DIAPASON_COMPILER_TRANSFORM_TRANSFORM_OPS_TD_
#define DIAPASON_COMPILER_TRANSFORM_TRANSFORM_OPS_TD_

include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
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

// ---- matching (used in a sketch's @fits)

def MatchOperandOp : DiapasonOp<"match_operand", [MatchOpInterface]> {
  let summary = "what a structured op's operand is: constant or not, bordered by zeros or not, and how it "
                "is stored";
  let description = [{
    `constant` is 1 where the operand comes from a function argument marked `diapason.constant`, else 0.
    `border` is 1 where that argument has a `diapason.zero` border, else 0. `last` is the number of the loop
    that indexes the operand's last axis, -1 where that index is compound or the operand a scalar. Fails
    silenceably where the target is no linalg op or has no such operand.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, I64Attr:$operand);
  let results = (outs TransformParamTypeInterface:$constant, TransformParamTypeInterface:$border,
                      TransformParamTypeInterface:$last);
  let assemblyFormat = "$target `operand` $operand attr-dict `:` functional-type($target, results)";
}

def MatchRootOp : DiapasonOp<"match_root", [MatchOpInterface]> {
  let summary = "succeeds on a linalg op whose results no other linalg op reads: the last op of a workload";
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

// ---- layout

def SplitDimOp : DiapasonOp<"split_dim"> {
  let summary = "one loop of the target becomes two (N -> N/size x size), in every op that the dimension "
                "reaches";
  let description = [{
    Buffers and tensors at the boundary are seen through expand_shape views: no byte moves. Fails silenceably,
    and changes nothing, where the size does not divide or the dimension occurs in a compound index.
    ```
    linalg.generic (m, n, k) ins(%a[m, k], %b[k, n]) by 32 at 1 -> (m, n', n, k) ins(%a[m, k], %b[k, n', n])
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$size,
                       I64Attr:$dimension);
  let assemblyFormat = "$target `dimension` $dimension `by` $size attr-dict `:` type($target) `,` "
                       "type($size)";
}

def PackOperandOp : DiapasonOp<"pack_operand"> {
  let summary = "reorders an operand's axes: they follow the loops that index them, in the given order";
  let description = [{
    One sketch thus serves every storage order. The new `linalg.transpose` reads the operand as it was; where
    that is a constant, the pass `diapason-split-prepare` moves it out of the kernel. The result handle is the
    transpose, empty where the order is right already. Every axis must be indexed by one loop of the list,
    each loop once.
    ```
    ins(%w[o, i, kh, kw])  loops [0, 2, 3, 1]  ->  %p = linalg.transpose %w, ins(%p[o, kh, kw, i])
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, I64Attr:$operand, DenseI64ArrayAttr:$loops);
  let results = (outs TransformHandleTypeInterface:$packing);
  let assemblyFormat = "$target `operand` $operand `loops` $loops attr-dict `:` functional-type($target, "
                       "results)";
}

// ---- algorithms

def WinogradOp : DiapasonOp<"winograd"> {
  let summary = "a convolution of stride 1 becomes Winograd's algorithm: transforms of its input, its weights "
                "and its output around products of matrices";
  let description = [{
    The target is a convolution in f32 (loops n, h, w, o, kh, kw, i) with constant weights, usually one that
    was tiled by rows and by blocks of output channels. A tile of `outputs` x `outputs` results takes
    (outputs + kh - 1) * (outputs + kw - 1) products instead of outputs * outputs * kh * kw. An axis with one
    tap is not transformed. Tiles at the end of a row or column are shifted back to where the image ends, so
    that none is cut. Channels are worked on in vectors of `lanes`, which must divide them.

    The transformed weights are computed in front of all loops, in double precision, as blocks x points x
    input channels x channels of a block; `diapason-split-prepare` moves that out of the kernel. The
    transformed input is computed in front of the innermost loops that the image does not depend on. The result
    is the handle of the products, a linalg.generic with the loops point, tile, o, i and the target's
    attributes. Fails silenceably, and changes nothing, where the target is something else.
    ```
    %r = linalg.generic (conv) ins(%image, %weights) outs(%start)
      ->  %u = scf.for .. %weights                                           (in front of all loops)
          %v = scf.for .. %image                                             : points x tiles x i
          %m = linalg.generic (p, t, o, i) ins(%v, %u) outs(%zeros)          : points x tiles x o
          %r = scf.for .. %m, %start
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$outputs,
                       TransformParamTypeInterface:$lanes);
  let results = (outs TransformHandleTypeInterface:$products);
  let assemblyFormat = "$target `outputs` $outputs `lanes` $lanes attr-dict `:` functional-type(operands, "
                       "results)";
}

// ---- loops

def TileRootOp : DiapasonOp<"tile_root"> {
  let summary = "tiles the outer loops of a root into an scf.forall whose units have about `grain` "
                "elements; fuses producers";
  let description = [{
    Only loops that no fused producer would be recomputed for are tiled: a softmax's rows, not its columns.
    Outer loops get tile size 1, the last tiled one the largest divisor that keeps the unit at or below
    `grain` elements of the root. Rank and shape do not matter; a root without such loops stays as it is. The
    result is the forall (or nothing).
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$grain);
  let results = (outs TransformHandleTypeInterface:$loops);
  let assemblyFormat = "$target `grain` $grain attr-dict `:` functional-type(operands, results)";
}

def OrderLoopsOp : DiapasonOp<"order_loops"> {
  let summary = "reorders the loops of linalg.generic ops so that the innermost one runs along memory";
  let description = [{
    Innermost becomes the loop that indexes the last axis of most operands (the result counts twice; indexing
    another axis counts against it); the others keep their order. Ops that read their own indices keep theirs.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def AllowReassociationOp : DiapasonOp<"allow_reassociation"> {
  let summary = "lets floating-point reductions of linalg ops be summed in another order (LLVM vectorises "
                "them)";
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def UnrollFullOp : DiapasonOp<"unroll_full"> {
  let summary = "unrolls scf.for loops of constant trip count completely (transform.loop.unroll wants a "
                "literal factor)";
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def HoistSlicesOp : DiapasonOp<"hoist_slices"> {
  let summary = "what scf.for loops read from and write back to one slice in every iteration, they carry "
                "instead";
  let description = [{
    On tensors, in all loops of the target, inner ones first: `loop.hoist_loop_invariant_subsets` takes them
    as its handle lists them, outer ones first, and so moves a slice out of one loop only.
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
  let summary = "elements that a loop loads in every iteration are kept in registers";
  let description = [{
    On buffers and scalars, in all scf.for loops of the target. One that the loop only reads is loaded before
    it; one that it also stores is carried through it. Different buffers (allocations, function arguments) are
    taken not to overlap.
    ```
    for %k { %a = load %c[%i]; %b = add %a, ..; store %b, %c[%i] }
      ->  %s = load %c[%i]; %r = for %k iter_args(%a = %s) { %b = add %a, ..; yield %b }; store %r, %c[%i]
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def SkipZeroRowsOp : DiapasonOp<"skip_zero_rows"> {
  let summary = "no iterations of a loop over a window's rows on rows that are known to be zero";
  let description = [{
    The target is the scf.for over the window's rows (on tensors, after tiling by 1). Its bounds are clamped
    by the `diapason.zero` border of the argument that its body slices along the loop. Legal where a zero
    operand contributes nothing: the body is a contraction. Loops without such an argument stay as they are.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def UnrollVectorsTo1DOp : DiapasonOp<"unroll_vectors_to_1d"> {
  let summary = "n-D vectors in the target function become 1-D rows whose lengths are powers of two";
  let description = [{
    Contractions, elementwise ops, transfers, and what loops carry. A row of another length is cut: 24
    elements are 16 and 8. A contraction (m..., k) x (k, n) -> (m..., n) becomes, k outermost, one broadcast
    scalar and one FMA per row. A row whose elements do not lie side by side in memory (an operand stored in
    another order) is read and written element by element. With `skip_zero_columns`, rows whose scalars lie in
    the `diapason.zero` border of the argument are left out.
    ```
    %c = vector.contract %a, %b, %acc : vector<2x1xf32>, vector<1x24xf32> into vector<2x24xf32>
      ->  %s = vector.broadcast %a00 : vector<16xf32>; %c0 = vector.fma %s, %b0, %acc0 : vector<16xf32>; ..
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, UnitAttr:$skip_zero_columns);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def PrefetchPackedOp : DiapasonOp<"prefetch_packed"> {
  let summary = "while one block of a packed constant is used, the next one is read ahead into L2";
  let description = [{
    In the target function (bufferized), each innermost loop that reads vectors of an argument marked
    `diapason.packed` prefetches its share of the block at the next index of the argument's first axis. The
    share is spread evenly over all the iterations that the enclosing loops make within one block.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

// ---- patterns

def StridedAccessToSliceOp : DiapasonPatterns<"strided_access_to_slice"> {
  let summary = "a linalg.generic that reads an input at `d * S` reads a slice of stride S at `d`";
}
def MergeSlicesOp : DiapasonPatterns<"merge_slices"> {
  let summary = "slices of slices become slices, except where bufferization needs to see both";
}
def ScalarTransferReadsOp : DiapasonPatterns<"scalar_transfer_reads"> {
  let summary = "elements extracted from a vector.transfer_read become scalar loads, also where it has "
                "several uses";
}

#endif
