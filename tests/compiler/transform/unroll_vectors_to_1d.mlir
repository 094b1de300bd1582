// RUN: %opt %s -split-input-file | FileCheck %s

// k is outermost, and each row has one broadcast scalar and one FMA. Columns of the border (here the first) are left out.
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
// The coefficients of a constant matrix become code: rows (1, 2, 0) and (-1, 2, 0) share a product, and a row of zeros is
// a constant.
// CHECK-LABEL: func.func @constant_matrix
//   CHECK-DAG: %[[TWO:.+]] = arith.constant dense<2.000000e+00> : vector<8xf32>
//   CHECK-DAG: %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : vector<8xf32>
//   CHECK-DAG: %[[A:.+]] = vector.extract %arg0[0]
//   CHECK-DAG: %[[B:.+]] = vector.extract %arg0[1]
//       CHECK: %[[P:.+]] = arith.mulf %[[TWO]], %[[B]]
//       CHECK: %[[SUM:.+]] = arith.addf %[[P]], %[[A]]
//       CHECK: %[[DIFFERENCE:.+]] = arith.subf %[[P]], %[[A]]
//       CHECK: vector.insert %[[SUM]], %{{.+}} [0]
//       CHECK: vector.insert %[[DIFFERENCE]], %{{.+}} [1]
//       CHECK: vector.insert %[[ZERO]], %{{.+}} [2]
#by = affine_map<(m, n, k) -> (m, k)>
#from = affine_map<(m, n, k) -> (k, n)>
#to = affine_map<(m, n, k) -> (m, n)>
func.func @constant_matrix(%v: vector<3x8xf32>) -> vector<3x8xf32> {
  %m = arith.constant dense<[[1.0, 2.0, 0.0], [-1.0, 2.0, 0.0], [0.0, 0.0, 0.0]]> : vector<3x3xf32>
  %zero = arith.constant dense<0.0> : vector<3x8xf32>
  %r = vector.contract {indexing_maps = [#by, #from, #to], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>}
      %m, %v, %zero : vector<3x3xf32>, vector<3x8xf32> into vector<3x8xf32>
  return %r : vector<3x8xf32>
}
// Rows are taken out of a vector without code.
// CHECK-LABEL: func.func @extract
// CHECK-COUNT-2: arith.addf
//       CHECK: %[[A:.+]] = arith.addf
//       CHECK: %[[B:.+]] = arith.addf
//       CHECK: vector.insert %[[A]], %{{.+}} [0]
//       CHECK: vector.insert %[[B]], %{{.+}} [1]
func.func @extract(%v: vector<3x2x8xf32>) -> vector<2x8xf32> {
  %s = arith.addf %v, %v : vector<3x2x8xf32>
  %r = vector.extract %s[1] : vector<2x8xf32> from vector<3x2x8xf32>
  return %r : vector<2x8xf32>
}
// CHECK-LABEL: func.func @elementwise
// CHECK-COUNT-2: arith.maxnumf %{{.+}}, %{{.+}} : vector<8xf32>
//   CHECK-NOT: arith.maxnumf
func.func @elementwise(%a: vector<2x8xf32>, %b: vector<2x8xf32>) -> vector<2x8xf32> {
  %r = arith.maxnumf %a, %b : vector<2x8xf32>
  return %r : vector<2x8xf32>
}
// Each row of the result has the same element everywhere.
// CHECK-LABEL: func.func @transposed_broadcast
//   CHECK-DAG: %[[A:.+]] = vector.extract %{{.+}}[0] : f32 from vector<2xf32>
//   CHECK-DAG: %[[B:.+]] = vector.extract %{{.+}}[1] : f32 from vector<2xf32>
//   CHECK-DAG: vector.broadcast %[[A]] : f32 to vector<8xf32>
//   CHECK-DAG: vector.broadcast %[[B]] : f32 to vector<8xf32>
//   CHECK-NOT: vector.transpose
func.func @transposed_broadcast(%a: vector<2xf32>) -> vector<2x8xf32> {
  %b = vector.broadcast %a : vector<2xf32> to vector<8x2xf32>
  %r = vector.transpose %b, [1, 0] : vector<8x2xf32> to vector<2x8xf32>
  return %r : vector<2x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.unroll_vectors_to_1d %f : !transform.any_op
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
    transform.diapason.unroll_vectors_to_1d %f {skip_zero_columns} : !transform.any_op
    transform.yield
  }
}

// -----

// Rows of 24 elements are cut, and so are the values that the loop carries.
// CHECK-LABEL: func.func @uneven
//       CHECK: %[[SUM:.+]]:2 = scf.for %[[I:.+]] = {{.+}} iter_args(%[[S0:.+]] = %{{.+}}, %[[S1:.+]] = %{{.+}}) -> (vector<16xf32>, vector<8xf32>)
//   CHECK-DAG:   %[[R0:.+]] = vector.transfer_read %{{.+}}[%[[I]], %c0], %{{.+}} : memref<4x24xf32>, vector<16xf32>
//   CHECK-DAG:   %[[R1:.+]] = vector.transfer_read %{{.+}}[%[[I]], %c16{{.*}}], %{{.+}} : memref<4x24xf32>, vector<8xf32>
//   CHECK-DAG:   %[[N0:.+]] = arith.addf %[[S0]], %[[R0]] : vector<16xf32>
//   CHECK-DAG:   %[[N1:.+]] = arith.addf %[[S1]], %[[R1]] : vector<8xf32>
//       CHECK:   scf.yield %[[N0]], %[[N1]]
//   CHECK-DAG: vector.transfer_write %[[SUM]]#0, %{{.+}}[%c0] {{.+}} : vector<16xf32>
//   CHECK-DAG: vector.transfer_write %[[SUM]]#1, %{{.+}}[%c16{{.*}}] {{.+}} : vector<8xf32>
//   CHECK-NOT: vector<24xf32>
func.func @uneven(%a: memref<4x24xf32>, %o: memref<24xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %init = arith.constant dense<0.0> : vector<24xf32>
  %sum = scf.for %i = %c0 to %c4 step %c1 iter_args(%s = %init) -> vector<24xf32> {
    %r = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true]} : memref<4x24xf32>, vector<24xf32>
    %n = arith.addf %s, %r : vector<24xf32>
    scf.yield %n : vector<24xf32>
  }
  vector.transfer_write %sum, %o[%c0] {in_bounds = [true]} : vector<24xf32>, memref<24xf32>
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.unroll_vectors_to_1d %f : !transform.any_op
    transform.yield
  }
}

// -----

// Rows are addressed in the buffer, not in its slices. If a slice has strides, this holds only for operands that become
// scalars.
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#acc = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @slices
//  CHECK-SAME: (%[[A:.+]]: memref<9x9x4xf32>, %[[O:.+]]: memref<8x8xf32>, %{{.+}}: vector<4x8xf32>, %[[I:.+]]: index)
//   CHECK-DAG: vector.transfer_read %[[A]][%[[I]], %c1{{.*}}, %c0{{.*}}], %{{.+}} : memref<9x9x4xf32>, vector<4xf32>
//   CHECK-DAG: vector.transfer_read %[[A]][%[[I]], %c3{{.*}}, %c0{{.*}}], %{{.+}} : memref<9x9x4xf32>, vector<4xf32>
// CHECK-COUNT-2: vector.transfer_write %{{.+}}, %[[O]][
// CHECK-LABEL: func.func @strided_rows
//       CHECK: %[[S:.+]] = memref.subview
//       CHECK: vector.transfer_read %[[S]]
func.func @slices(%a: memref<9x9x4xf32>, %o: memref<8x8xf32>, %b: vector<4x8xf32>, %i: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.subview %a[%i, 1, 0] [1, 2, 4] [1, 2, 1] : memref<9x9x4xf32> to memref<2x4xf32, strided<[8, 1], offset: ?>>
  %t = memref.subview %o[%i, 0] [2, 8] [1, 1] : memref<8x8xf32> to memref<2x8xf32, strided<[8, 1], offset: ?>>
  %v = vector.transfer_read %s[%c0, %c0], %zero {in_bounds = [true, true]} : memref<2x4xf32, strided<[8, 1], offset: ?>>, vector<2x4xf32>
  %c = vector.transfer_read %t[%c0, %c0], %zero {in_bounds = [true, true]} : memref<2x8xf32, strided<[8, 1], offset: ?>>, vector<2x8xf32>
  %r = vector.contract {indexing_maps = [#lhs, #rhs, #acc], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>}
      %v, %b, %c : vector<2x4xf32>, vector<4x8xf32> into vector<2x8xf32>
  vector.transfer_write %r, %t[%c0, %c0] {in_bounds = [true, true]} : vector<2x8xf32>, memref<2x8xf32, strided<[8, 1], offset: ?>>
  return
}
func.func @strided_rows(%a: memref<9x4xf32>) -> vector<2x4xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.subview %a[1, 0] [2, 4] [2, 1] : memref<9x4xf32> to memref<2x4xf32, strided<[8, 1], offset: 4>>
  %v = vector.transfer_read %s[%c0, %c0], %zero {in_bounds = [true, true]} : memref<2x4xf32, strided<[8, 1], offset: 4>>, vector<2x4xf32>
  %n = arith.negf %v : vector<2x4xf32>
  return %n : vector<2x4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.unroll_vectors_to_1d %f : !transform.any_op
    transform.yield
  }
}

// -----

// Rows that are not contiguous in memory are transferred element by element, because MLIR's patterns that fold such a
// transfer into its view never end.
// CHECK-LABEL: func.func @scattered
// CHECK-COUNT-4: memref.load
//       CHECK: vector.from_elements
//   CHECK-NOT: vector.transfer_read
// CHECK-COUNT-4: memref.store
//   CHECK-NOT: vector.transfer_write
func.func @scattered(%from: memref<4x6xf32>, %to: memref<4x6xf32>, %i: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = memref.subview %from[0, %i] [4, 1] [1, 1] : memref<4x6xf32> to memref<4xf32, strided<[6], offset: ?>>
  %b = memref.subview %to[0, %i] [4, 1] [1, 1] : memref<4x6xf32> to memref<4xf32, strided<[6], offset: ?>>
  %v = vector.transfer_read %a[%c0], %zero {in_bounds = [true]} : memref<4xf32, strided<[6], offset: ?>>, vector<4xf32>
  vector.transfer_write %v, %b[%c0] {in_bounds = [true]} : vector<4xf32>, memref<4xf32, strided<[6], offset: ?>>
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.unroll_vectors_to_1d %f : !transform.any_op
    transform.yield
  }
}

// -----

// The columns of a block are read along memory and transposed: 4 x 4 elements within 128 bits. Rows of one element
// are broadcast.
// CHECK-LABEL: func.func @transposed
// CHECK-COUNT-4: vector.transfer_read %{{.+}} : memref<20x30xf32>, vector<4xf32>
//       CHECK: vector.shuffle %{{.+}}, %{{.+}} [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
//       CHECK: vector.shuffle %{{.+}}, %{{.+}} [2, 6, 3, 7] : vector<4xf32>, vector<4xf32>
//       CHECK: vector.shuffle %{{.+}}, %{{.+}} [0, 1, 4, 5] : vector<4xf32>, vector<4xf32>
//       CHECK: vector.shuffle %{{.+}}, %{{.+}} [2, 3, 6, 7] : vector<4xf32>, vector<4xf32>
// CHECK-COUNT-4: memref.load %{{.+}} : memref<30xf32>
// CHECK-COUNT-4: arith.addf %{{.+}}, %{{.+}} : vector<4xf32>
func.func @transposed(%a: memref<20x30xf32>, %b: memref<30xf32>, %i: index, %j: index) -> vector<4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %v = vector.transfer_read %a[%i, %j], %zero {in_bounds = [true, true], permutation_map = affine_map<(m, n) -> (n, m)>} : memref<20x30xf32>, vector<4x4xf32>
  %w = vector.transfer_read %b[%j], %zero {in_bounds = [true, true], permutation_map = affine_map<(n) -> (n, 0)>} : memref<30xf32>, vector<4x4xf32>
  %s = arith.addf %v, %w : vector<4x4xf32>
  return %s : vector<4x4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.unroll_vectors_to_1d %f {transpose_in_registers} : !transform.any_op
    transform.yield
  }
}
