// Steps that sketches share. A sketch declares those that it uses (`transform.named_sequence private
// @...`). They do not depend on shapes or knobs, and work with tiles of any size. %f is the kernel's
// function.
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {

  // Moves operations that depend only on constants out of the kernel into `prepare`. It runs after packing
  // and before tiling. Handles into the module become invalid. The results are the module, the kernel's
  // function, and the op in it that is marked "anchor".
  transform.named_sequence @split_prepare(%module: !op {transform.consumed}) -> (!op, !op, !op) {
    %m = transform.apply_registered_pass "diapason-split-prepare" to %module : (!op) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    %anchor = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    transform.yield %m, %f, %anchor : !op, !op, !op
  }

  // Makes the blocks a slower dimension of the parallel loop than the rows. The loop's dimensions are
  // (rows, blocks) if %order is 1, and (batch, rows, blocks) if it is 2. If %order is 0, nothing changes.
  transform.named_sequence @order_blocks_first(%stage: !op {transform.readonly},
      %order: !p {transform.readonly}) {
    transform.tune.alternatives<"stage"> selected_region = %order : !p {
      transform.yield
    }, {
      %slow = transform.param.constant [1, 0] -> !transform.any_param
      transform.annotate %stage "diapason.order" = %slow : !op, !transform.any_param
      transform.yield
    }, {
      %slow = transform.param.constant [0, 2, 1] -> !transform.any_param
      transform.annotate %stage "diapason.order" = %slow : !op, !transform.any_param
      transform.yield
    }
    transform.yield
  }

  // Vectorizes tiles. The accumulators of a tile stay in registers during its reduction loops.
  transform.named_sequence @vectorize_tiles(%f: !op {transform.readonly}) {
    transform.diapason.apply_patterns to %f {
      transform.apply_patterns.linalg.fold_unit_extent_dims_via_slices
      transform.apply_patterns.diapason.strided_access_to_slice
      transform.apply_patterns.diapason.merge_slices
      transform.apply_patterns.canonicalization
      transform.apply_patterns.scf.for_loop_canonicalization
    } : !op
    transform.diapason.hoist_slices %f : !op
    transform.diapason.apply_patterns to %f { transform.apply_patterns.tensor.fold_tensor_empty } : !op
    transform.apply_cse to %f : !op
    %tiles = transform.structured.match interface{LinalgOp} in %f : (!op) -> !op
    transform.structured.vectorize %tiles : !op
    transform.diapason.apply_patterns to %f {
      transform.apply_patterns.vector.reduction_to_contract
      transform.apply_patterns.vector.transfer_permutation_patterns
    } : !op
    %loops = transform.structured.match ops{["scf.for"]} in %f : (!op) -> !op
    transform.apply_licm to %loops : !op
    transform.diapason.hoist_slices %f : !op
    transform.diapason.apply_patterns to %f { transform.apply_patterns.canonicalization } : !op
    transform.apply_cse to %f : !op
    transform.yield
  }

  // Replaces tensors by buffers, without copies. Handles into the module become invalid. The first step lets
  // tiles without an epilogue accumulate in the destination instead of a tensor of their own.
  transform.named_sequence @bufferize(%module: !op {transform.consumed}) -> !op {
    transform.bufferization.eliminate_empty_tensors %module : !op
    %m = transform.bufferization.one_shot_bufferize layout{IdentityLayoutMap} %module
      {bufferize_function_boundaries = true} : (!op) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    transform.apply_cse to %m : !op
    transform.diapason.apply_patterns to %m { transform.apply_patterns.canonicalization } : !op
    transform.yield %f : !op
  }

  // Runs after vectors have become one-dimensional. Scalars are then loaded directly where they are
  // broadcast, and every access uses its argument instead of a view.
  transform.named_sequence @simplify_accesses(%f: !op {transform.readonly}) {
    transform.diapason.apply_patterns to %f {
      transform.apply_patterns.diapason.scalar_transfer_reads
      transform.apply_patterns.memref.fold_memref_alias_ops
    } : !op
    transform.apply_cse to %f : !op
    transform.yield
  }

  // Moves loads down to their uses, or does not: the search chooses.
  transform.named_sequence @sink_loads(%f: !op {transform.readonly}) {
    transform.tune.alternatives<"sink"> {
      transform.diapason.sink_loads %f : !op
      transform.yield
    }, {
      transform.yield
    }
    transform.yield
  }
}
