// RUN: %opt %s -split-input-file -verify-diagnostics | FileCheck %s

// F(2, 3): a tile of 2 x 2 outputs has 4 x 4 points. Six rows are three tiles. Five columns are three tiles too, and the
// last of them is moved back to column 3. Of its outputs, only those in column 4 are computed.
//   CHECK-DAG: #[[FIRST_ROW:.+]] = affine_map<(d0) -> (d0 * 2)>
//   CHECK-DAG: #[[FIRST_COLUMN:.+]] = affine_map<(d0) -> (d0 * 2, 3)>
// CHECK-LABEL: func.func @conv
//  CHECK-SAME: %[[IMAGE:.+]]: tensor<1x8x7x4xf32>, %[[WEIGHTS:.+]]: tensor<8x3x3x4xf32>
// The weights are transformed in double precision, four output channels at a time.
//       CHECK: %[[U:.+]] = scf.for {{.*}} -> (tensor<1x16x4x8xf32>)
//       CHECK:   vector.transfer_read %[[WEIGHTS]]{{.*}} vector<3x3x4xf32>
//       CHECK:   arith.extf {{.*}} to vector<3x3x4xf64>
//       CHECK:   vector.contract {{.*}} : vector<4x3xf64>, vector<3x3x4xf64> into vector<4x3x4xf64>
//       CHECK:   vector.contract {{.*}} : vector<4x3xf64>, vector<4x3x4xf64> into vector<4x4x4xf64>
//       CHECK:   arith.truncf {{.*}} to vector<4x4x4xf32>
// Then the image is transformed in vectors of four channels. There is only one vector, so that it needs no loop.
//       CHECK: %[[V:.+]] = scf.for %[[ROW:[^ ]+]] = {{.*}} -> (tensor<16x9x4xf32>)
//       CHECK:   affine.apply #[[FIRST_ROW]](%[[ROW]])
//       CHECK:   scf.for %[[COLUMN:[^ ]+]] =
//       CHECK:     affine.min #[[FIRST_COLUMN]](%[[COLUMN]])
//       CHECK:     vector.transfer_read %[[IMAGE]]{{.*}} vector<4x4x4xf32>
// Each row of points is written as soon as it is computed.
//       CHECK:     vector.contract {{.*}} : vector<4x4xf32>, vector<4x4x4xf32> into vector<4x4x4xf32>
// CHECK-COUNT-4:     vector.transfer_write {{.*}} vector<4x1x4xf32>, tensor<16x9x4xf32>
//       CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%[[V]], {{.*}} : tensor<16x9x4xf32>, tensor<16x4x8xf32>) {{.*}} attrs = {anchor}
//       CHECK: scf.for {{.*}} -> (tensor<1x6x5x8xf32>)
// CHECK-COUNT-2:         vector.transfer_write {{.*}} vector<2x4xf32>, tensor<1x6x5x8xf32>
//       CHECK: scf.for {{.*}} -> (tensor<1x6x5x8xf32>)
//       CHECK:     vector.contract {{.*}} : vector<1x4xf32>, vector<4x4xf32> into vector<1x4xf32>
// CHECK-COUNT-2:     vector.transfer_write {{.*}}[%{{.*}}, %{{.*}}, %c4{{.*}}, %{{.*}}] {{.*}} vector<1x4xf32>, tensor<1x6x5x8xf32>
//   CHECK-NOT: vector.transfer_write
func.func @conv(%image: tensor<1x8x7x4xf32>, %weights: tensor<8x3x3x4xf32>, %start: tensor<1x6x5x8xf32>) -> tensor<1x6x5x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, o, y, x, i) -> (n, h + y, w + x, i)>, affine_map<(n, h, w, o, y, x, i) -> (o, y, x, i)>, affine_map<(n, h, w, o, y, x, i) -> (n, h, w, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%image, %weights : tensor<1x8x7x4xf32>, tensor<8x3x3x4xf32>) outs(%start : tensor<1x6x5x8xf32>) attrs = {anchor} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x6x5x8xf32>
  return %r : tensor<1x6x5x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %two = transform.param.constant 2 : i64 -> !transform.param<i64>
    %four = transform.param.constant 4 : i64 -> !transform.param<i64>
    %p = transform.diapason.winograd %c outputs %two by %two lanes %four split %zero : (!transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}

// -----

// Of the nine tiles, the first six are one product and the other three are another.
// CHECK-LABEL: func.func @split
//       CHECK: %[[ALL:.+]] = tensor.empty() : tensor<16x9x8xf32>
//       CHECK: %[[FIRST:.+]] = linalg.generic {{.*}} ins({{.*}} : tensor<16x6x4xf32>, tensor<16x4x8xf32>)
//       CHECK: %[[HALF:.+]] = tensor.insert_slice %[[FIRST]] into %[[ALL]][0, 0, 0] [16, 6, 8]
//       CHECK: %[[SECOND:.+]] = linalg.generic {{.*}} ins({{.*}} : tensor<16x3x4xf32>, tensor<16x4x8xf32>)
//       CHECK: tensor.insert_slice %[[SECOND]] into %[[HALF]][0, 6, 0] [16, 3, 8]
func.func @split(%image: tensor<1x8x7x4xf32>, %weights: tensor<8x3x3x4xf32>, %start: tensor<1x6x5x8xf32>) -> tensor<1x6x5x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, o, y, x, i) -> (n, h + y, w + x, i)>, affine_map<(n, h, w, o, y, x, i) -> (o, y, x, i)>, affine_map<(n, h, w, o, y, x, i) -> (n, h, w, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%image, %weights : tensor<1x8x7x4xf32>, tensor<8x3x3x4xf32>) outs(%start : tensor<1x6x5x8xf32>) attrs = {anchor} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x6x5x8xf32>
  return %r : tensor<1x6x5x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %two = transform.param.constant 2 : i64 -> !transform.param<i64>
    %four = transform.param.constant 4 : i64 -> !transform.param<i64>
    %six = transform.param.constant 6 : i64 -> !transform.param<i64>
    %p = transform.diapason.winograd %c outputs %two by %two lanes %four split %six : (!transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}

// -----

// The elementwise operation is computed with the outputs, for tiles of 2 x 5. It reads the old values of its destination,
// a value for each channel, and one for each image.
// CHECK-LABEL: func.func @consumer
//  CHECK-SAME: %[[SCALE:[^ ]+]]: tensor<8xf32>, %[[SHIFT:[^ ]+]]: tensor<1xf32>, %[[OLD:[^ ]+]]: tensor<1x6x5x8xf32>
//       CHECK: linalg.generic {{.*}} attrs = {anchor}
//   CHECK-NOT: linalg.generic
//       CHECK: scf.for {{.*}} iter_args(%[[D:.+]] = %[[OLD]])
//       CHECK:   scf.for {{.*}} iter_args(%[[E:.+]] = %[[D]])
//       CHECK:     %[[Y:.+]] = vector.contract {{.*}} : vector<5x7xf32>, vector<7x4xf32> into vector<5x4xf32>
//       CHECK:     %[[S:.+]] = vector.transfer_read %[[SCALE]]{{.*}} vector<5x4xf32>
//       CHECK:     %[[T:.+]] = tensor.extract %[[SHIFT]]
//       CHECK:     %[[R:.+]] = vector.transfer_read %[[E]]{{.*}} vector<5x4xf32>
//       CHECK:     %[[P:.+]] = arith.mulf %{{.+}}, %[[S]] : vector<5x4xf32>
//       CHECK:     %[[B:.+]] = vector.broadcast %[[T]] : f32 to vector<5x4xf32>
//       CHECK:     %[[Q:.+]] = arith.addf %[[P]], %[[B]] : vector<5x4xf32>
//       CHECK:     %[[A:.+]] = arith.addf %[[Q]], %[[R]] : vector<5x4xf32>
//       CHECK:     vector.transfer_write %[[A]], %[[E]]
func.func @consumer(%image: tensor<1x8x7x4xf32>, %weights: tensor<8x3x3x4xf32>, %start: tensor<1x6x5x8xf32>, %scale: tensor<8xf32>, %shift: tensor<1xf32>, %old: tensor<1x6x5x8xf32>) -> tensor<1x6x5x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, o, y, x, i) -> (n, h + y, w + x, i)>, affine_map<(n, h, w, o, y, x, i) -> (o, y, x, i)>, affine_map<(n, h, w, o, y, x, i) -> (n, h, w, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%image, %weights : tensor<1x8x7x4xf32>, tensor<8x3x3x4xf32>) outs(%start : tensor<1x6x5x8xf32>) attrs = {anchor} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x6x5x8xf32>
  %e = linalg.generic {indexing_maps = [affine_map<(n, h, w, o) -> (n, h, w, o)>, affine_map<(n, h, w, o) -> (o)>, affine_map<(n, h, w, o) -> (n)>, affine_map<(n, h, w, o) -> (n, h, w, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%r, %scale, %shift : tensor<1x6x5x8xf32>, tensor<8xf32>, tensor<1xf32>) outs(%old : tensor<1x6x5x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %d: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.addf %p, %c : f32
    %s = arith.addf %q, %d : f32
    linalg.yield %s : f32
  } -> tensor<1x6x5x8xf32>
  return %e : tensor<1x6x5x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %two = transform.param.constant 2 : i64 -> !transform.param<i64>
    %four = transform.param.constant 4 : i64 -> !transform.param<i64>
    %five = transform.param.constant 5 : i64 -> !transform.param<i64>
    %p = transform.diapason.winograd %c outputs %two by %five lanes %four split %zero : (!transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}

// -----

func.func @stride(%image: tensor<1x9x7x4xf32>, %weights: tensor<8x3x3x4xf32>, %start: tensor<1x4x5x8xf32>) -> tensor<1x4x5x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, o, y, x, i) -> (n, h * 2 + y, w + x, i)>, affine_map<(n, h, w, o, y, x, i) -> (o, y, x, i)>, affine_map<(n, h, w, o, y, x, i) -> (n, h, w, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%image, %weights : tensor<1x9x7x4xf32>, tensor<8x3x3x4xf32>) outs(%start : tensor<1x4x5x8xf32>) attrs = {anchor} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x4x5x8xf32>
  return %r : tensor<1x4x5x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %two = transform.param.constant 2 : i64 -> !transform.param<i64>
    // expected-error @below {{the target is not a dense convolution of stride 1 and dilation 1}}
    %p = transform.diapason.winograd %c outputs %two by %two lanes %two split %zero : (!transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}

// -----

func.func @channels(%image: tensor<1x6x6x3xf32>, %weights: tensor<8x3x3x3xf32>, %start: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, o, y, x, i) -> (n, h + y, w + x, i)>, affine_map<(n, h, w, o, y, x, i) -> (o, y, x, i)>, affine_map<(n, h, w, o, y, x, i) -> (n, h, w, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%image, %weights : tensor<1x6x6x3xf32>, tensor<8x3x3x3xf32>) outs(%start : tensor<1x4x4x8xf32>) attrs = {anchor} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match attributes {anchor} in %m : (!transform.any_op) -> !transform.any_op
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %two = transform.param.constant 2 : i64 -> !transform.param<i64>
    // expected-error @below {{the lanes do not divide the target's channels}}
    %p = transform.diapason.winograd %c outputs %two by %two lanes %two split %zero : (!transform.any_op, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>) -> !transform.any_op
    transform.yield
  }
}
