// A user's sketch with steps of stock MLIR only, which needs no plug-in.
//
// RUN: rm -rf %t && mkdir %t && cd %t
// RUN: diapason tune %s --db sqlite:tuning.db --trials 6 --sketch %S/Inputs/tile_and_vectorize.mlir --only-sketch
// RUN: diapason query %s --db sqlite:tuning.db | head -n 1 | cut -c1-8 > task
// RUN: xargs -a task diapason explain --db sqlite:tuning.db > schedule.mlir
// RUN: FileCheck %s --input-file=schedule.mlir
// RUN: sed -n 's,^//   ,,p' schedule.mlir | sed 's,THIS_FILE,schedule.mlir,' > commands
// RUN: sh -e commands
// RUN: %cc %S/Inputs/check_gemm.c -DM=24 -DN=32 -DK=40 kernel.o -lm -o check
// RUN: ./check

// CHECK: // gemm 24x32x40
// CHECK-NEXT: // schedule: tile_and_vectorize; rung: exact
// CHECK-NOT: plugin
// CHECK: module @payload
// CHECK: module @schedule

func.func @product(%a: tensor<24x40xf32>, %b: tensor<40x32xf32>, %c: tensor<24x32xf32>) -> tensor<24x32xf32> {
  %zero = arith.constant 0.0 : f32
  %start = linalg.fill ins(%zero : f32) outs(%c : tensor<24x32xf32>) -> tensor<24x32xf32>
  %product = linalg.matmul ins(%a, %b : tensor<24x40xf32>, tensor<40x32xf32>)
      outs(%start : tensor<24x32xf32>) -> tensor<24x32xf32>
  return %product : tensor<24x32xf32>
}
