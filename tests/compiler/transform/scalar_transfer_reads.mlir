// RUN: %opt %s | FileCheck %s

// Extracted elements become scalar loads. If the vector itself is also used, it is still read as a vector.
// CHECK-LABEL: func.func @elements
//  CHECK-SAME: (%[[A:.+]]: memref<8x4xf32>, %[[I:.+]]: index)
//   CHECK-NOT: vector.transfer_read
//       CHECK: memref.load %[[A]][%[[I]], %c0
//       CHECK: memref.load %[[A]][%[[I]], %c3
func.func @elements(%a: memref<8x4xf32>, %i: index) -> (f32, f32) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %v = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true]} : memref<8x4xf32>, vector<4xf32>
  %x = vector.extract %v[0] : f32 from vector<4xf32>
  %y = vector.extract %v[3] : f32 from vector<4xf32>
  return %x, %y : f32, f32
}
// CHECK-LABEL: func.func @whole
//       CHECK: vector.transfer_read
func.func @whole(%a: memref<8x4xf32>, %i: index) -> vector<4xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %v = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true]} : memref<8x4xf32>, vector<4xf32>
  return %v : vector<4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %f { transform.apply_patterns.diapason.scalar_transfer_reads } : !transform.any_op
    transform.yield
  }
}
