// RUN: %opt %s | FileCheck %s

// The slice is moved out of both loops, which then carry only the slice.
// CHECK-LABEL: func.func @nest
//       CHECK: %[[S:.+]] = tensor.extract_slice %[[X:.+]][4] [4] [1]
//       CHECK: %[[O:.+]] = scf.for {{.+}} iter_args(%[[A:.+]] = %[[S]]) -> (tensor<4xf32>) {
//       CHECK:   %[[I:.+]] = scf.for {{.+}} iter_args(%[[B:.+]] = %[[A]]) -> (tensor<4xf32>) {
//       CHECK:     %[[R:.+]] = linalg.exp ins(%[[B]]
//       CHECK:     scf.yield %[[R]]
//       CHECK:   scf.yield %[[I]]
//       CHECK: %[[Y:.+]] = tensor.insert_slice %[[O]] into %[[X]][4] [4] [1]
//       CHECK: return %[[Y]]
func.func @nest(%x: tensor<16xf32>) -> tensor<16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%t = %x) -> (tensor<16xf32>) {
    %q = scf.for %j = %c0 to %c8 step %c1 iter_args(%u = %t) -> (tensor<16xf32>) {
      %s = tensor.extract_slice %u[4] [4] [1] : tensor<16xf32> to tensor<4xf32>
      %e = linalg.exp ins(%s : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
      %w = tensor.insert_slice %e into %u[4] [4] [1] : tensor<4xf32> into tensor<16xf32>
      scf.yield %w : tensor<16xf32>
    }
    scf.yield %q : tensor<16xf32>
  }
  return %r : tensor<16xf32>
}

// The second loop starts with the result of the first, so that the loop around them carries the vector too.
// CHECK-LABEL: func.func @one_after_another
//       CHECK: vector.transfer_read
//       CHECK: scf.for {{.+}} -> (vector<4xf32>) {
//       CHECK:   %[[F:.+]] = scf.for {{.+}} -> (vector<4xf32>) {
//       CHECK:   scf.for {{.+}} iter_args(%{{.+}} = %[[F]]) -> (vector<4xf32>) {
//   CHECK-NOT: vector.transfer_write
//       CHECK:   scf.yield %{{.+}} : vector<4xf32>
//  CHECK-NEXT:   }
//  CHECK-NEXT:   scf.yield %{{.+}} : vector<4xf32>
//  CHECK-NEXT: }
//  CHECK-NEXT: vector.transfer_write
func.func @one_after_another(%x: tensor<4xf32>, %v: vector<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%t = %x) -> (tensor<4xf32>) {
    %p = scf.for %j = %c0 to %c8 step %c1 iter_args(%u = %t) -> (tensor<4xf32>) {
      %a = vector.transfer_read %u[%c0], %zero {in_bounds = [true]} : tensor<4xf32>, vector<4xf32>
      %b = arith.addf %a, %v : vector<4xf32>
      %w = vector.transfer_write %b, %u[%c0] {in_bounds = [true]} : vector<4xf32>, tensor<4xf32>
      scf.yield %w : tensor<4xf32>
    }
    %q = scf.for %j = %c0 to %c8 step %c1 iter_args(%u = %p) -> (tensor<4xf32>) {
      %a = vector.transfer_read %u[%c0], %zero {in_bounds = [true]} : tensor<4xf32>, vector<4xf32>
      %b = arith.mulf %a, %v : vector<4xf32>
      %w = vector.transfer_write %b, %u[%c0] {in_bounds = [true]} : vector<4xf32>, tensor<4xf32>
      scf.yield %w : tensor<4xf32>
    }
    scf.yield %q : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// A slice whose place depends on the loop is not hoisted.
// CHECK-LABEL: func.func @moving
//       CHECK: scf.for
//  CHECK-NEXT:   tensor.extract_slice
func.func @moving(%x: tensor<16xf32>) -> tensor<16xf32> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %r = scf.for %i = %c0 to %c16 step %c4 iter_args(%t = %x) -> (tensor<16xf32>) {
    %s = tensor.extract_slice %t[%i] [4] [1] : tensor<16xf32> to tensor<4xf32>
    %e = linalg.exp ins(%s : tensor<4xf32>) outs(%s : tensor<4xf32>) -> tensor<4xf32>
    %w = tensor.insert_slice %e into %t[%i] [4] [1] : tensor<4xf32> into tensor<16xf32>
    scf.yield %w : tensor<16xf32>
  }
  return %r : tensor<16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.hoist_slices %f : !transform.any_op
    transform.apply_patterns to %f { transform.apply_patterns.canonicalization } : !transform.any_op
    transform.yield
  }
}
