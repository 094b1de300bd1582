// RUN: %opt %s -split-input-file -verify-diagnostics | FileCheck %s

// Five rows are two halves of three rows, which share row 2. Row i and row i + 2 make a pair.
//   CHECK-DAG: #[[LOWER:.+]] = affine_map<(d0) -> (d0 + 2)>
// CHECK-LABEL: func.func @product
//  CHECK-SAME: %[[A:.+]]: tensor<5x16xf32>, %[[B:.+]]: tensor<16x8xf32>
// The sums of B come first: one block of columns, seven products, half of the depth, half of the columns.
//       CHECK: %[[U:.+]] = scf.for {{.*}} -> (tensor<1x7x8x4xf32>)
// CHECK-COUNT-4: vector.transfer_read %[[B]]{{.*}} vector<4xf32>
// CHECK-COUNT-7: vector.transfer_write {{.*}} vector<4xf32>, tensor<1x7x8x4xf32>
// Those of A are computed in parallel.
//       CHECK: %[[V:.+]] = scf.forall {{.*}} -> (tensor<7x3x8xf32>)
// CHECK-COUNT-4: vector.transfer_read %[[A]]{{.*}} vector<4xf32>
// CHECK-COUNT-7: vector.transfer_write {{.*}} vector<4xf32>
//       CHECK: %[[RIGHT:.+]] = tensor.extract_slice %[[U]]
//       CHECK: %[[P:.+]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%[[V]], %[[RIGHT]] : tensor<7x3x8xf32>, tensor<7x8x4xf32>) {{.*}} attrs = {anchor}
//       CHECK: scf.for %[[ROW:[^ ]+]] = {{.*}} -> (tensor<5x8xf32>)
// CHECK-COUNT-7: vector.transfer_read %[[P]]
//       CHECK:   affine.apply #[[LOWER]](%[[ROW]])
func.func @product(%a: tensor<5x16xf32>, %b: tensor<16x8xf32>, %start: tensor<5x8xf32>) -> tensor<5x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<5x16xf32>, tensor<16x8xf32>) outs(%start : tensor<5x8xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<5x8xf32>
  return %r : tensor<5x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %four = transform.param.constant 4 : i64 -> !transform.param<i64>
    %p = transform.diapason.strassen %c lanes %four split %zero : (!transform.any_op, !transform.param<i64>, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}

// -----

// Vectors of eight do not divide half of eight columns.
func.func @narrow(%a: tensor<4x16xf32>, %b: tensor<16x8xf32>, %start: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<4x16xf32>, tensor<16x8xf32>) outs(%start : tensor<4x8xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %eight = transform.param.constant 8 : i64 -> !transform.param<i64>
    // expected-error @below {{the lanes do not divide half of the target's columns and of its reduction}}
    %p = transform.diapason.strassen %c lanes %eight split %zero : (!transform.any_op, !transform.param<i64>, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}
