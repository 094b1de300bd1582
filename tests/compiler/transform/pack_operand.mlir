// RUN: %opt %s -split-input-file -verify-diagnostics | FileCheck %s

// The axes get the order of the loops that index them, whatever their order in memory.
// CHECK-LABEL: func.func @weights
//  CHECK-SAME: %[[A:.+]]: tensor<4x16xf32>, %[[W:.+]]: tensor<8x16xf32>
//       CHECK: %[[E:.+]] = tensor.empty() : tensor<16x8xf32>
//       CHECK: %[[P:.+]] = linalg.transpose ins(%[[W]] : tensor<8x16xf32>) outs(%[[E]] : tensor<16x8xf32>) permutation = [1, 0]
//       CHECK: linalg.generic {{.*}} ins(%[[A]], %[[P]] : tensor<4x16xf32>, tensor<16x8xf32>)
func.func @weights(%a: tensor<4x16xf32>, %w: tensor<8x16xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %w : tensor<4x16xf32>, tensor<8x16xf32>) outs(%o : tensor<4x8xf32>) attrs = {anchor} {
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
    %p = transform.diapason.pack_operand %c operand 1 loops [2, 1] : (!transform.any_op) -> !transform.any_op
    // There is nothing to do the second time.
    %q = transform.diapason.pack_operand %c operand 1 loops [2, 1] : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// Axes of loops that are not listed come first, and negative numbers count from the last loop.
// CHECK-LABEL: func.func @batch
//       CHECK: linalg.transpose {{.*}} permutation = [0, 2, 1]
//       CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<3x4x16xf32>, tensor<3x16x8xf32>)
func.func @batch(%a: tensor<3x4x16xf32>, %w: tensor<3x8x16xf32>, %o: tensor<3x4x8xf32>) -> tensor<3x4x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%a, %w : tensor<3x4x16xf32>, tensor<3x8x16xf32>) outs(%o : tensor<3x4x8xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<3x4x8xf32>
  return %r : tensor<3x4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %p = transform.diapason.pack_operand %c operand 1 loops [-1, -2] : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

func.func @wrong_loops(%a: tensor<4x16xf32>, %o: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<4x16xf32>) outs(%o : tensor<4x16xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{the listed loops are not those that index input 0}}
    %p = transform.diapason.pack_operand %c operand 0 loops [2] : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
