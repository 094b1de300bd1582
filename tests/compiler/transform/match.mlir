// RUN: %opt %s -split-input-file -verify-diagnostics

func.func @f(%a: tensor<4x6xf32> {diapason.zero = array<i64: 0, 0, 1, 1>}, %w: memref<6x8xf32> {diapason.constant}, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %wt = bufferization.to_tensor %w restrict : memref<6x8xf32> to tensor<6x8xf32>
  // expected-remark @below {{input: constant 0 border 1 last 2}}
  // expected-remark @below {{weights: constant 1 border 0 last 1}}
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %wt : tensor<4x6xf32>, tensor<6x8xf32>) outs(%o : tensor<4x8xf32>) attrs = {anchor} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  // expected-remark @below {{the last op}}
  %e = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%r : tensor<4x8xf32>) outs(%o : tensor<4x8xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<4x8xf32>
  return %e : tensor<4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @input(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    %c, %b, %l = transform.diapason.match_operand %op operand 0 : (!transform.any_op) -> (!transform.param<i64>, !transform.param<i64>, !transform.param<i64>)
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %one = transform.param.constant 1 : i64 -> !transform.param<i64>
    %two = transform.param.constant 2 : i64 -> !transform.param<i64>
    transform.match.param.cmpi eq %c, %zero : !transform.param<i64>
    transform.match.param.cmpi eq %b, %one : !transform.param<i64>
    transform.match.param.cmpi eq %l, %two : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @weights(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    %c, %b, %l = transform.diapason.match_operand %op operand 1 : (!transform.any_op) -> (!transform.param<i64>, !transform.param<i64>, !transform.param<i64>)
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    %one = transform.param.constant 1 : i64 -> !transform.param<i64>
    transform.match.param.cmpi eq %c, %one : !transform.param<i64>
    transform.match.param.cmpi eq %b, %zero : !transform.param<i64>
    transform.match.param.cmpi eq %l, %one : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @root(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    transform.diapason.match_root %op : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %a = transform.collect_matching @input in %m : (!transform.any_op) -> !transform.any_op
    transform.debug.emit_remark_at %a, "input: constant 0 border 1 last 2" : !transform.any_op
    %w = transform.collect_matching @weights in %m : (!transform.any_op) -> !transform.any_op
    transform.debug.emit_remark_at %w, "weights: constant 1 border 0 last 1" : !transform.any_op
    %r = transform.collect_matching @root in %m : (!transform.any_op) -> !transform.any_op
    transform.debug.emit_remark_at %r, "the last op" : !transform.any_op
    transform.yield
  }
}

// -----

// Only the first is a product of the loops m, n and k: the second has its sides exchanged.
func.func @products(%a: tensor<2x4x6xf32>, %b: tensor<8x6xf32>, %o: tensor<2x4x8xf32>) -> (tensor<2x4x8xf32>, tensor<2x4x8xf32>) {
  // expected-remark @below {{batch 2, right side by k}}
  %r = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%a, %b : tensor<2x4x6xf32>, tensor<8x6xf32>) outs(%o : tensor<2x4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<2x4x8xf32>
  %q = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (n, k)>, affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%b, %a : tensor<8x6xf32>, tensor<2x4x6xf32>) outs(%o : tensor<2x4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<2x4x8xf32>
  return %r, %q : tensor<2x4x8xf32>, tensor<2x4x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @product(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    %d:6 = transform.diapason.match_contraction %op : (!transform.any_op) -> (!transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>)
    %one = transform.param.constant 1 : i64 -> !transform.param<i64>
    %batch = transform.param.constant 2 : i64 -> !transform.param<i64>
    %n = transform.param.constant 8 : i64 -> !transform.param<i64>
    transform.match.param.cmpi eq %d#0, %batch : !transform.param<i64>
    transform.match.param.cmpi eq %d#2, %n : !transform.param<i64>
    transform.match.param.cmpi eq %d#4, %one : !transform.param<i64>
    transform.match.param.cmpi eq %d#5, %one : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %a = transform.collect_matching @product in %m : (!transform.any_op) -> !transform.any_op
    transform.debug.emit_remark_at %a, "batch 2, right side by k" : !transform.any_op
    transform.yield
  }
}

// -----

// A sum over the first axis and its root: 16 rows of 8 columns, of which the rows lie along memory. A product is not
// a chain of rows.
func.func @rows(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>, %o: tensor<16xf32>, %q: tensor<8x4xf32>) -> (tensor<16xf32>, tensor<8x4xf32>) {
  %s = linalg.generic {indexing_maps = [affine_map<(r, c) -> (c, r)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<8x16xf32>) outs(%o : tensor<16xf32>) {
  ^bb0(%x: f32, %y: f32):
    %p = arith.addf %y, %x : f32
    linalg.yield %p : f32
  } -> tensor<16xf32>
  // expected-remark @below {{rows}}
  %e = linalg.generic {indexing_maps = [affine_map<(r) -> (r)>, affine_map<(r) -> (r)>], iterator_types = ["parallel"]}
      ins(%s : tensor<16xf32>) outs(%o : tensor<16xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  } -> tensor<16xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<8x16xf32>, tensor<16x4xf32>) outs(%q : tensor<8x4xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %t = arith.addf %z, %p : f32
    linalg.yield %t : f32
  } -> tensor<8x4xf32>
  return %e, %m : tensor<16xf32>, tensor<8x4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @rows(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    transform.diapason.match_root %op : !transform.any_op
    %v:7 = transform.diapason.match_rows %op : (!transform.any_op) -> (!transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>, !transform.param<i64>)
    %one = transform.param.constant 1 : i64 -> !transform.param<i64>
    %eight = transform.param.constant 8 : i64 -> !transform.param<i64>
    %sixteen = transform.param.constant 16 : i64 -> !transform.param<i64>
    transform.match.param.cmpi eq %v#0, %sixteen : !transform.param<i64>
    transform.match.param.cmpi eq %v#1, %sixteen : !transform.param<i64>
    transform.match.param.cmpi eq %v#2, %one : !transform.param<i64>
    transform.match.param.cmpi eq %v#3, %eight : !transform.param<i64>
    transform.match.param.cmpi eq %v#4, %one : !transform.param<i64>
    transform.match.param.cmpi eq %v#5, %one : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %r = transform.collect_matching @rows in %m : (!transform.any_op) -> !transform.any_op
    transform.debug.emit_remark_at %r, "rows" : !transform.any_op
    transform.yield
  }
}

// -----

// The first adds, the second takes the larger value.
func.func @windows(%a: tensor<4x6xf32>, %o: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // expected-remark @below {{a sum}}
  %s = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<4x6xf32>) outs(%o : tensor<4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %p = arith.addf %y, %x : f32
    linalg.yield %p : f32
  } -> tensor<4xf32>
  // expected-remark @below {{not a sum}}
  %m = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<4x6xf32>) outs(%o : tensor<4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %p = arith.maximumf %y, %x : f32
    linalg.yield %p : f32
  } -> tensor<4xf32>
  return %s, %m : tensor<4xf32>, tensor<4xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @sum(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    %sums = transform.diapason.match_combiner %op : (!transform.any_op) -> !transform.param<i64>
    %one = transform.param.constant 1 : i64 -> !transform.param<i64>
    transform.match.param.cmpi eq %sums, %one : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @other(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    %sums = transform.diapason.match_combiner %op : (!transform.any_op) -> !transform.param<i64>
    %zero = transform.param.constant 0 : i64 -> !transform.param<i64>
    transform.match.param.cmpi eq %sums, %zero : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %s = transform.collect_matching @sum in %m : (!transform.any_op) -> !transform.any_op
    transform.debug.emit_remark_at %s, "a sum" : !transform.any_op
    %o = transform.collect_matching @other in %m : (!transform.any_op) -> !transform.any_op
    transform.debug.emit_remark_at %o, "not a sum" : !transform.any_op
    transform.yield
  }
}
