// RUN: %opt %s | FileCheck %s

// CHECK-LABEL: func.func @read
//       CHECK: tensor.extract_slice %{{.+}}[%{{.+}}, 3] [1, 4] [1, 1] : tensor<8x8xf32> to tensor<4xf32>
//   CHECK-NOT: tensor.extract_slice
func.func @read(%a: tensor<8x8xf32>, %i: index) -> tensor<4xf32> {
  %s = tensor.extract_slice %a[%i, 1] [2, 7] [1, 1] : tensor<8x8xf32> to tensor<2x7xf32>
  %t = tensor.extract_slice %s[1, 2] [1, 4] [1, 1] : tensor<2x7xf32> to tensor<4xf32>
  return %t : tensor<4xf32>
}

// CHECK-LABEL: func.func @read_and_written
//       CHECK: %[[S:.+]] = tensor.extract_slice %{{.+}}[2, 1] [2, 7] [1, 1]
//       CHECK: tensor.extract_slice %[[S]][0, 2] [1, 4] [1, 1]
//       CHECK: tensor.insert_slice %{{.+}} into %[[S]]
func.func @read_and_written(%a: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %s = tensor.extract_slice %a[2, 1] [2, 7] [1, 1] : tensor<8x8xf32> to tensor<2x7xf32>
  %t = tensor.extract_slice %s[0, 2] [1, 4] [1, 1] : tensor<2x7xf32> to tensor<1x4xf32>
  %n = math.absf %t : tensor<1x4xf32>
  %u = tensor.insert_slice %n into %s[0, 2] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<2x7xf32>
  %v = tensor.insert_slice %u into %a[2, 1] [2, 7] [1, 1] : tensor<2x7xf32> into tensor<8x8xf32>
  return %v : tensor<8x8xf32>
}

// A value that fills a slice is inserted directly, and then reads no longer need the slice.
// CHECK-LABEL: func.func @filled
//       CHECK: %[[T:.+]] = tensor.extract_slice %[[A:.+]][2, 1] [1, 7] [1, 1] : tensor<8x8xf32> to tensor<7xf32>
//       CHECK: %[[N:.+]] = math.absf %[[T]]
//       CHECK: tensor.insert_slice %[[N]] into %[[A]][2, 1] [1, 7] [1, 1] : tensor<7xf32> into tensor<8x8xf32>
func.func @filled(%a: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %s = tensor.extract_slice %a[2, 1] [1, 7] [1, 1] : tensor<8x8xf32> to tensor<1x7xf32>
  %t = tensor.extract_slice %s[0, 0] [1, 7] [1, 1] : tensor<1x7xf32> to tensor<7xf32>
  %n = math.absf %t : tensor<7xf32>
  %u = tensor.insert_slice %n into %s[0, 0] [1, 7] [1, 1] : tensor<7xf32> into tensor<1x7xf32>
  %v = tensor.insert_slice %u into %a[2, 1] [1, 7] [1, 1] : tensor<1x7xf32> into tensor<8x8xf32>
  return %v : tensor<8x8xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %f {
      transform.apply_patterns.canonicalization
      transform.apply_patterns.diapason.merge_slices
    } : !transform.any_op
    transform.yield
  }
}
