// RUN: %opt %s --cse | FileCheck %s

// The values of both chains are combined once. Each chain is tested for NaN once, and the infinity that
// changes nothing is left out.
// CHECK-LABEL: func.func @two_chains
//  CHECK-SAME:   (%[[A:.+]]: vector<8xf32>, %[[B:.+]]: vector<8xf32>, %[[C:.+]]: vector<8xf32>, %[[D:.+]]: vector<8xf32>)
//   CHECK-NOT: arith.maximumf
//       CHECK: %[[BETTER:.+]] = arith.cmpf ogt, %[[C]], %[[B]]
//  CHECK-NEXT: %[[BC:.+]] = arith.select %[[BETTER]], %[[C]], %[[B]]
//  CHECK-NEXT: %[[ORDERED:.+]] = arith.cmpf ord, %[[B]], %[[C]]
//  CHECK-NEXT: %[[BETTER1:.+]] = arith.cmpf ogt, %[[BC]], %[[A]]
//  CHECK-NEXT: %[[ABC:.+]] = arith.select %[[BETTER1]], %[[BC]], %[[A]]
//  CHECK-NEXT: %[[ORDERED1:.+]] = arith.cmpf ord, %[[A]], %[[A]]
//  CHECK-NEXT: %[[ALL1:.+]] = arith.andi %[[ORDERED]], %[[ORDERED1]]
//       CHECK: %[[NAN:.+]] = arith.constant dense<0x7FC00000> : vector<8xf32>
//  CHECK-NEXT: %[[FIRST:.+]] = arith.select %[[ALL1]], %[[ABC]], %[[NAN]]
//       CHECK: %[[ORDERED2:.+]] = arith.cmpf ord, %[[D]], %[[D]]
//  CHECK-NEXT: %[[ALL2:.+]] = arith.andi %[[ORDERED]], %[[ORDERED2]]
//  CHECK-NEXT: %[[SECOND:.+]] = arith.select %[[ALL2]], %{{.+}}, %[[NAN]]
//  CHECK-NEXT: return %[[FIRST]], %[[SECOND]]
func.func @two_chains(%a: vector<8xf32>, %b: vector<8xf32>, %c: vector<8xf32>, %d: vector<8xf32>)
    -> (vector<8xf32>, vector<8xf32>) {
  %none = arith.constant dense<0xFF800000> : vector<8xf32>
  %0 = arith.maximumf %a, %none fastmath<nsz> : vector<8xf32>
  %1 = arith.maximumf %0, %b fastmath<nsz> : vector<8xf32>
  %2 = arith.maximumf %1, %c fastmath<nsz> : vector<8xf32>
  %3 = arith.maximumf %b, %c fastmath<nsz> : vector<8xf32>
  %4 = arith.maximumf %3, %d fastmath<nsz> : vector<8xf32>
  return %2, %4 : vector<8xf32>, vector<8xf32>
}

// Minima, and scalars. Values without partners are tested for NaN in pairs.
// CHECK-LABEL: func.func @minima
//  CHECK-SAME:   (%[[A:.+]]: f32, %[[B:.+]]: f32, %[[C:.+]]: f32)
//   CHECK-NOT: arith.minimumf
//       CHECK: arith.cmpf olt, %[[B]], %[[A]]
//       CHECK: arith.cmpf ord, %[[A]], %[[B]]
//       CHECK: arith.cmpf olt, %[[C]]
//       CHECK: arith.cmpf ord, %[[C]], %[[C]]
func.func @minima(%a: f32, %b: f32, %c: f32) -> f32 {
  %0 = arith.minimumf %a, %b fastmath<nsz> : f32
  %1 = arith.minimumf %0, %c fastmath<nsz> : f32
  return %1 : f32
}

// The maximum of two values needs a test of its own in any case. Without nsz, the order of zeroes matters. A
// partial result that something else reads stays.
// CHECK-LABEL: func.func @unchanged
//       CHECK: arith.maximumf %arg0, %arg1 fastmath<nsz>
//       CHECK: arith.maximumf %arg0, %arg2 :
//       CHECK: arith.maximumf %{{.+}}, %arg1 :
//       CHECK: arith.maximumf %arg1, %arg2 fastmath<nsz>
//       CHECK: arith.maximumf %{{.+}}, %arg0 fastmath<nsz>
func.func @unchanged(%a: f32, %b: f32, %c: f32) -> (f32, f32, f32, f32) {
  %0 = arith.maximumf %a, %b fastmath<nsz> : f32
  %1 = arith.maximumf %a, %c : f32
  %2 = arith.maximumf %1, %b : f32
  %3 = arith.maximumf %b, %c fastmath<nsz> : f32
  %4 = arith.maximumf %3, %a fastmath<nsz> : f32
  return %0, %2, %3, %4 : f32, f32, f32, f32
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.share_maxima %f : !transform.any_op
    transform.yield
  }
}
