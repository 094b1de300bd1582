// RUN: %opt %s -split-input-file | FileCheck %s

// k outermost; a broadcast scalar and one FMA for each row. Columns of the border (here the first) contribute nothing.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#acc = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @contract
// CHECK-COUNT-6: vector.fma %{{.+}}, %{{.+}}, %{{.+}} : vector<8xf32>
//   CHECK-NOT: vector.fma
func.func @contract(%a: vector<3x2xf32>, %b: vector<2x8xf32>, %c: vector<3x8xf32>) -> vector<3x8xf32> {
  %r = vector.contract {indexing_maps = [#lhs, #rhs, #acc], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>}
      %a, %b, %c : vector<3x2xf32>, vector<2x8xf32> into vector<3x8xf32>
  return %r : vector<3x8xf32>
}
// CHECK-LABEL: func.func @elementwise
// CHECK-COUNT-2: arith.maxnumf %{{.+}}, %{{.+}} : vector<8xf32>
//   CHECK-NOT: arith.maxnumf
func.func @elementwise(%a: vector<2x8xf32>, %b: vector<2x8xf32>) -> vector<2x8xf32> {
  %r = arith.maxnumf %a, %b : vector<2x8xf32>
  return %r : vector<2x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %f { transform.apply_patterns.diapason.vectors_to_rows } : !transform.any_op
    transform.yield
  }
}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#acc = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @border
// CHECK-COUNT-4: vector.fma
//   CHECK-NOT: vector.fma
func.func @border(%a: memref<5x2xf32> {diapason.zero = array<i64: 1, 1, 0, 0>}, %b: vector<2x8xf32>, %c: vector<3x8xf32>) -> vector<3x8xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.subview %a[0, 0] [3, 2] [1, 1] : memref<5x2xf32> to memref<3x2xf32, strided<[2, 1]>>
  %v = vector.transfer_read %s[%c0, %c0], %zero {in_bounds = [true, true]} : memref<3x2xf32, strided<[2, 1]>>, vector<3x2xf32>
  %r = vector.contract {indexing_maps = [#lhs, #rhs, #acc], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>}
      %v, %b, %c : vector<3x2xf32>, vector<2x8xf32> into vector<3x8xf32>
  return %r : vector<3x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %f { transform.apply_patterns.diapason.vectors_to_rows {skip_zero_columns} } : !transform.any_op
    transform.yield
  }
}
