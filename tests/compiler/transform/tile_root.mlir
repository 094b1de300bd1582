// RUN: %opt %s -canonicalize -cse -split-input-file | FileCheck %s

// Rows become units. Columns do not, because the sum over them would be computed again for each part.
// CHECK-LABEL: func.func @normalise
//       CHECK: scf.forall (%[[I:.+]]) = (0) to (12) step (2)
//       CHECK:   linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins({{.*}} : tensor<2x8xf32>)
//       CHECK:   linalg.generic {{.*}} ins({{.*}} : tensor<2x8xf32>, tensor<2xf32>)
//   CHECK-NOT: linalg.generic
func.func @normalise(%a: tensor<12x8xf32>, %o: tensor<12x8xf32>) -> tensor<12x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<12xf32>
  %f = linalg.generic {indexing_maps = [affine_map<(r) -> (r)>], iterator_types = ["parallel"]} outs(%e : tensor<12xf32>) {
  ^bb0(%x: f32):
    linalg.yield %zero : f32
  } -> tensor<12xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<12x8xf32>) outs(%f : tensor<12xf32>) {
  ^bb0(%x: f32, %y: f32):
    %p = arith.addf %x, %y : f32
    linalg.yield %p : f32
  } -> tensor<12xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%a, %s : tensor<12x8xf32>, tensor<12xf32>) outs(%o : tensor<12x8xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %q = arith.divf %x, %y : f32
    linalg.yield %q : f32
  } -> tensor<12x8xf32>
  return %r : tensor<12x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %r = transform.structured.match attributes {root} in %m : (!transform.any_op) -> !transform.any_op
    %g = transform.param.constant 16 : i64 -> !transform.param<i64>
    %l = transform.diapason.tile_root %r grain %g : (!transform.any_op, !transform.param<i64>) -> !transform.any_op
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_dce to %f : !transform.any_op
    transform.yield
  }
}

// -----

// Outer loops get tile size 1, and the loop at which a unit becomes small enough is tiled by a divisor.
// CHECK-LABEL: func.func @copy
//       CHECK: scf.forall (%{{.+}}, %{{.+}}) = (0, 0) to (3, 10) step (1, 5)
func.func @copy(%a: tensor<3x10x4xf32>, %o: tensor<3x10x4xf32>) -> tensor<3x10x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a : tensor<3x10x4xf32>) outs(%o : tensor<3x10x4xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<3x10x4xf32>
  return %r : tensor<3x10x4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %r = transform.structured.match attributes {root} in %m : (!transform.any_op) -> !transform.any_op
    %g = transform.param.constant 30 : i64 -> !transform.param<i64>
    %l = transform.diapason.tile_root %r grain %g : (!transform.any_op, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}

// -----

// A root that is smaller than the grain does not change.
// CHECK-LABEL: func.func @small
//   CHECK-NOT: scf.forall
func.func @small(%a: tensor<4xf32>, %o: tensor<4xf32>) -> tensor<4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<4xf32>) outs(%o : tensor<4xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %r = transform.structured.match attributes {root} in %m : (!transform.any_op) -> !transform.any_op
    %g = transform.param.constant 30 : i64 -> !transform.param<i64>
    %l = transform.diapason.tile_root %r grain %g : (!transform.any_op, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}

// -----

// A loop of one iteration is skipped, although no producer is indexed by it.
// CHECK-LABEL: func.func @single
//       CHECK: scf.forall (%{{.+}}) in (6)
func.func @single(%a: tensor<6x4xf32>, %o: tensor<1x6x4xf32>) -> tensor<1x6x4xf32> {
  %e = tensor.empty() : tensor<6x4xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<6x4xf32>) outs(%e : tensor<6x4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %m = arith.negf %x : f32
    linalg.yield %m : f32
  } -> tensor<6x4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(b, i, j) -> (i, j)>, affine_map<(b, i, j) -> (b, i, j)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%n : tensor<6x4xf32>) outs(%o : tensor<1x6x4xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32):
    %m = arith.negf %x : f32
    linalg.yield %m : f32
  } -> tensor<1x6x4xf32>
  return %r : tensor<1x6x4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %r = transform.structured.match attributes {root} in %m : (!transform.any_op) -> !transform.any_op
    %g = transform.param.constant 4 : i64 -> !transform.param<i64>
    %l = transform.diapason.tile_root %r grain %g : (!transform.any_op, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}
