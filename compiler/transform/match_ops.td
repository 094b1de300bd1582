// The operations of matchers, which sketches use in @fits. transform_ops.td includes this file.

def MatchOperandOp : DiapasonOp<"match_operand", [MatchOpInterface]> {
  let summary = "says whether an operand of a linalg op is constant, whether it has a border of zeros, and "
                "how it is stored";
  let description = [{
    `constant` is 1 if the operand comes from a function argument with `diapason.constant`, and 0 otherwise.
    `border` is 1 if that argument has a `diapason.zero` border, and 0 otherwise. `last` is the number of
    the loop that indexes the operand's last axis, or -1 if that index is compound or the operand is a
    scalar. Fails silenceably if the target is not a linalg op or does not have the operand.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target, I64Attr:$operand);
  let results = (outs TransformParamTypeInterface:$constant, TransformParamTypeInterface:$border,
                      TransformParamTypeInterface:$last);
  let assemblyFormat = "$target `operand` $operand attr-dict `:` functional-type($target, results)";
}

def MatchCombinerOp : DiapasonOp<"match_combiner", [MatchOpInterface]> {
  let summary = "says how a reduction combines its values";
  let description = [{
    `sums` is 1 if the body adds a value to the first result, and 0 if it combines them in another way, such
    as a maximum. Fails silenceably if the target is not a linalg op.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let results = (outs TransformParamTypeInterface:$sums);
  let assemblyFormat = "$target attr-dict `:` functional-type($target, results)";
}

def MatchRootOp : DiapasonOp<"match_root", [MatchOpInterface]> {
  let summary = "succeeds if no other linalg op reads the target's results: it is the last op of a workload";
  let arguments = (ins TransformHandleTypeInterface:$target);
  let assemblyFormat = "$target attr-dict `:` type($target)";
}

def MatchPlaneOp : DiapasonOp<"match_plane", [MatchOpInterface]> {
  let summary = "finds the two loops of an elementwise op that run along memory: its plane";
  let description = [{
    `columns` is the extent of the loop that indexes the last axis of the result. `rows` is the extent of the
    loop that indexes the last axis of a transposed input, or else of the next axis of the result; it is 1 if
    there is none. `planes` is the number of iterations of all other loops. `transposed` is 1 if an input is
    transposed. `reused` is the number of bytes that a column adds to the inputs which are read again for
    every row. Fails silenceably if the target is not an elementwise linalg op with a static shape.
    ```
    linalg.generic (n, h, w, c) ins(%x[n, c, h, w], %bias[c]) outs(%y[n, h, w, c])
      ->  rows: w, columns: c, planes: n * h, transposed: 1, reused: 4
    ```
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let results = (outs TransformParamTypeInterface:$rows, TransformParamTypeInterface:$columns,
                      TransformParamTypeInterface:$planes, TransformParamTypeInterface:$transposed,
                      TransformParamTypeInterface:$reused);
  let assemblyFormat = "$target attr-dict `:` functional-type($target, results)";
}

def MatchContractionOp : DiapasonOp<"match_contraction", [MatchOpInterface]> {
  let summary = "matches sums of products of two operands whose last loops are m, n and k, and says how they "
                "are stored";
  let description = [{
    The loops are any number of parallel ones, the batch, then m and n, and then the reduction k. The left
    operand is indexed by m and k and not by n, the right one by n and k and not by m, and both by any of the
    batch. Indices are single loops, and the last axis of an operand is not one of the batch.
    `batch` is the number of iterations of the batch. `left_k` is 1 if k indexes the left operand's last axis,
    and 0 if m does; `right_k` is 1 if k indexes the right operand's last axis, and 0 if n does. Fails
    silenceably for everything else. It does not look at what the body computes.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let results = (outs TransformParamTypeInterface:$batch, TransformParamTypeInterface:$m,
                      TransformParamTypeInterface:$n, TransformParamTypeInterface:$k,
                      TransformParamTypeInterface:$left_k, TransformParamTypeInterface:$right_k);
  let assemblyFormat = "$target attr-dict `:` functional-type($target, results)";
}

def MatchRowsOp : DiapasonOp<"match_rows", [MatchOpInterface]> {
  let summary = "says how a chain of elementwise ops and reductions can be cut into rows";
  let description = [{
    The target is the last op of the chain. The chain is all linalg.generic ops that it reads, directly or
    through others. The *rows* are the iterations of the loops for which no producer is computed twice
    (`tile_root`). Fails silenceably if there is an op of another kind, a compound index, a contraction, or no
    reduction.

    `rows` is the number of rows, and `last` that of the innermost of these loops. `outputs` is the number of
    results in a row, and `columns` the number of iterations in a row of the op that has the most. `along` is
    1 if the rows, and not the columns, lie along contiguous memory. `ops` is the number of operations for
    each column, where a function or a division counts as several. `passes` is the number of ops that run
    over all columns.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target);
  let results = (outs TransformParamTypeInterface:$rows, TransformParamTypeInterface:$last,
                      TransformParamTypeInterface:$outputs, TransformParamTypeInterface:$columns,
                      TransformParamTypeInterface:$along, TransformParamTypeInterface:$passes,
                      TransformParamTypeInterface:$ops);
  let assemblyFormat = "$target attr-dict `:` functional-type($target, results)";
}
