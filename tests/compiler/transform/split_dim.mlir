// RUN: %opt %s -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// The dimension is split in the op and in its neighbours, and every boundary gets a view.
// CHECK-LABEL: func.func @product
//  CHECK-SAME: %[[A:.+]]: tensor<8x16xf32>, %[[B:.+]]: tensor<16x64xf32>, %[[O:.+]]: memref<8x64xf32, strided<[96, 1]>>
//   CHECK-DAG: %[[BV:.+]] = tensor.expand_shape %[[B]] {{\[}}[0], [1, 2]] {{.*}} into tensor<16x2x32xf32>
//   CHECK-DAG: %[[OV:.+]] = memref.expand_shape %[[O]] {{\[}}[0], [1, 2]] {{.*}} into memref<8x2x32xf32, strided<[96, 32, 1]>>
//   CHECK-DAG: %[[OT:.+]] = bufferization.to_tensor %[[OV]] restrict writable
//       CHECK: %[[C:.+]] = linalg.generic
//  CHECK-SAME:   iterator_types = ["parallel", "parallel", "parallel", "reduction"]
//  CHECK-SAME:   ins(%[[A]], %[[BV]] : tensor<8x16xf32>, tensor<16x2x32xf32>)
//       CHECK: %[[E:.+]] = linalg.generic
//  CHECK-SAME:   ins(%[[C]] : tensor<8x2x32xf32>) outs(%[[OT]] : tensor<8x2x32xf32>)
//       CHECK: bufferization.materialize_in_destination %[[E]] in restrict writable %[[OV]]
func.func @product(%a: tensor<8x16xf32>, %b: tensor<16x64xf32>, %o: memref<8x64xf32, strided<[96, 1]>>) {
  %e = tensor.empty() : tensor<8x64xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<8x64xf32, strided<[96, 1]>> to tensor<8x64xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<8x16xf32>, tensor<16x64xf32>) outs(%e : tensor<8x64xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<8x64xf32>) outs(%ot : tensor<8x64xf32>) {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  } -> tensor<8x64xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<8x64xf32>, memref<8x64xf32, strided<[96, 1]>>) -> ()
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %n = transform.param.constant 32 : i64 -> !transform.param<i64>
    transform.diapason.split_dim %c dimension 1 by %n : !transform.any_op, !transform.param<i64>
    transform.yield
  }
}

// -----

// A returned tensor keeps its type.
// CHECK-LABEL: func.func @returned
//       CHECK: %[[R:.+]] = linalg.generic
//       CHECK: %[[V:.+]] = tensor.collapse_shape %[[R]] {{\[}}[0, 1]] : tensor<4x2xf32> into tensor<8xf32>
//       CHECK: return %[[V]] : tensor<8xf32>
func.func @returned(%a: tensor<8xf32>, %o: tensor<8xf32>) -> tensor<8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m)>], iterator_types = ["parallel"]}
      ins(%a : tensor<8xf32>) outs(%o : tensor<8xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  } -> tensor<8xf32>
  return %r : tensor<8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %n = transform.param.constant 2 : i64 -> !transform.param<i64>
    transform.diapason.split_dim %c dimension 0 by %n : !transform.any_op, !transform.param<i64>
    transform.yield
  }
}

// -----

func.func @window(%a: tensor<10xf32>, %w: tensor<3xf32>, %o: tensor<8xf32>) -> tensor<8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, k) -> (i + k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%a, %w : tensor<10xf32>, tensor<3xf32>) outs(%o : tensor<8xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %r : tensor<8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %n = transform.param.constant 2 : i64 -> !transform.param<i64>
    // expected-error @below {{cannot split loop 0 by 2: it occurs in a compound index}}
    transform.diapason.split_dim %c dimension 0 by %n : !transform.any_op, !transform.param<i64>
    transform.yield
  }
}

// -----

func.func @uneven(%a: tensor<10xf32>, %o: tensor<10xf32>) -> tensor<10xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<10xf32>) outs(%o : tensor<10xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<10xf32>
  return %r : tensor<10xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %n = transform.param.constant 4 : i64 -> !transform.param<i64>
    // expected-error @below {{cannot split loop 0 by 4: the size does not divide the dimension}}
    transform.diapason.split_dim %c dimension 0 by %n : !transform.any_op, !transform.param<i64>
    transform.yield
  }
}
