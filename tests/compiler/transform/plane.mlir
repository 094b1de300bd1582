// RUN: %opt %s -split-input-file -verify-diagnostics | FileCheck %s

// The input's last axis is w, and the result's is c. One iteration of the other loops is a plane.
// CHECK-LABEL: func.func @to_channels_last
//       CHECK: scf.forall (%{{.+}}, %{{.+}}, %{{.+}}) = (0, 0, 0) to (2, 6, 40) step (1, 1, 20)
//       CHECK:   scf.for %{{.+}} = %c0{{.*}} to %c16{{.*}} step %c8
//       CHECK:     scf.for %{{.+}} = %c0{{.*}} to %c12{{.*}} step %c4
//       CHECK:       linalg.generic {{.*}} ins(%{{.+}}, %{{.+}} : tensor<1x4x1x8xf32>, tensor<4xf32>)
//       CHECK:   linalg.generic {{.*}} ins(%{{.+}}, %{{.+}} : tensor<1x3x1x8xf32>, tensor<3xf32>)
//       CHECK:   linalg.generic {{.*}} ins(%{{.+}}, %{{.+}} : tensor<1x4x1x4xf32>, tensor<4xf32>)
//       CHECK:   linalg.generic {{.*}} ins(%{{.+}}, %{{.+}} : tensor<1x3x1x4xf32>, tensor<3xf32>)
func.func @to_channels_last(%a: tensor<2x15x6x40xf32>, %b: tensor<15xf32>, %o: tensor<2x6x40x15xf32>) -> tensor<2x6x40x15xf32> {
  // expected-remark @below {{rows 40}}
  // expected-remark @below {{columns 15}}
  // expected-remark @below {{planes 12}}
  // expected-remark @below {{transposed 1}}
  // expected-remark @below {{reused 4}}
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, c, h, w)>, affine_map<(n, h, w, c) -> (c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%a, %b : tensor<2x15x6x40xf32>, tensor<15xf32>) outs(%o : tensor<2x6x40x15xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<2x6x40x15xf32>
  return %r : tensor<2x6x40x15xf32>
}
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {
  transform.named_sequence @plane(%op: !op {transform.readonly}) -> (!op, !p, !p, !p, !p, !p) {
    %d:5 = transform.diapason.match_plane %op : (!op) -> (!p, !p, !p, !p, !p)
    transform.yield %op, %d#0, %d#1, %d#2, %d#3, %d#4 : !op, !p, !p, !p, !p, !p
  }
  transform.named_sequence @__transform_main(%m: !op {transform.readonly}) {
    %r, %d:5 = transform.collect_matching @plane in %m : (!op) -> (!op, !p, !p, !p, !p, !p)
    transform.debug.emit_param_as_remark %d#0, "rows" at %r : !p, !op
    transform.debug.emit_param_as_remark %d#1, "columns" at %r : !p, !op
    transform.debug.emit_param_as_remark %d#2, "planes" at %r : !p, !op
    transform.debug.emit_param_as_remark %d#3, "transposed" at %r : !p, !op
    transform.debug.emit_param_as_remark %d#4, "reused" at %r : !p, !op
    %none = transform.param.constant 0 : i64 -> !p
    %c20 = transform.param.constant 20 : i64 -> !p
    %c15 = transform.param.constant 15 : i64 -> !p
    %c8 = transform.param.constant 8 : i64 -> !p
    %c4 = transform.param.constant 4 : i64 -> !p
    %c3 = transform.param.constant 3 : i64 -> !p
    %u = transform.diapason.tile_plane %r rows %c20 rest %none columns %c15 rest %none {use_forall}
      : (!op, !p, !p, !p, !p) -> !op
    %t = transform.diapason.tile_plane %u rows %c8 rest %c4 columns %c4 rest %c3 : (!op, !p, !p, !p, !p) -> !op
    transform.yield
  }
}

// -----

// Without a transposed input, the rows are the next axis of the result with more than one element.
func.func @chain(%a: tensor<5x1x7xi64>, %o: tensor<5x1x7xi64>) -> tensor<5x1x7xi64> {
  // expected-remark @below {{rows 5}}
  // expected-remark @below {{transposed 0}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%a : tensor<5x1x7xi64>) outs(%o : tensor<5x1x7xi64>) {
  ^bb0(%x: i64, %y: i64):
    linalg.yield %x : i64
  } -> tensor<5x1x7xi64>
  return %r : tensor<5x1x7xi64>
}
// Reductions, reads of a table, and what follows a reduction are not matched.
func.func @others(%a: tensor<5x7xf32>, %i: tensor<5xindex>, %o: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) {
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<5x7xf32>) outs(%o : tensor<5xf32>) {
  ^bb0(%x: f32, %y: f32):
    %z = arith.addf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<5xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%i : tensor<5xindex>) outs(%o : tensor<5xf32>) {
  ^bb0(%x: index, %y: f32):
    %z = tensor.extract %a[%x, %x] : tensor<5x7xf32>
    linalg.yield %z : f32
  } -> tensor<5xf32>
  %u = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%s : tensor<5xf32>) outs(%o : tensor<5xf32>) {
  ^bb0(%x: f32, %y: f32):
    %z = arith.negf %x : f32
    linalg.yield %z : f32
  } -> tensor<5xf32>
  return %s, %t, %u : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>
}
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {
  transform.named_sequence @plane(%op: !op {transform.readonly}) -> (!op, !p, !p) {
    %d:5 = transform.diapason.match_plane %op : (!op) -> (!p, !p, !p, !p, !p)
    transform.yield %op, %d#0, %d#3 : !op, !p, !p
  }
  transform.named_sequence @__transform_main(%m: !op {transform.readonly}) {
    %r, %rows, %transposed = transform.collect_matching @plane in %m : (!op) -> (!op, !p, !p)
    transform.debug.emit_param_as_remark %rows, "rows" at %r : !p, !op
    transform.debug.emit_param_as_remark %transposed, "transposed" at %r : !p, !op
    transform.yield
  }
}

// -----

func.func @uneven(%a: tensor<20xf32>, %o: tensor<20xf32>) -> tensor<20xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<20xf32>) outs(%o : tensor<20xf32>) attrs = {root} {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<20xf32>
  return %r : tensor<20xf32>
}
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !op {transform.readonly}) {
    %r = transform.structured.match attributes {root} in %m : (!op) -> !op
    %none = transform.param.constant 0 : i64 -> !p
    %c1 = transform.param.constant 1 : i64 -> !p
    %c8 = transform.param.constant 8 : i64 -> !p
    // expected-error @below {{tiles of 8 leave 4 of 20, not 0}}
    %t = transform.diapason.tile_plane %r rows %c1 rest %none columns %c8 rest %none : (!op, !p, !p, !p, !p) -> !op
    transform.yield
  }
}
