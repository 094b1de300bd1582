// The operations that compute a contraction with another algorithm, which multiplies less.
// transform_ops.td includes this file.

def WinogradOp : DiapasonOp<"winograd"> {
  let summary = "computes a convolution of stride 1 with Winograd's algorithm: transforms of its input, its "
                "weights and its output around products of matrices";
  let description = [{
    The target is a convolution in f32 with the loops n, h, w, o, kh, kw, i and constant weights. Usually it
    has been tiled by rows and by blocks of output channels. A tile of `rows` x `columns` results needs
    (rows + kh - 1) * (columns + kw - 1) products instead of rows * columns * kh * kw. An axis with one tap
    is not transformed. Tiles at the end of a row or column are moved back to the end of the image,
    so that every tile is complete. Channels are computed in vectors of `lanes`, which must divide their
    number. If one elementwise linalg.generic with the loops n, h, w, o alone reads the result, it is computed
    where the outputs are in registers, and disappears. Each output is written once, row by row.

    The transformed weights are computed before all loops, in double precision, as blocks x points x input
    channels x channels of a block; `diapason-split-prepare` moves this out of the kernel. The transformed
    input is computed before the innermost loops that the image does not depend on. The result is the handle
    of the products: a linalg.generic with the loops point, tile, o, i and the target's attributes. If `split`
    is above 0 and below the number of tiles, there are two: one for the first `split` tiles, one for the
    rest. Fails silenceably and changes nothing if the target is not such a convolution.
    ```
    %r = linalg.generic (conv) ins(%image, %weights) outs(%start)
      ->  %u = scf.for .. %weights                                           (before all loops)
          %v = scf.for .. %image                                             : points x tiles x i
          %m = linalg.generic (p, t, o, i) ins(%v, %u) outs(%zeros)          : points x tiles x o
          %r = scf.for .. %m, %start                                         : and the elementwise op
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$rows,
                       TransformParamTypeInterface:$columns, TransformParamTypeInterface:$lanes,
                       TransformParamTypeInterface:$split);
  let results = (outs TransformHandleTypeInterface:$products);
  let assemblyFormat = "$target `outputs` $rows `by` $columns `lanes` $lanes `split` $split attr-dict `:` "
                       "functional-type(operands, results)";
}

def StrassenOp : DiapasonOp<"strassen"> {
  let summary = "computes a product of matrices with Strassen's algorithm: seven products of matrices of "
                "half the size, instead of eight";
  let description = [{
    The target is a product in f32 with the loops m, n, k, whose left matrix is stored by rows and whose right
    matrix is constant. Usually it has been tiled by bands of rows and by blocks of columns. The rows of a
    band, the columns of a block, and the reduction are each divided into two halves. If a band has an odd
    number of rows, its halves share one. Halves of a block and of the reduction are computed in vectors of
    `lanes`, which must divide them.

    The sums of the right matrix are computed before all loops, as blocks x products x k/2 x n/2;
    `diapason-split-prepare` moves this out of the kernel. The sums of the left matrix are computed once, by a
    parallel loop before the one around the target. The result is the handle of the products: a
    linalg.generic with the loops p, m, n, k and the target's attributes. If `split` is above 0 and below the
    rows of a half, there are two: one for the first `split` rows, one for the rest. An op that only copies
    the target's result is removed, and its destination is written directly. Fails silenceably and changes
    nothing if the target is not such a product.
    ```
    %r = linalg.generic (m, n, k) ins(%a, %b) outs(%start)
      ->  %u = scf.for .. %b                                             (before all loops)
          %v = scf.forall .. %a                    : 7 x m/2 x k/2       (before the loop around)
          %p = linalg.generic (p, m, n, k) ins(%v, %u) outs(%zeros)  : 7 x m/2 x n/2
          %r = scf.for .. %p, %start
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, TransformParamTypeInterface:$lanes,
                       TransformParamTypeInterface:$split);
  let results = (outs TransformHandleTypeInterface:$products);
  let assemblyFormat = "$target `lanes` $lanes `split` $split attr-dict `:` "
                       "functional-type(operands, results)";
}
