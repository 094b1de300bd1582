// RUN: %opt %s | FileCheck %s

// Loads with the same first use keep their order.
// CHECK-LABEL: func.func @first_use
//       CHECK: %[[S:.+]] = arith.mulf
//  CHECK-NEXT: %[[A:.+]] = vector.transfer_read %arg0
//  CHECK-NEXT: %[[B:.+]] = vector.load %arg1
//  CHECK-NEXT: %[[T:.+]] = vector.fma %[[S]], %[[A]], %[[B]]
//  CHECK-NEXT: arith.addf %[[T]], %[[A]]
func.func @first_use(%x: memref<8xf32>, %y: memref<8xf32>, %v: vector<8xf32>) -> vector<8xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = vector.transfer_read %x[%c0], %zero {in_bounds = [true]} : memref<8xf32>, vector<8xf32>
  %b = vector.load %y[%c0] : memref<8xf32>, vector<8xf32>
  %s = arith.mulf %v, %v : vector<8xf32>
  %t = vector.fma %s, %a, %b : vector<8xf32>
  %u = arith.addf %t, %a : vector<8xf32>
  return %u : vector<8xf32>
}

// A load stays before a write, and before the loop in which it is used.
// CHECK-LABEL: func.func @write
//       CHECK: arith.mulf
//  CHECK-NEXT: %[[A:.+]] = vector.load %arg0
//  CHECK-NEXT: vector.store %arg1, %arg0
//       CHECK: %[[B:.+]] = vector.load %arg0
//  CHECK-NEXT: scf.for
//       CHECK: arith.addf %[[B]], %[[A]]
func.func @write(%x: memref<8xf32>, %v: vector<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %a = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
  %s = arith.mulf %v, %v : vector<8xf32>
  vector.store %v, %x[%c0] : memref<8xf32>, vector<8xf32>
  %b = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
  %d = arith.divf %s, %v : vector<8xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    %t = arith.addf %b, %a : vector<8xf32>
    %u = arith.addf %t, %d : vector<8xf32>
    vector.store %u, %x[%c0] : memref<8xf32>, vector<8xf32>
  }
  return
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.sink_loads %f : !transform.any_op
    transform.yield
  }
}
