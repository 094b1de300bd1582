// Steps that sketches share. A sketch declares the ones it uses (`transform.named_sequence private @...`).
// None depends on shapes or knobs: they take tiles as they are. %f is the kernel's function.
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {

  // After packing and before tiling: what depends on constants only leaves the kernel for `prepare`.
  // Handles into the module end here; the results are the kernel's function and the op marked "anchor" in it.
  transform.named_sequence @split_prepare(%module: !op {transform.consumed}) -> (!op, !op, !op) {
    %m = transform.apply_registered_pass "diapason-split-prepare" to %module : (!op) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    %anchor = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    transform.yield %m, %f, %anchor : !op, !op, !op
  }

  // %order 1: the parallel loop's two dimensions are (rows, blocks), 2: (batch, rows, blocks); blocks become
  // the slower ones.
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

  // Tiles to vectors; what a tile accumulates stays in registers over its reduction loops.
  transform.named_sequence @vectorize_tiles(%f: !op {transform.readonly}) {
    transform.apply_patterns to %f {
      transform.apply_patterns.linalg.fold_unit_extent_dims_via_slices
      transform.apply_patterns.diapason.strided_access_to_slice
      transform.apply_patterns.diapason.merge_slices
      transform.apply_patterns.canonicalization
      transform.apply_patterns.scf.for_loop_canonicalization
    } : !op
    transform.diapason.hoist_slices %f : !op
    transform.apply_patterns to %f {
      transform.apply_patterns.canonicalization
      transform.apply_patterns.tensor.fold_tensor_empty
    } : !op
    transform.apply_cse to %f : !op
    %tiles = transform.structured.match interface{LinalgOp} in %f : (!op) -> !op
    transform.structured.vectorize %tiles : !op
    transform.apply_patterns to %f {
      transform.apply_patterns.vector.reduction_to_contract
      transform.apply_patterns.vector.transfer_permutation_patterns
    } : !op
    %loops = transform.structured.match ops{["scf.for"]} in %f : (!op) -> !op
    transform.apply_licm to %loops : !op
    transform.diapason.hoist_slices %f : !op
    transform.apply_patterns to %f { transform.apply_patterns.canonicalization } : !op
    transform.apply_cse to %f : !op
    transform.yield
  }

  // Tensors to buffers, without copies. Handles into the module end here.
  transform.named_sequence @bufferize(%module: !op {transform.consumed}) -> !op {
    %m = transform.bufferization.one_shot_bufferize layout{IdentityLayoutMap} %module
      {bufferize_function_boundaries = true} : (!op) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m : (!op) -> !op
    transform.apply_cse to %m : !op
    transform.apply_patterns to %m { transform.apply_patterns.canonicalization } : !op
    transform.yield %f : !op
  }

  // After vectors have become rows: scalars are loaded where they are broadcast, every access names its
  // argument.
  transform.named_sequence @simplify_accesses(%f: !op {transform.readonly}) {
    transform.apply_patterns to %f {
      transform.apply_patterns.diapason.scalar_transfer_reads
      transform.apply_patterns.memref.fold_memref_alias_ops
    } : !op
    transform.apply_cse to %f : !op
    transform.yield
  }

  // Loads down to their uses, or not: a choice of the search.
  transform.named_sequence @sink_loads(%f: !op {transform.readonly}) {
    transform.tune.alternatives<"sink"> {
      transform.apply_patterns to %f { transform.apply_patterns.x86vector.sink_vector_producer_ops } : !op
      transform.yield
    }, {
      transform.yield
    }
    transform.yield
  }
}
