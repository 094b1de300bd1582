// RUN: %opt %s -cse -split-input-file | FileCheck %s

// The sum computes the exponentials and keeps them, and they are written to where the quotients will be. The
// difference is cheap, so it is computed where it is read.
// CHECK-LABEL: func.func @softmax
//  CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>, %[[M:.+]]: tensor<4xf32>, %[[S:.+]]: tensor<4xf32>, %[[O:.+]]: tensor<4x8xf32>
//       CHECK: %[[E:.+]]:2 = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[M]] {{.*}}outs(%[[O]], %[[S]]
//       CHECK:   arith.subf
//       CHECK:   math.exp
//       CHECK:   arith.addf
//       CHECK: linalg.generic {{.*}} ins(%[[E]]#0, %[[E]]#1 {{.*}} outs(%[[E]]#0
//       CHECK:   arith.divf
//   CHECK-NOT: linalg.generic
func.func @softmax(%x: tensor<4x8xf32>, %m: tensor<4xf32>, %s0: tensor<4xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %empty = tensor.empty() : tensor<4x8xf32>
  %e = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<4x8xf32>, tensor<4xf32>) outs(%empty : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %d = arith.subf %a, %b : f32
    %p = math.exp %d : f32
    linalg.yield %p : f32
  } -> tensor<4x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%e : tensor<4x8xf32>) outs(%s0 : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %p = arith.addf %b, %a : f32
    linalg.yield %p : f32
  } -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%e, %s : tensor<4x8xf32>, tensor<4xf32>) outs(%o : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %q = arith.divf %a, %b : f32
    linalg.yield %q : f32
  } -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.fuse_into_reductions %f : !transform.any_op
    transform.diapason.compute_in_place %f : !transform.any_op
    transform.yield
  }
}

// -----

// Each of the two readers of a difference computes it. The last op reads its own destination, so nothing may be
// written there before.
// CHECK-LABEL: func.func @centre
//       CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]}
//       CHECK:   arith.subf
//       CHECK:   arith.mulf
//       CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
//       CHECK:   arith.subf
//   CHECK-NOT: linalg.generic
func.func @centre(%x: tensor<4x8xf32>, %m: tensor<4xf32>, %s0: tensor<4xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %empty = tensor.empty() : tensor<4x8xf32>
  %e = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<4x8xf32>, tensor<4xf32>) outs(%empty : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %d = arith.subf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<4x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%e : tensor<4x8xf32>) outs(%s0 : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %q = arith.mulf %a, %a : f32
    %p = arith.addf %b, %q : f32
    linalg.yield %p : f32
  } -> tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%e, %s : tensor<4x8xf32>, tensor<4xf32>) outs(%o : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %q = arith.mulf %a, %b : f32
    %r = arith.addf %q, %c : f32
    linalg.yield %r : f32
  } -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.fuse_into_reductions %f : !transform.any_op
    transform.diapason.compute_in_place %f : !transform.any_op
    transform.yield
  }
}
