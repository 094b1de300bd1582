// RUN: %opt %s --pass-pipeline='builtin.module(diapason-outline-stages)' -split-input-file -verify-diagnostics | FileCheck %s

// An scf.forall is a stage over its linearized range, in the order of its attribute. The work between two of them is a
// stage of one iteration. A buffer of the kernel lies in the workspace, and a buffer of a stage in the scratch.
//       CHECK: #loop_annotation = #llvm.loop_annotation<disableNonforced = true>
// CHECK-LABEL: module attributes {diapason.scratch_bytes = 64 : i64, diapason.workspace_bytes = 128 : i64}
//   CHECK-NOT: func.func @kernel(
// CHECK-LABEL: func.func @kernel_stage0
//  CHECK-SAME: (%{{.+}}: memref<4x8xf32>, %[[WORKSPACE:.+]]: memref<{{[0-9]+}}xi8> {llvm.noalias}, %[[SCRATCH:.+]]: memref<{{[0-9]+}}xi8> {llvm.noalias}, %[[BEGIN:.+]]: index, %[[END:.+]]: index)
//  CHECK-SAME: attributes {diapason.stage = 32 : i64}
//   CHECK-DAG:   memref.view %[[WORKSPACE]][%{{.+}}][] : {{.+}} to memref<4x8xf32>
//       CHECK:   scf.for %[[I:.+]] = %[[BEGIN]] to %[[END]]
//       CHECK:     %[[ROW:.+]] = arith.remui %[[I]], %c4
//       CHECK:     %[[COLUMN:.+]] = arith.divui %[[I]], %c4
//       CHECK:     memref.view %[[SCRATCH]][%{{.+}}][] : {{.+}} to memref<16xf32>
//       CHECK:     memref.store %{{.+}}, %{{.+}}[%[[ROW]], %[[COLUMN]]]
//       CHECK:   } {loop_annotation = #loop_annotation}
// CHECK-LABEL: func.func @kernel_stage1
//  CHECK-SAME: attributes {diapason.stage = 1 : i64}
//   CHECK-NOT:   scf.for
//       CHECK:   memref.copy
module {
  func.func @kernel(%o: memref<4x8xf32>) attributes {diapason.kernel} {
    %c0 = arith.constant 0 : index
    %one = arith.constant 1.0 : f32
    %shared = memref.alloc() : memref<4x8xf32>
    scf.forall (%i, %j) in (4, 8) {
      %own = memref.alloca() : memref<16xf32>
      memref.store %one, %own[%c0] : memref<16xf32>
      %v = memref.load %own[%c0] : memref<16xf32>
      memref.store %v, %shared[%i, %j] : memref<4x8xf32>
    } {diapason.order = array<i64: 1, 0>}
    memref.copy %shared, %o : memref<4x8xf32> to memref<4x8xf32>
    return
  }
}

// -----

// Iterations that write the same element would write it at the same time, which is an error.
func.func @kernel(%o: memref<4xf32>) attributes {diapason.kernel} {
  %one = arith.constant 1.0 : f32
  // expected-error @below {{along its dimension 1 write the same elements}}
  scf.forall (%i, %j) in (4, 8) {
    memref.store %one, %o[%i] : memref<4xf32>
  }
  return
}

// -----

func.func @kernel(%o: memref<4x8xf32>) attributes {diapason.kernel} {
  %one = arith.constant 1.0 : f32
  // expected-error @below {{diapason.order must list each of the loop's 2 dimensions once}}
  scf.forall (%i, %j) in (4, 8) {
    memref.store %one, %o[%i, %j] : memref<4x8xf32>
  } {diapason.order = array<i64: 1, 1>}
  return
}
