// A built-in sketch with Diapason's own steps, on a layer with constants that are packed.
//
// RUN: rm -rf %t && mkdir %t && cd %t
// RUN: diapason tune %s --db sqlite:tuning.db --trials 6 -v
// RUN: diapason query %s --db sqlite:tuning.db | head -n 1 | cut -c1-8 > task
// RUN: xargs -a task diapason explain --db sqlite:tuning.db > schedule.mlir
// RUN: FileCheck %s --input-file=schedule.mlir
// RUN: sed -n 's,^//   ,,p' schedule.mlir | sed 's,THIS_FILE,schedule.mlir,' > commands
// RUN: sh -e commands
// RUN: %cc %S/Inputs/check_gemm.c -DM=32 -DN=48 -DK=64 -DLAYER kernel.o -lm -o check
// RUN: ./check

// CHECK: // gemm 32x48x64 relu
// CHECK-NEXT: // schedule: gemm; rung: exact
// CHECK: --load-dialect-plugin={{.*}}DiapasonTransform.so
// CHECK: module @payload attributes {transform.target_tag = "payload"}
// CHECK: module @schedule attributes {{.*}}sym_visibility = "private"
// CHECK-NOT: smt.constrain_params

#mn = affine_map<(m, n) -> (m, n)>
#n = affine_map<(m, n) -> (n)>
func.func @layer(%a: tensor<32x64xf32>, %b: tensor<64x48xf32> {diapason.constant},
                 %bias: tensor<48xf32> {diapason.constant}, %c: tensor<32x48xf32>) -> tensor<32x48xf32> {
  %empty = tensor.empty() : tensor<32x48xf32>
  %start = linalg.generic {indexing_maps = [#n, #mn], iterator_types = ["parallel", "parallel"]}
      ins(%bias : tensor<48xf32>) outs(%empty : tensor<32x48xf32>) {
  ^bb0(%x: f32, %old: f32):
    linalg.yield %x : f32
  } -> tensor<32x48xf32>
  %product = linalg.matmul ins(%a, %b : tensor<32x64xf32>, tensor<64x48xf32>)
      outs(%start : tensor<32x48xf32>) -> tensor<32x48xf32>
  %zero = arith.constant 0.0 : f32
  %relu = linalg.generic {indexing_maps = [#mn, #mn], iterator_types = ["parallel", "parallel"]}
      ins(%product : tensor<32x48xf32>) outs(%c : tensor<32x48xf32>) {
  ^bb0(%x: f32, %old: f32):
    %y = arith.maximumf %x, %zero : f32
    linalg.yield %y : f32
  } -> tensor<32x48xf32>
  return %relu : tensor<32x48xf32>
}
