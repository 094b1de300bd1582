// RUN: %opt %s -canonicalize -cse -split-input-file | FileCheck %s

// Two rows are summed together. 22 columns are two vectors of 8 in a loop, and vectors of 4 and 2.
// CHECK-LABEL: func.func @sum_columns
//       CHECK: scf.for %[[R:.+]] = %c0 to %c4 step %c2
//       CHECK:   scf.for {{.*}} iter_args(%{{.+}} = %{{.+}}, %{{.+}} = %{{.+}}) -> (vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-2:   vector.load {{.*}} vector<8xf32>
// CHECK-COUNT-2:   arith.addf {{.*}} : vector<8xf32>
//       CHECK:     scf.yield
// CHECK-COUNT-2: vector.load {{.*}} vector<4xf32>
// CHECK-COUNT-2: vector.load {{.*}} vector<2xf32>
//       CHECK: vector.extract_strided_slice {{.*}} : vector<8xf32> to vector<4xf32>
//       CHECK: memref.store {{.*}} : memref<4xf32>
//       CHECK: memref.store {{.*}} : memref<4xf32>
//   CHECK-NOT: linalg.generic
//       CHECK: return
func.func @sum_columns(%a: memref<4x22xf32>, %o: memref<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : memref<4x22xf32>) outs(%o : memref<4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %y, %x : f32
    linalg.yield %s : f32
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %g = transform.structured.match ops{["linalg.generic"]} in %m : (!transform.any_op) -> !transform.any_op
    %lanes = transform.param.constant 8 : i64 -> !transform.param<i64>
    %vectors = transform.param.constant 1 : i64 -> !transform.param<i64>
    %rows = transform.param.constant 2 : i64 -> !transform.param<i64>
    transform.diapason.to_vector_loops %g lanes %lanes vectors %vectors rows %rows
      : !transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>
    transform.yield
  }
}

// -----

// The rows lie along memory, so each lane has a row. A rest of less than a vector belongs to the last block: 19 are
// 16, 2 and 1. What is the same for all lanes is computed once, as a scalar.
// CHECK-LABEL: func.func @sum_rows
//       CHECK: %[[F:.+]] = memref.load %{{.+}}[] : memref<f32>
//       CHECK: %[[S:.+]] = math.sqrt %[[F]] : f32
//       CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<2xf32>, vector<1xf32>)
//       CHECK:   arith.mulf {{.*}} : vector<8xf32>
//   CHECK-NOT: scf.for
//       CHECK: vector.store {{.*}} vector<1xf32>
func.func @sum_rows(%a: memref<5x19xf32>, %f: memref<f32>, %o: memref<19xf32>) {
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (c, r)>, affine_map<(r, c) -> ()>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%a, %f : memref<5x19xf32>, memref<f32>) outs(%o : memref<19xf32>) {
  ^bb0(%x: f32, %z: f32, %y: f32):
    %q = math.sqrt %z : f32
    %p = arith.mulf %x, %q : f32
    %s = arith.addf %y, %p : f32
    linalg.yield %s : f32
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %g = transform.structured.match ops{["linalg.generic"]} in %m : (!transform.any_op) -> !transform.any_op
    %lanes = transform.param.constant 8 : i64 -> !transform.param<i64>
    %vectors = transform.param.constant 2 : i64 -> !transform.param<i64>
    %rows = transform.param.constant 1 : i64 -> !transform.param<i64>
    transform.diapason.to_vector_loops %g lanes %lanes vectors %vectors rows %rows
      : !transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>
    %l = transform.structured.match ops{["scf.for"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_licm to %l : !transform.any_op
    transform.yield
  }
}

// -----

// Partial results of a difference cannot be combined, and an op with a compound index is left as it is.
// CHECK-LABEL: func.func @left
// CHECK-COUNT-2: linalg.generic
func.func @left(%a: memref<4x16xf32>, %o: memref<4xf32>, %w: memref<4x13xf32>) {
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : memref<4x16xf32>) outs(%o : memref<4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.subf %y, %x : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [affine_map<(r, c, k) -> (r, c + k)>, affine_map<(r, c, k) -> (k)>, affine_map<(r, c, k) -> (r, c)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %o : memref<4x16xf32>, memref<4xf32>) outs(%w : memref<4x13xf32>) {
  ^bb0(%x: f32, %z: f32, %y: f32):
    %s = arith.addf %y, %x : f32
    linalg.yield %s : f32
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %g = transform.structured.match ops{["linalg.generic"]} in %m : (!transform.any_op) -> !transform.any_op
    %one = transform.param.constant 1 : i64 -> !transform.param<i64>
    transform.diapason.to_vector_loops %g lanes %one vectors %one rows %one
      : !transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>
    transform.yield
  }
}
