// RUN: %opt %s -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// The batch becomes loops of the forall and is removed from all ops; the blocks come before the rows.
// CHECK-LABEL: func.func @batch
//       CHECK: scf.forall (%[[I:.+]], %[[J:.+]], %[[M:.+]], %[[N:.+]]) = (0, 0, 0, 0) to (2, 3, 8, 4) step (1, 1, 4, 1)
//       CHECK:   linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins({{.*}} : tensor<4x16xf32>, tensor<16x1x8xf32>) outs({{.*}} : tensor<4x1x8xf32>)
//       CHECK:   %[[R:.+]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]} ins({{.*}} : tensor<4x1x8xf32>) outs({{.*}} : tensor<4x1x8xf32>)
//       CHECK:   tensor.parallel_insert_slice %[[R]] into %{{.+}}[%[[I]], %[[J]], %[[M]], %[[N]], 0] [1, 1, 4, 1, 8]
//       CHECK: {diapason.order = [0, 1, 3, 2]}
func.func @batch(%a: tensor<2x3x8x16xf32>, %b: tensor<3x16x4x8xf32>, %o: tensor<2x3x8x4x8xf32>) -> tensor<2x3x8x4x8xf32> {
  %e = tensor.empty() : tensor<2x3x8x4x8xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(g, b, m, p, n, k) -> (g, b, m, k)>, affine_map<(g, b, m, p, n, k) -> (b, k, p, n)>, affine_map<(g, b, m, p, n, k) -> (g, b, m, p, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%a, %b : tensor<2x3x8x16xf32>, tensor<3x16x4x8xf32>) outs(%e : tensor<2x3x8x4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<2x3x8x4x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(g, b, m, p, n) -> (g, b, m, p, n)>, affine_map<(g, b, m, p, n) -> (g, b, m, p, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%c : tensor<2x3x8x4x8xf32>) outs(%o : tensor<2x3x8x4x8xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  } -> tensor<2x3x8x4x8xf32>
  return %r : tensor<2x3x8x4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %r = transform.structured.match attributes {root} in %m : (!transform.any_op) -> !transform.any_op
    %rows = transform.param.constant 4 : i64 -> !transform.param<i64>
    %blocks = transform.param.constant 1 : i64 -> !transform.param<i64>
    %all = transform.param.constant 0 : i64 -> !transform.param<i64>
    %u, %l = transform.diapason.tile_units %r sizes [%rows, %blocks, %all] order [1, 0, 2] : (!transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>) -> (!transform.any_op, !transform.any_op)
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_dce to %f : !transform.any_op
    transform.yield
  }
}

// -----

func.func @uneven(%a: tensor<10xf32>, %o: tensor<10xf32>) -> tensor<10xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<10xf32>) outs(%o : tensor<10xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<10xf32>
  return %r : tensor<10xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %r = transform.structured.match attributes {root} in %m : (!transform.any_op) -> !transform.any_op
    %n = transform.param.constant 4 : i64 -> !transform.param<i64>
    // expected-error @below {{size 4 does not divide 10}}
    %u, %l = transform.diapason.tile_units %r sizes [%n] order [0] : (!transform.any_op, !transform.param<i64>) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
