// C = A B, for docs/schedules.md. A kernel is a function on tensors; its last argument receives the result.
!a = tensor<64x128xf32>
!b = tensor<128x96xf32>
!c = tensor<64x96xf32>
func.func @matmul(%a: !a, %b: !b, %c: !c) -> !c {
  %zero = arith.constant 0.0 : f32
  %start = linalg.fill ins(%zero : f32) outs(%c : !c) -> !c
  %product = linalg.matmul ins(%a, %b : !a, !b) outs(%start : !c) -> !c
  return %product : !c
}
