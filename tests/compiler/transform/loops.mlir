// RUN: %opt %s -split-input-file -verify-diagnostics | FileCheck %s

// The channels of a pool are contiguous in memory, but its window is not.
// CHECK-DAG: #[[IN:.+]] = affine_map<(d0, d1, d2) -> (d0 + d1, d2)>
// CHECK-DAG: #[[WINDOW:.+]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG: #[[OUT:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func.func @pool
//       CHECK: linalg.generic {indexing_maps = [#[[IN]], #[[WINDOW]], #[[OUT]]], iterator_types = ["parallel", "reduction", "parallel"]}
//       CHECK: arith.addf %{{.+}}, %{{.+}} fastmath<reassoc,contract>
func.func @pool(%a: tensor<10x16xf32>, %w: tensor<3xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, c, k) -> (h + k, c)>, affine_map<(h, c, k) -> (k)>, affine_map<(h, c, k) -> (h, c)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<10x16xf32>, tensor<3xf32>) outs(%o : tensor<8x16xf32>) {
  ^bb0(%x: f32, %v: f32, %y: f32):
    %s = arith.addf %x, %y fastmath<contract> : f32
    linalg.yield %s : f32
  } -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}
// An elementwise op keeps its flags, and an op that uses linalg.index keeps its loops.
// CHECK-LABEL: func.func @indices
//       CHECK: linalg.generic
//       CHECK: linalg.index 1
//       CHECK: arith.negf %{{.+}} fastmath<contract>
func.func @indices(%a: tensor<8xf32>, %o: tensor<16x8xf32>) -> tensor<16x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%o : tensor<16x8xf32>) {
  ^bb0(%y: f32):
    %j = linalg.index 1 : index
    %x = tensor.extract %a[%j] : tensor<8xf32>
    %n = arith.negf %x fastmath<contract> : f32
    linalg.yield %n : f32
  } -> tensor<16x8xf32>
  return %r : tensor<16x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %ops = transform.structured.match interface{LinalgOp} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.order_loops %ops : !transform.any_op
    %ordered = transform.structured.match interface{LinalgOp} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.allow_reassociation %ordered : !transform.any_op
    transform.yield
  }
}

// -----

// CHECK-LABEL: func.func @unroll
//   CHECK-NOT: scf.for
// CHECK-COUNT-3: memref.store
//   CHECK-NOT: memref.store
func.func @unroll(%o: memref<3xf32>, %v: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  scf.for %i = %c0 to %c3 step %c1 {
    memref.store %v, %o[%i] : memref<3xf32>
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %l = transform.structured.match ops{["scf.for"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.unroll_full %l : !transform.any_op
    transform.yield
  }
}

// -----

func.func @dynamic(%o: memref<?xf32>, %v: f32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.store %v, %o[%i] : memref<?xf32>
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %l = transform.structured.match ops{["scf.for"]} in %m : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{the target is not an scf.for with a constant trip count}}
    transform.diapason.unroll_full %l : !transform.any_op
    transform.yield
  }
}
