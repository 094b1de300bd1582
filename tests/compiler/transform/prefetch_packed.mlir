// RUN: %opt %s | FileCheck %s

// A step of k reads two lines of block %i. The four tiles of m share the prefetches of the lines of block %i + 1.
// CHECK-DAG: #[[NEXT:.+]] = affine_map<(d0, d1) -> (d1 + 1)>
// CHECK-LABEL: func.func @blocks
//       CHECK: scf.for %[[I:.+]] =
//       CHECK:   scf.for %[[M:.+]] =
//       CHECK:     scf.for %[[K:.+]] =
//       CHECK:       %[[N:.+]] = affine.apply #[[NEXT]](%[[M]], %[[I]])
//       CHECK:       memref.prefetch %{{.+}}[%[[N]], %{{.+}}, %{{.+}}], read, locality<2>, data
//   CHECK-NOT:       memref.prefetch
// CHECK-LABEL: func.func @others
//   CHECK-NOT:   memref.prefetch
// Along the second axis, the next block of the last one is the first one of the next slice.
// CHECK-LABEL: func.func @second_axis
//       CHECK: scf.for %[[I:.+]] =
//       CHECK:   scf.for %[[P:.+]] =
//       CHECK:     scf.for %[[K:.+]] =
//       CHECK:       %[[N:.+]] = affine.apply #{{.+}}(%[[P]])
//       CHECK:       memref.prefetch %{{.+}}[%[[I]], %[[N]], %{{.+}}, %{{.+}}], read, locality<2>, data
func.func @blocks(%w: memref<3x8x16xf32> {diapason.packed}, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c3 step %c1 {
    scf.for %m = %c0 to %c16 step %c4 {
      scf.for %k = %c0 to %c8 step %c2 {
        %k1 = arith.addi %k, %c1 : index
        %a = vector.transfer_read %w[%i, %k, %c0], %zero {in_bounds = [true]} : memref<3x8x16xf32>, vector<16xf32>
        %b = vector.transfer_read %w[%i, %k1, %c0], %zero {in_bounds = [true]} : memref<3x8x16xf32>, vector<16xf32>
        %s = arith.addf %a, %b : vector<16xf32>
        vector.transfer_write %s, %o[%m, %c0] {in_bounds = [true]} : vector<16xf32>, memref<16x16xf32>
      }
    }
  }
  return
}
func.func @others(%w: memref<3x8x16xf32>, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c3 step %c1 {
    %a = vector.transfer_read %w[%i, %c0, %c0], %zero {in_bounds = [true]} : memref<3x8x16xf32>, vector<16xf32>
    vector.transfer_write %a, %o[%c0] {in_bounds = [true]} : vector<16xf32>, memref<16xf32>
  }
  return
}
func.func @second_axis(%w: memref<3x2x8x16xf32> {diapason.packed}, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c3 step %c1 {
    scf.for %p = %c0 to %c2 step %c1 {
      scf.for %k = %c0 to %c8 step %c1 {
        %a = vector.transfer_read %w[%i, %p, %k, %c0], %zero {in_bounds = [true]} : memref<3x2x8x16xf32>, vector<16xf32>
        vector.transfer_write %a, %o[%c0] {in_bounds = [true]} : vector<16xf32>, memref<16xf32>
      }
    }
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    %first, %others, %second = transform.split_handle %f : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.diapason.prefetch_packed %first : !transform.any_op
    transform.diapason.prefetch_packed %others : !transform.any_op
    transform.diapason.prefetch_packed %second {axis = 1} : !transform.any_op
    transform.yield
  }
}
