// RUN: %opt %s -split-input-file -verify-diagnostics | FileCheck %s

// Merges slices and nothing else, and then, twice, what canonicalization does.
// CHECK-LABEL: func.func @slices
//       CHECK: %[[S:.+]] = tensor.extract_slice %{{.+}}[3] [4] [1] : tensor<16xf32> to tensor<4xf32>
//  CHECK-NEXT: return %[[S]]
func.func @slices(%a: tensor<16xf32>) -> tensor<4xf32> {
  %s = tensor.extract_slice %a[1] [8] [1] : tensor<16xf32> to tensor<8xf32>
  %t = tensor.extract_slice %s[2] [4] [1] : tensor<8xf32> to tensor<4xf32>
  return %t : tensor<4xf32>
}
// CHECK-LABEL: func.func @zero
//       CHECK: %[[C:.+]] = arith.constant 5 : index
//  CHECK-NEXT: return %[[C]]
func.func @zero() -> index {
  %two = arith.constant 2 : index
  %three = arith.constant 3 : index
  %sum = arith.addi %two, %three : index
  return %sum : index
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.diapason.apply_patterns to %f {
      transform.apply_patterns.diapason.merge_slices
    } : !transform.any_op
    transform.diapason.apply_patterns to %m { transform.apply_patterns.canonicalization } : !transform.any_op
    transform.diapason.apply_patterns to %m { transform.apply_patterns.canonicalization } : !transform.any_op
    transform.yield
  }
}

// -----

func.func @f() -> index {
  %two = arith.constant 2 : index
  return %two : index
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["arith.constant"]} in %m : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{the target is not a function or a module, but arith.constant}}
    transform.diapason.apply_patterns to %c { transform.apply_patterns.canonicalization } : !transform.any_op
    transform.yield
  }
}
