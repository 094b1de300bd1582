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

// -----

// With a rest there are two chains of ops, on two parts of every buffer.
// CHECK-LABEL: func.func @rest
//  CHECK-SAME: %[[A:.+]]: tensor<8x16xf32>, %[[B:.+]]: memref<16x70xf32>, %[[O:.+]]: memref<8x70xf32>
//   CHECK-DAG: %[[O0:.+]] = memref.subview %[[O]][0, 0] [8, 64] [1, 1]
//   CHECK-DAG: %[[O1:.+]] = memref.subview %[[O]][0, 64] [8, 6] [1, 1]
//   CHECK-DAG: %[[W0:.+]] = memref.expand_shape %[[O0]] {{.*}} into memref<8x2x32xf32
//   CHECK-DAG: %[[W1:.+]] = memref.expand_shape %[[O1]] {{.*}} into memref<8x1x6xf32
//       CHECK: %[[P0:.+]] = linalg.generic {{.*}} ins(%[[A]], {{.*}} : tensor<8x16xf32>, tensor<16x2x32xf32>) {{.*}} attrs = {anchor}
//       CHECK: %[[P1:.+]] = linalg.generic {{.*}} ins(%[[A]], {{.*}} : tensor<8x16xf32>, tensor<16x1x6xf32>) {{.*}} attrs = {anchor}
//       CHECK: %[[R0:.+]] = linalg.generic {{.*}} ins(%[[P0]] : tensor<8x2x32xf32>)
//       CHECK: %[[R1:.+]] = linalg.generic {{.*}} ins(%[[P1]] : tensor<8x1x6xf32>)
//   CHECK-DAG: bufferization.materialize_in_destination %[[R0]] in restrict writable %[[W0]]
//   CHECK-DAG: bufferization.materialize_in_destination %[[R1]] in restrict writable %[[W1]]
func.func @rest(%a: tensor<8x16xf32>, %b: memref<16x70xf32>, %o: memref<8x70xf32>) {
  %e = tensor.empty() : tensor<8x70xf32>
  %bt = bufferization.to_tensor %b restrict : memref<16x70xf32> to tensor<16x70xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<8x70xf32> to tensor<8x70xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %bt : tensor<8x16xf32>, tensor<16x70xf32>) outs(%e : tensor<8x70xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x70xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<8x70xf32>) outs(%ot : tensor<8x70xf32>) {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  } -> tensor<8x70xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<8x70xf32>, memref<8x70xf32>) -> ()
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %n = transform.param.constant 32 : i64 -> !transform.param<i64>
    %r = transform.param.constant 6 : i64 -> !transform.param<i64>
    transform.diapason.split_dim %c dimension -2 by %n rest %r : !transform.any_op, !transform.param<i64>, !transform.param<i64>
    transform.yield
  }
}

// -----

// A returned tensor is put together from both parts.
// CHECK-LABEL: func.func @joined
//       CHECK: %[[R0:.+]] = linalg.generic {{.*}} outs({{.*}} : tensor<3x2xf32>)
//       CHECK: %[[R1:.+]] = linalg.generic {{.*}} outs({{.*}} : tensor<1x1xf32>)
//       CHECK: %[[V0:.+]] = tensor.collapse_shape %[[R0]] {{.*}} into tensor<6xf32>
//       CHECK: %[[J:.+]] = tensor.insert_slice %[[V0]] into %{{.+}}[0] [6] [1]
//       CHECK: %[[V1:.+]] = tensor.collapse_shape %[[R1]] {{.*}} into tensor<1xf32>
//       CHECK: %[[K:.+]] = tensor.insert_slice %[[V1]] into %[[J]][6] [1] [1]
//       CHECK: return %[[K]]
func.func @joined(%a: tensor<7xf32>, %o: tensor<7xf32>) -> tensor<7xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m)>], iterator_types = ["parallel"]}
      ins(%a : tensor<7xf32>) outs(%o : tensor<7xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  } -> tensor<7xf32>
  return %r : tensor<7xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %n = transform.param.constant 2 : i64 -> !transform.param<i64>
    %r = transform.param.constant 1 : i64 -> !transform.param<i64>
    transform.diapason.split_dim %c dimension 0 by %n rest %r : !transform.any_op, !transform.param<i64>, !transform.param<i64>
    transform.yield
  }
}

// -----

func.func @wrong_rest(%a: tensor<10xf32>, %o: tensor<10xf32>) -> tensor<10xf32> {
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
    %r = transform.param.constant 3 : i64 -> !transform.param<i64>
    // expected-error @below {{cannot split loop 0 by 4: the rest is 2}}
    transform.diapason.split_dim %c dimension 0 by %n rest %r : !transform.any_op, !transform.param<i64>, !transform.param<i64>
    transform.yield
  }
}
