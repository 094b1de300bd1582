// RUN: split-file %s %t
// RUN: %opt %t/payload.mlir --transform-preload-library=transform-library-paths=%t/schedule.mlir,%library/steps.mlir --transform-interpreter | FileCheck %s
// RUN: sed "s/linalg.yield .n/linalg.yield %x/" %t/payload.mlir > %t/identity.mlir
// RUN: %opt %t/identity.mlir --transform-preload-library=transform-library-paths=%t/schedule.mlir,%library/steps.mlir --transform-interpreter | FileCheck %s
// Applies the shared steps to one tiled product. The weights move to `prepare`, accumulators stay in registers over k,
// the result is stored once, and nothing is allocated or copied. The same holds if the consumer changes nothing.

// CHECK-LABEL: func.func @product_prepare
//       CHECK: linalg.transpose {{.*}} permutation = [1, 0]
//   CHECK-NOT: memref.copy
// CHECK-LABEL: func.func @product
//   CHECK-NOT: memref.alloc
//       CHECK: scf.forall (%[[M:.+]]) = (0) to (16) step (2)
//       CHECK:   scf.for %[[K:.+]] = %{{.+}} iter_args(%{{.+}} = %{{.+}}, %{{.+}} = %{{.+}}) -> (vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-8:   vector.fma %{{.+}} : vector<8xf32>
//   CHECK-NOT:     vector.fma
//       CHECK:     scf.yield
// CHECK-COUNT-2: vector.transfer_write
//   CHECK-NOT: vector.transfer_write
//   CHECK-NOT: memref.copy

//--- payload.mlir
func.func @product(%a: memref<16x12xf32> {llvm.noalias}, %b: memref<8x12xf32> {diapason.constant, llvm.noalias}, %o: memref<16x8xf32> {llvm.noalias}) attributes {diapason.kernel} {
  %zero = arith.constant 0.0 : f32
  %at = bufferization.to_tensor %a restrict : memref<16x12xf32> to tensor<16x12xf32>
  %bt = bufferization.to_tensor %b restrict : memref<8x12xf32> to tensor<8x12xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<16x8xf32> to tensor<16x8xf32>
  %e = tensor.empty() : tensor<16x8xf32>
  %f = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<16x8xf32>) {
  ^bb0(%x: f32):
    linalg.yield %zero : f32
  } -> tensor<16x8xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%at, %bt : tensor<16x12xf32>, tensor<8x12xf32>) outs(%f : tensor<16x8xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y fastmath<contract> : f32
    %s = arith.addf %z, %p fastmath<contract> : f32
    linalg.yield %s : f32
  } -> tensor<16x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<16x8xf32>) outs(%ot : tensor<16x8xf32>) {
  ^bb0(%x: f32, %y: f32):
    %n = arith.maxnumf %x, %zero : f32
    linalg.yield %n : f32
  } -> tensor<16x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<16x8xf32>, memref<16x8xf32>) -> ()
  return
}

//--- schedule.mlir
!op = !transform.any_op
module attributes {transform.with_named_sequence} {
  transform.named_sequence private @split_prepare(!op {transform.consumed}) -> (!op, !op, !op)
  transform.named_sequence private @vectorize_tiles(!op {transform.readonly})
  transform.named_sequence private @bufferize(!op {transform.consumed}) -> !op
  transform.named_sequence private @simplify_accesses(!op {transform.readonly})
  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
    %mm = transform.structured.match attributes {anchor} in %m : (!op) -> !op
    %p = transform.diapason.pack_operand %mm operand 1 loops [2, 1] : (!op) -> !op
    %m1, %f, %anchor = transform.include @split_prepare failures(propagate) (%m) : (!op) -> (!op, !op, !op)
    %root = transform.get_consumers_of_result %anchor[0] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [2, 0] {apply_cleanup, use_forall} : (!op) -> (!op, !op)
    transform.apply_dce to %f : !op
    %c = transform.structured.match attributes {anchor} in %f : (!op) -> !op
    %ct, %cl = transform.structured.tile_using_for %c tile_sizes [0, 0, 4] : (!op) -> (!op, !op)
    transform.include @vectorize_tiles failures(propagate) (%f) : (!op) -> ()
    %fb = transform.include @bufferize failures(propagate) (%m1) : (!op) -> !op
    transform.diapason.unroll_vectors_to_1d %fb : !op
    transform.include @simplify_accesses failures(propagate) (%fb) : (!op) -> ()
    transform.yield
  }
}
