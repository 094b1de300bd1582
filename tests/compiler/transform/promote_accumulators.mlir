// RUN: %opt %s | FileCheck %s

// CHECK-LABEL: func.func @sum
//       CHECK: scf.for %[[I:.+]] =
//       CHECK:   %[[S:.+]] = memref.load %[[O:.+]][%[[I]]]
//       CHECK:   %[[R:.+]] = scf.for %{{.+}} iter_args(%[[A:.+]] = %[[S]])
//       CHECK:     %[[N:.+]] = arith.addf %[[A]],
//       CHECK:     scf.yield %[[N]]
//       CHECK:   memref.store %[[R]], %[[O]][%[[I]]]
func.func @sum(%a: memref<4x8xf32>, %o: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %k = %c0 to %c8 step %c1 {
      %x = memref.load %o[%i] : memref<4xf32>
      %y = memref.load %a[%i, %k] : memref<4x8xf32>
      %s = arith.addf %x, %y : f32
      memref.store %s, %o[%i] : memref<4xf32>
    }
  }
  return
}
// CHECK-LABEL: func.func @scale
//       CHECK: scf.for
//       CHECK:   memref.load %{{.+}} : memref<4xf32>
//       CHECK:   scf.for
//   CHECK-NOT:     memref<4xf32>
//       CHECK:     memref.store
func.func @scale(%f: memref<4xf32>, %o: memref<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %k = %c0 to %c8 step %c1 {
      %x = memref.load %f[%i] : memref<4xf32>
      memref.store %x, %o[%i, %k] : memref<4x8xf32>
    }
  }
  return
}
// Nothing is promoted if another element of the same buffer is read, because it may be the one that was stored.
// CHECK-LABEL: func.func @prefix
//   CHECK-NOT: iter_args
func.func @prefix(%o: memref<8xf32>, %j: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %k = %c0 to %c8 step %c1 {
    %x = memref.load %o[%j] : memref<8xf32>
    %y = memref.load %o[%k] : memref<8xf32>
    %s = arith.addf %x, %y : f32
    memref.store %s, %o[%j] : memref<8xf32>
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.promote_accumulators %f : !transform.any_op
    transform.yield
  }
}
