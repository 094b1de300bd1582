// RUN: %opt %s --pass-pipeline='builtin.module(diapason-split-prepare)' -split-input-file | FileCheck %s

// Operations that depend only on the constant move out of the kernel, and write their result where the kernel reads it.
// CHECK-LABEL: func.func @kernel_prepare
//  CHECK-SAME: %[[W:[a-z0-9]+]]: memref<8x4xf32> {diapason.constant}
//  CHECK-SAME: %[[PACKED:[a-z0-9]+]]: memref<4x8xf32> {diapason.constant, diapason.packed, llvm.noalias}
//  CHECK-SAME: attributes {diapason.prepare}
//   CHECK-DAG:   %[[FROM:.+]] = bufferization.to_tensor %[[W]]
//   CHECK-DAG:   %[[TO:.+]] = bufferization.to_tensor %[[PACKED]] restrict writable
//       CHECK:   linalg.transpose ins(%[[FROM]] : tensor<8x4xf32>) outs(%[[TO]] : tensor<4x8xf32>)
//   CHECK-NOT:   linalg.add
// CHECK-LABEL: func.func @kernel(
//  CHECK-SAME: %[[READ:[a-z0-9]+]]: memref<4x8xf32> {diapason.constant, diapason.packed, llvm.noalias})
//  CHECK-SAME: attributes {diapason.kernel}
//   CHECK-NOT:   linalg.transpose
//       CHECK:   %[[TENSOR:.+]] = bufferization.to_tensor %[[READ]]
//       CHECK:   linalg.add ins(%{{.+}}, %[[TENSOR]]
func.func @kernel(%x: memref<4x8xf32>, %w: memref<8x4xf32> {diapason.constant}, %o: memref<4x8xf32>) attributes {diapason.kernel} {
  %xt = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %wt = bufferization.to_tensor %w restrict : memref<8x4xf32> to tensor<8x4xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<4x8xf32> to tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  %t = linalg.transpose ins(%wt : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  %r = linalg.add ins(%xt, %t : tensor<4x8xf32>, tensor<4x8xf32>) outs(%ot : tensor<4x8xf32>) -> tensor<4x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<4x8xf32>, memref<4x8xf32>) -> ()
  return
}

// -----

// A broadcast stays in the kernel, because it would only make the constant larger. Views stay too.
// CHECK-LABEL: func.func @kernel(
//       CHECK:   tensor.expand_shape
//       CHECK:   linalg.broadcast
//   CHECK-NOT: func.func @kernel_prepare
func.func @kernel(%w: memref<8xf32> {diapason.constant}, %o: memref<4x2x4xf32>) attributes {diapason.kernel} {
  %wt = bufferization.to_tensor %w restrict : memref<8xf32> to tensor<8xf32>
  %ot = bufferization.to_tensor %o restrict writable : memref<4x2x4xf32> to tensor<4x2x4xf32>
  %v = tensor.expand_shape %wt [[0, 1]] output_shape [2, 4] : tensor<8xf32> into tensor<2x4xf32>
  %r = linalg.broadcast ins(%v : tensor<2x4xf32>) outs(%ot : tensor<4x2x4xf32>) dimensions = [0]
  bufferization.materialize_in_destination %r in restrict writable %o : (tensor<4x2x4xf32>, memref<4x2x4xf32>) -> ()
  return
}
