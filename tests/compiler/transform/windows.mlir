// RUN: %opt %s -split-input-file -canonicalize | FileCheck %s

// The loop over the window's rows skips those of the border. If the input has no border, the loop does not change.
// CHECK-DAG: #[[LOW:.+]] = affine_map<(d0) -> (-d0 + 1, 0)>
// CHECK-DAG: #[[HIGH:.+]] = affine_map<(d0) -> (-d0 + 9, 3)>
// CHECK-DAG: #[[DILATED_LOW:.+]] = affine_map<(d0) -> ((-d0 + 2) ceildiv 2, 0)>
// CHECK-DAG: #[[DILATED_HIGH:.+]] = affine_map<(d0) -> ((-d0 + 10) ceildiv 2, 3)>
// CHECK-LABEL: func.func @bordered
//       CHECK: scf.for %[[H:.+]] = %c0 to %c8
//       CHECK:   %[[L:.+]] = affine.max #[[LOW]](%[[H]])
//       CHECK:   %[[U:.+]] = affine.min #[[HIGH]](%[[H]])
//       CHECK:   scf.for %{{.+}} = %[[L]] to %[[U]]
func.func @bordered(%a: tensor<10x4xf32> {diapason.zero = array<i64: 1, 1, 0, 0>}, %a2: tensor<3xf32>, %o: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, c, k) -> (h + k, c)>, affine_map<(h, c, k) -> (k)>, affine_map<(h, c, k) -> (h, c)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %a2 : tensor<10x4xf32>, tensor<3xf32>) outs(%o : tensor<8x4xf32>) {
  ^bb0(%x: f32, %w: f32, %y: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %p, %y : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}
// CHECK-LABEL: func.func @dilated
//       CHECK: scf.for %[[H:.+]] = %c0 to %c8
//       CHECK:   %[[L:.+]] = affine.max #[[DILATED_LOW]](%[[H]])
//       CHECK:   %[[U:.+]] = affine.min #[[DILATED_HIGH]](%[[H]])
//       CHECK:   scf.for %{{.+}} = %[[L]] to %[[U]]
func.func @dilated(%a: tensor<12x4xf32> {diapason.zero = array<i64: 2, 2, 0, 0>}, %a2: tensor<3xf32>, %o: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, c, k) -> (h + k * 2, c)>, affine_map<(h, c, k) -> (k)>, affine_map<(h, c, k) -> (h, c)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %a2 : tensor<12x4xf32>, tensor<3xf32>) outs(%o : tensor<8x4xf32>) {
  ^bb0(%x: f32, %w: f32, %y: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %p, %y : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}
// CHECK-LABEL: func.func @plain
//       CHECK: scf.for %{{.+}} = %c0 to %c3
func.func @plain(%a: tensor<10x4xf32>, %w: tensor<3xf32>, %o: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, c, k) -> (h + k, c)>, affine_map<(h, c, k) -> (k)>, affine_map<(h, c, k) -> (h, c)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %w : tensor<10x4xf32>, tensor<3xf32>) outs(%o : tensor<8x4xf32>) {
  ^bb0(%x: f32, %v: f32, %y: f32):
    %p = arith.mulf %x, %v : f32
    %s = arith.addf %p, %y : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["linalg.generic"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %h = transform.structured.tile_using_for %c tile_sizes [1, 0, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %u, %k = transform.structured.tile_using_for %t tile_sizes [0, 0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.diapason.skip_zero_rows %k : !transform.any_op
    transform.yield
  }
}

// -----

// CHECK-LABEL: func.func @strided
//       CHECK: %[[S:.+]] = tensor.extract_slice %{{.+}}[0, 0] [4, 3] [2, 1] : tensor<7x3xf32> to tensor<4x3xf32>
//       CHECK: linalg.generic {{.*}} ins(%[[S]] : tensor<4x3xf32>)
func.func @strided(%a: tensor<7x3xf32>, %o: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, c) -> (h * 2, c)>, affine_map<(h, c) -> (h, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<7x3xf32>) outs(%o : tensor<4x3xf32>) {
  ^bb0(%x: f32, %y: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  } -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %f { transform.apply_patterns.diapason.strided_access_to_slice } : !transform.any_op
    transform.yield
  }
}
