#map0 = affine_map<(d0, d1, d2) -> (d2)>
#map1 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#map2 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 + d3, d4)>
#map3 = affine_map<(d0, d1, d2, d3, d4) -> (d2, d4, d3)>
#map4 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2)>
#loops5 = ["parallel", "parallel", "parallel"]
#loops6 = ["parallel", "parallel", "parallel", "reduction", "reduction"]
#map7 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 + d3 * 3, d4)>
#map8 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 + d3 * 2, d4)>
#map9 = affine_map<(d0) -> (d0)>
#map10 = affine_map<(d0, d1) -> (d0, d1)>
#map11 = affine_map<(d0, d1) -> (d0)>
#loops12 = ["parallel"]
#loops13 = ["parallel", "reduction"]
#map14 = affine_map<(d0, d1) -> (d1)>
#map15 = affine_map<(d0, d1, d2) -> (d0, d2)>
#map16 = affine_map<(d0, d1, d2) -> (d2, d1)>
#map17 = affine_map<(d0, d1, d2) -> (d0, d1)>
#loops18 = ["parallel", "parallel"]
#loops19 = ["parallel", "parallel", "reduction"]
#map20 = affine_map<(d0, d1, d2) -> (d1, d2)>
#map21 = affine_map<(d0, d1, d2, d3) -> (d3)>
#map22 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#map23 = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 * 2 + d4, d2 * 2 + d5, d6)>
#map24 = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d3, d6, d4, d5)>
#map25 = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3)>
#loops26 = ["parallel", "parallel", "parallel", "parallel"]
#loops27 = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
#map28 = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d4, d2 * 2 + d5, d3)>
#map29 = affine_map<(d0, d1, d2, d3, d4, d5) -> (d4, d5)>
#map30 = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>
#loops31 = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]
#map32 = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 + d4, d2 + d5, d6)>
#map33 = affine_map<(d0, d1) -> (d1, d0)>
#map34 = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 + d4, d2 * 2 + d5, d3)>
#map35 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
#map36 = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#map37 = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
#loops38 = ["parallel", "parallel", "parallel", "reduction"]
#map39 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
#map40 = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 + d4, d2 + d5, d3)>
#map41 = affine_map<(d0, d1, d2, d3, d4, d5) -> (d3, d4, d5)>
#map42 = affine_map<(d0, d1, d2) -> (d1, d2, d0)>
#map43 = affine_map<(d0, d1, d2) -> (d0)>
#loops44 = ["parallel", "reduction", "reduction"]
#map45 = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 * 16 + d4, d2 * 16 + d5, d6)>
#map46 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d4)>
#map47 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d3, d4)>
#map48 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
#loops49 = ["parallel", "parallel", "parallel", "parallel", "reduction"]
#map50 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d4, d3)>
#map51 = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
#map52 = affine_map<(d0, d1, d2) -> (d2, d0)>
#map53 = affine_map<(d0, d1, d2, d3) -> (d1, d3)>
#map54 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d4)>
#map55 = affine_map<(d0, d1, d2, d3, d4) -> (d1, d4, d3)>
#map56 = affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>
#map57 = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
#map58 = affine_map<(d0, d1, d2) -> (d1, d0, d2)>
#map59 = affine_map<(d0, d1, d2) -> (d2, d0, d1)>
#map60 = affine_map<(d0, d1, d2) -> (d2, d1, d0)>
#map61 = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
#map62 = affine_map<(d0, d1, d2, d3, d4) -> (d2, d1, d4)>
#map63 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d3, d1, d4)>
#map64 = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d4, d2)>
#map65 = affine_map<(d0, d1, d2, d3, d4) -> (d4, d1, d3)>
#loops50 = ["parallel", "parallel", "reduction", "parallel"]
// -----
// conv1d 96x48 3 s1 -> 64 bias
module {
func.func @workload(%arg0: tensor<1x98x48xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 0, 0>}, %arg1: tensor<64x48x3xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x96x64xf32>) -> tensor<1x96x64xf32> {
%0 = tensor.empty() : tensor<1x96x64xf32>
%1 = linalg.generic {indexing_maps = [#map0, #map1], iterator_types = #loops5} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x96x64xf32>
%2 = linalg.generic {indexing_maps = [#map2, #map3, #map4], iterator_types = #loops6} ins(%arg0, %arg1 : tensor<1x98x48xf32>, tensor<64x48x3xf32>) outs(%1 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x96x64xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<1x96x64xf32>) outs(%arg3 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x96x64xf32>
return %3 : tensor<1x96x64xf32>
}
}
// -----
// conv1d 96x48 5 s1 d3 -> 64 bias
module {
func.func @workload(%arg0: tensor<1x108x48xf32> {diapason.zero = array<i64: 0, 0, 6, 6, 0, 0>}, %arg1: tensor<64x48x5xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x96x64xf32>) -> tensor<1x96x64xf32> {
%0 = tensor.empty() : tensor<1x96x64xf32>
%1 = linalg.generic {indexing_maps = [#map0, #map1], iterator_types = #loops5} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x96x64xf32>
%2 = linalg.generic {indexing_maps = [#map7, #map3, #map4], iterator_types = #loops6} ins(%arg0, %arg1 : tensor<1x108x48xf32>, tensor<64x48x5xf32>) outs(%1 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x96x64xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<1x96x64xf32>) outs(%arg3 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x96x64xf32>
return %3 : tensor<1x96x64xf32>
}
}
// -----
// conv1d 96x48 9 s1 d2 -> 64 bias
module {
func.func @workload(%arg0: tensor<1x112x48xf32> {diapason.zero = array<i64: 0, 0, 8, 8, 0, 0>}, %arg1: tensor<64x48x9xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x96x64xf32>) -> tensor<1x96x64xf32> {
%0 = tensor.empty() : tensor<1x96x64xf32>
%1 = linalg.generic {indexing_maps = [#map0, #map1], iterator_types = #loops5} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x96x64xf32>
%2 = linalg.generic {indexing_maps = [#map8, #map3, #map4], iterator_types = #loops6} ins(%arg0, %arg1 : tensor<1x112x48xf32>, tensor<64x48x9xf32>) outs(%1 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x96x64xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<1x96x64xf32>) outs(%arg3 : tensor<1x96x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x96x64xf32>
return %3 : tensor<1x96x64xf32>
}
}
// -----
// reduce_max 1x96x64x3 -> 1x96x64x1
module {
func.func @workload(%arg0: tensor<6144x3xf32>, %arg1: tensor<6144xf32>) -> tensor<6144xf32> {
%cst = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<6144xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<6144xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<6144xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<6144x3xf32>) outs(%1 : tensor<6144xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %4 : f32
} -> tensor<6144xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<6144xf32>) outs(%arg1 : tensor<6144xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<6144xf32>
return %3 : tensor<6144xf32>
}
}
// -----
// gemm 96x32x64 bias relu
module {
func.func @workload(%arg0: tensor<96x64xf32>, %arg1: tensor<64x32xf32> {diapason.constant}, %arg2: tensor<32xf32> {diapason.constant}, %arg3: tensor<96x32xf32>) -> tensor<96x32xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<96x32xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<32xf32>) outs(%0 : tensor<96x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<96x32xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<96x64xf32>, tensor<64x32xf32>) outs(%1 : tensor<96x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<96x32xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<96x32xf32>) outs(%arg3 : tensor<96x32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<96x32xf32>
return %3 : tensor<96x32xf32>
}
}
// -----
// gemm 96x1x32 bias
module {
func.func @workload(%arg0: tensor<96x32xf32>, %arg1: tensor<1x32xf32> {diapason.constant}, %arg2: tensor<1xf32> {diapason.constant}, %arg3: tensor<96x1xf32>) -> tensor<96x1xf32> {
%0 = tensor.empty() : tensor<96x1xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<1xf32>) outs(%0 : tensor<96x1xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<96x1xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map20, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<96x32xf32>, tensor<1x32xf32>) outs(%1 : tensor<96x1xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<96x1xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<96x1xf32>) outs(%arg3 : tensor<96x1xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<96x1xf32>
return %3 : tensor<96x1xf32>
}
}
// -----
// gemm 1x400x100 bias
module {
func.func @workload(%arg0: tensor<1x100xf32> {diapason.constant}, %arg1: tensor<100x400xf32> {diapason.constant}, %arg2: tensor<400xf32> {diapason.constant}, %arg3: tensor<1x400xf32>) -> tensor<1x400xf32> {
%0 = tensor.empty() : tensor<1x400xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<400xf32>) outs(%0 : tensor<1x400xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x400xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<1x100xf32>, tensor<100x400xf32>) outs(%1 : tensor<1x400xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x400xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<1x400xf32>) outs(%arg3 : tensor<1x400xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x400xf32>
return %3 : tensor<1x400xf32>
}
}
// -----
// conv2d 60x160x3 7x7 s2 -> 64 bias relu
module {
func.func @workload(%arg0: tensor<1x66x166x3xf32> {diapason.zero = array<i64: 0, 0, 3, 3, 3, 3, 0, 0>}, %arg1: tensor<64x3x7x7xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x30x80x64xf32>) -> tensor<1x30x80x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x30x80x64xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x30x80x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x30x80x64xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x66x166x3xf32>, tensor<64x3x7x7xf32>) outs(%1 : tensor<1x30x80x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x30x80x64xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x30x80x64xf32>) outs(%arg3 : tensor<1x30x80x64xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x30x80x64xf32>
return %3 : tensor<1x30x80x64xf32>
}
}
// -----
// max_pool 30x80x64 3x3 s2
module {
func.func @workload(%arg0: tensor<1x31x81x64xf32> {diapason.zero = array<i64: 0, 0, 0, 1, 0, 1, 0, 0>}, %arg1: tensor<1x15x40x64xf32>) -> tensor<1x15x40x64xf32> {
%cst = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<3x3xf32>
%1 = tensor.empty() : tensor<1x15x40x64xf32>
%2 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%1 : tensor<1x15x40x64xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x15x40x64xf32>
%3 = linalg.generic {indexing_maps = [#map28, #map29, #map30], iterator_types = #loops31} ins(%arg0, %0 : tensor<1x31x81x64xf32>, tensor<3x3xf32>) outs(%2 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%5 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %5 : f32
} -> tensor<1x15x40x64xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%3 : tensor<1x15x40x64xf32>) outs(%arg1 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x15x40x64xf32>
return %4 : tensor<1x15x40x64xf32>
}
}
// -----
// conv2d 15x40x64 1x1 s1 -> 64 bias relu
module {
func.func @workload(%arg0: tensor<1x15x40x64xf32>, %arg1: tensor<64x64x1x1xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x15x40x64xf32>) -> tensor<1x15x40x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x15x40x64xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x15x40x64xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x15x40x64xf32>, tensor<64x64x1x1xf32>) outs(%1 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x15x40x64xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x15x40x64xf32>) outs(%arg3 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x15x40x64xf32>
return %3 : tensor<1x15x40x64xf32>
}
}
// -----
// conv2d 15x40x64 3x3 s1 -> 64 bias relu
module {
func.func @workload(%arg0: tensor<1x17x42x64xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<64x64x3x3xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x15x40x64xf32>) -> tensor<1x15x40x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x15x40x64xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x15x40x64xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x17x42x64xf32>, tensor<64x64x3x3xf32>) outs(%1 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x15x40x64xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x15x40x64xf32>) outs(%arg3 : tensor<1x15x40x64xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x15x40x64xf32>
return %3 : tensor<1x15x40x64xf32>
}
}
// -----
// conv2d 15x40x64 1x1 s1 -> 256
module {
func.func @workload(%arg0: tensor<1x1x600x64xf32>, %arg1: tensor<256x64x1x1xf32> {diapason.constant}, %arg2: tensor<1x1x600x256xf32>) -> tensor<1x1x600x256xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1x600x256xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x1x600x256xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x1x600x256xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x600x64xf32>, tensor<256x64x1x1xf32>) outs(%1 : tensor<1x1x600x256xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x600x256xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x600x256xf32>) outs(%arg2 : tensor<1x1x600x256xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x600x256xf32>
return %3 : tensor<1x1x600x256xf32>
}
}
// -----
// conv2d 15x40x64 1x1 s1 -> 256 residual
module {
func.func @workload(%arg0: tensor<1x15x40x64xf32>, %arg1: tensor<256x64x1x1xf32> {diapason.constant}, %arg2: tensor<1x15x40x256xf32>) -> tensor<1x15x40x256xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x15x40x256xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x15x40x256xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x15x40x256xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x15x40x64xf32>, tensor<256x64x1x1xf32>) outs(%1 : tensor<1x15x40x256xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x15x40x256xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x15x40x256xf32>) outs(%arg2 : tensor<1x15x40x256xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in : f32
linalg.yield %4 : f32
} -> tensor<1x15x40x256xf32>
return %3 : tensor<1x15x40x256xf32>
}
}
// -----
// conv2d 15x40x64 1x1 s1 -> 256 residual
module {
func.func @workload(%arg0: tensor<1x1x600x64xf32>, %arg1: tensor<256x64x1x1xf32> {diapason.constant}, %arg2: tensor<1x1x600x256xf32>) -> tensor<1x1x600x256xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1x600x256xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x1x600x256xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x1x600x256xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x600x64xf32>, tensor<256x64x1x1xf32>) outs(%1 : tensor<1x1x600x256xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x600x256xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x600x256xf32>) outs(%arg2 : tensor<1x1x600x256xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %in, %out : f32
linalg.yield %4 : f32
} -> tensor<1x1x600x256xf32>
return %3 : tensor<1x1x600x256xf32>
}
}
// -----
// conv2d 15x40x64 1x1 s1 -> 256 residual mul add relu
module {
func.func @workload(%arg0: tensor<1x1x600x64xf32>, %arg1: tensor<256x64x1x1xf32> {diapason.constant}, %arg2: tensor<256xf32> {diapason.constant}, %arg3: tensor<256xf32> {diapason.constant}, %arg4: tensor<1x1x600x256xf32>) -> tensor<1x1x600x256xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1x600x256xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x1x600x256xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x1x600x256xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x600x64xf32>, tensor<256x64x1x1xf32>) outs(%1 : tensor<1x1x600x256xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x600x256xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map21, #map21, #map22], iterator_types = #loops26} ins(%2, %arg2, %arg3 : tensor<1x1x600x256xf32>, tensor<256xf32>, tensor<256xf32>) outs(%arg4 : tensor<1x1x600x256xf32>) {
^bb0(%in: f32, %in_0: f32, %in_1: f32, %out: f32):
%4 = arith.addf %in, %out : f32
%5 = arith.mulf %4, %in_0 : f32
%6 = arith.addf %5, %in_1 : f32
%7 = arith.maximumf %6, %cst fastmath<nsz> : f32
linalg.yield %7 : f32
} -> tensor<1x1x600x256xf32>
return %3 : tensor<1x1x600x256xf32>
}
}
// -----
// conv2d 15x40x128 3x3 s2 -> 128 bias relu
module {
func.func @workload(%arg0: tensor<1x17x42x128xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<128x128x3x3xf32> {diapason.constant}, %arg2: tensor<128xf32> {diapason.constant}, %arg3: tensor<1x8x20x128xf32>) -> tensor<1x8x20x128xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x8x20x128xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<128xf32>) outs(%0 : tensor<1x8x20x128xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x8x20x128xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x17x42x128xf32>, tensor<128x128x3x3xf32>) outs(%1 : tensor<1x8x20x128xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x8x20x128xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x8x20x128xf32>) outs(%arg3 : tensor<1x8x20x128xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x8x20x128xf32>
return %3 : tensor<1x8x20x128xf32>
}
}
// -----
// conv2d 15x40x256 1x1 s2 -> 512 residual
module {
func.func @workload(%arg0: tensor<1x15x40x256xf32>, %arg1: tensor<512x256x1x1xf32> {diapason.constant}, %arg2: tensor<1x8x20x512xf32>) -> tensor<1x8x20x512xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x8x20x512xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x8x20x512xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x8x20x512xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x15x40x256xf32>, tensor<512x256x1x1xf32>) outs(%1 : tensor<1x8x20x512xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x8x20x512xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x8x20x512xf32>) outs(%arg2 : tensor<1x8x20x512xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in : f32
linalg.yield %4 : f32
} -> tensor<1x8x20x512xf32>
return %3 : tensor<1x8x20x512xf32>
}
}
// -----
// gemm 1x400x4096 bias residual
module {
func.func @workload(%arg0: tensor<1x4096xf32>, %arg1: tensor<400x4096xf32>, %arg2: tensor<400xf32> {diapason.constant}, %arg3: tensor<1x400xf32>) -> tensor<1x400xf32> {
%0 = tensor.empty() : tensor<1x400xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<400xf32>) outs(%0 : tensor<1x400xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x400xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map20, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<1x4096xf32>, tensor<400x4096xf32>) outs(%1 : tensor<1x400xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x400xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<1x400xf32>) outs(%arg3 : tensor<1x400xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in : f32
linalg.yield %4 : f32
} -> tensor<1x400xf32>
return %3 : tensor<1x400xf32>
}
}
// -----
// gemm 1x400x100 bias
module {
func.func @workload(%arg0: tensor<1x100xf32>, %arg1: tensor<100x400xf32> {diapason.constant}, %arg2: tensor<400xf32> {diapason.constant}, %arg3: tensor<1x400xf32>) -> tensor<1x400xf32> {
%0 = tensor.empty() : tensor<1x400xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<400xf32>) outs(%0 : tensor<1x400xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x400xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<1x100xf32>, tensor<100x400xf32>) outs(%1 : tensor<1x400xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x400xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<1x400xf32>) outs(%arg3 : tensor<1x400xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x400xf32>
return %3 : tensor<1x400xf32>
}
}
// -----
// conv1d 900x320 1 s1 -> 161
module {
func.func @workload(%arg0: tensor<1x900x320xf32>, %arg1: tensor<161x320x1xf32> {diapason.constant}, %arg2: tensor<1x900x161xf32>) -> tensor<1x900x161xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x900x161xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<1x900x161xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x900x161xf32>
%2 = linalg.generic {indexing_maps = [#map2, #map3, #map4], iterator_types = #loops6} ins(%arg0, %arg1 : tensor<1x900x320xf32>, tensor<161x320x1xf32>) outs(%1 : tensor<1x900x161xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x900x161xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<1x900x161xf32>) outs(%arg2 : tensor<1x900x161xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x900x161xf32>
return %3 : tensor<1x900x161xf32>
}
}
// -----
// max_pool 900x161x32 2x2 s2
module {
func.func @workload(%arg0: tensor<1x900x161x32xf32>, %arg1: tensor<1x450x80x32xf32>) -> tensor<1x450x80x32xf32> {
%cst = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<2x2xf32>
%1 = tensor.empty() : tensor<1x450x80x32xf32>
%2 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%1 : tensor<1x450x80x32xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x450x80x32xf32>
%3 = linalg.generic {indexing_maps = [#map28, #map29, #map30], iterator_types = #loops31} ins(%arg0, %0 : tensor<1x900x161x32xf32>, tensor<2x2xf32>) outs(%2 : tensor<1x450x80x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%5 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %5 : f32
} -> tensor<1x450x80x32xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%3 : tensor<1x450x80x32xf32>) outs(%arg1 : tensor<1x450x80x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x450x80x32xf32>
return %4 : tensor<1x450x80x32xf32>
}
}
// -----
// reduce_max 1x112x20x64 -> 1x1x1x64
module {
func.func @workload(%arg0: tensor<2240x64xf32>, %arg1: tensor<64xf32>) -> tensor<64xf32> {
%cst = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<64xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<64xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<64xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<2240x64xf32>) outs(%1 : tensor<64xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %4 : f32
} -> tensor<64xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<64xf32>) outs(%arg1 : tensor<64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<64xf32>
return %3 : tensor<64xf32>
}
}
// -----
// conv2d 8x76x34x1 3x3 s1 -> 24 relu mul add less where max
module {
func.func @workload(%arg0: tensor<8x76x34x1xf32>, %arg1: tensor<24x1x3x3xf32> {diapason.constant}, %arg2: tensor<24xf32> {diapason.constant}, %arg3: tensor<24xf32> {diapason.constant}, %arg4: tensor<8x74x32x24xf32>) -> tensor<8x74x32x24xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 2.000000e-01 : f32
%cst_1 = arith.constant -4.000000e-01 : f32
%0 = tensor.empty() : tensor<8x74x32x24xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<8x74x32x24xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x74x32x24xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<8x76x34x1xf32>, tensor<24x1x3x3xf32>) outs(%1 : tensor<8x74x32x24xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%4 = arith.mulf %in, %in_2 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x74x32x24xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map21, #map21, #map22], iterator_types = #loops26} ins(%2, %arg2, %arg3 : tensor<8x74x32x24xf32>, tensor<24xf32>, tensor<24xf32>) outs(%arg4 : tensor<8x74x32x24xf32>) {
^bb0(%in: f32, %in_2: f32, %in_3: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
%5 = arith.mulf %4, %in_2 : f32
%6 = arith.addf %5, %in_3 : f32
%7 = arith.mulf %6, %cst_0 : f32
%8 = arith.cmpf olt, %6, %cst : f32
%9 = arith.select %8, %7, %6 : f32
%10 = arith.maximumf %9, %cst_1 fastmath<nsz> : f32
linalg.yield %10 : f32
} -> tensor<8x74x32x24xf32>
return %3 : tensor<8x74x32x24xf32>
}
}
// -----
// conv2d 8x74x32x24 1x3 s1 -> 24 bias mul less where max
module {
func.func @workload(%arg0: tensor<8x74x34x24xf32> {diapason.zero = array<i64: 0, 0, 0, 0, 1, 1, 0, 0>}, %arg1: tensor<24x24x1x3xf32> {diapason.constant}, %arg2: tensor<24xf32> {diapason.constant}, %arg3: tensor<8x74x32x24xf32>) -> tensor<8x74x32x24xf32> {
%cst = arith.constant 2.000000e-01 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%cst_1 = arith.constant -4.000000e-01 : f32
%0 = tensor.empty() : tensor<8x74x32x24xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<24xf32>) outs(%0 : tensor<8x74x32x24xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x74x32x24xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<8x74x34x24xf32>, tensor<24x24x1x3xf32>) outs(%1 : tensor<8x74x32x24xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%4 = arith.mulf %in, %in_2 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x74x32x24xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<8x74x32x24xf32>) outs(%arg3 : tensor<8x74x32x24xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.cmpf olt, %in, %cst_0 : f32
%6 = arith.select %5, %4, %in : f32
%7 = arith.maximumf %6, %cst_1 fastmath<nsz> : f32
linalg.yield %7 : f32
} -> tensor<8x74x32x24xf32>
return %3 : tensor<8x74x32x24xf32>
}
}
// -----
// conv2d 8x74x32x24 3x1 s1 -> 24 bias mul less where max
module {
func.func @workload(%arg0: tensor<8x74x32x24xf32>, %arg1: tensor<24x24x3x1xf32> {diapason.constant}, %arg2: tensor<24xf32> {diapason.constant}, %arg3: tensor<8x72x32x24xf32>) -> tensor<8x72x32x24xf32> {
%cst = arith.constant 2.000000e-01 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%cst_1 = arith.constant -4.000000e-01 : f32
%0 = tensor.empty() : tensor<8x72x32x24xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<24xf32>) outs(%0 : tensor<8x72x32x24xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x72x32x24xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<8x74x32x24xf32>, tensor<24x24x3x1xf32>) outs(%1 : tensor<8x72x32x24xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%4 = arith.mulf %in, %in_2 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x72x32x24xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<8x72x32x24xf32>) outs(%arg3 : tensor<8x72x32x24xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.cmpf olt, %in, %cst_0 : f32
%6 = arith.select %5, %4, %in : f32
%7 = arith.maximumf %6, %cst_1 fastmath<nsz> : f32
linalg.yield %7 : f32
} -> tensor<8x72x32x24xf32>
return %3 : tensor<8x72x32x24xf32>
}
}
// -----
// max_pool 8x32x16x48 1x2 s1x2
module {
func.func @workload(%arg0: tensor<8x32x16x48xf32>, %arg1: tensor<8x32x8x48xf32>) -> tensor<8x32x8x48xf32> {
%cst = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<1x2xf32>
%1 = tensor.empty() : tensor<8x32x8x48xf32>
%2 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%1 : tensor<8x32x8x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x32x8x48xf32>
%3 = linalg.generic {indexing_maps = [#map34, #map29, #map30], iterator_types = #loops31} ins(%arg0, %0 : tensor<8x32x16x48xf32>, tensor<1x2xf32>) outs(%2 : tensor<8x32x8x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%5 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %5 : f32
} -> tensor<8x32x8x48xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%3 : tensor<8x32x8x48xf32>) outs(%arg1 : tensor<8x32x8x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x32x8x48xf32>
return %4 : tensor<8x32x8x48xf32>
}
}
// -----
// layer_norm 128x128 mul add
module {
func.func @workload(%arg0: tensor<128x128xf32>, %arg1: tensor<128xf32> {diapason.constant}, %arg2: tensor<128xf32> {diapason.constant}, %arg3: tensor<128x128xf32>) -> tensor<128x128xf32> {
%cst = arith.constant 7.812500e-03 : f32
%cst_0 = arith.constant 9.99999996E-13 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<128xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<128xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<128x128xf32>) outs(%1 : tensor<128xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %9 : f32
} -> tensor<128xf32>
%3 = tensor.empty() : tensor<128x128xf32>
%4 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%arg0, %2 : tensor<128x128xf32>, tensor<128xf32>) outs(%3 : tensor<128x128xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.subf %in, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<128x128xf32>
%5 = tensor.empty() : tensor<128xf32>
%6 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%5 : tensor<128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<128xf32>
%7 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%4 : tensor<128x128xf32>) outs(%6 : tensor<128xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.mulf %in, %in fastmath<contract> : f32
%10 = arith.addf %out, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<128xf32>
%8 = linalg.generic {indexing_maps = [#map10, #map11, #map14, #map14, #map10], iterator_types = #loops18} ins(%4, %7, %arg1, %arg2 : tensor<128x128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>) outs(%arg3 : tensor<128x128xf32>) {
^bb0(%in: f32, %in_2: f32, %in_3: f32, %in_4: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.addf %9, %cst_0 fastmath<contract> : f32
%11 = math.sqrt %10 fastmath<contract> : f32
%12 = arith.divf %in, %11 fastmath<contract> : f32
%13 = arith.mulf %12, %in_3 : f32
%14 = arith.addf %13, %in_4 : f32
linalg.yield %14 : f32
} -> tensor<128x128xf32>
return %8 : tensor<128x128xf32>
}
}
// -----
// gemm 128x128x128 bias mul
module {
func.func @workload(%arg0: tensor<128x128xf32>, %arg1: tensor<128x128xf32> {diapason.constant}, %arg2: tensor<128xf32> {diapason.constant}, %arg3: tensor<128x128xf32>) -> tensor<128x128xf32> {
%cst = arith.constant 0.353553385 : f32
%0 = tensor.empty() : tensor<128x128xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<128xf32>) outs(%0 : tensor<128x128xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<128x128xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<128x128xf32>, tensor<128x128xf32>) outs(%1 : tensor<128x128xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<128x128xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<128x128xf32>) outs(%arg3 : tensor<128x128xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
linalg.yield %4 : f32
} -> tensor<128x128xf32>
return %3 : tensor<128x128xf32>
}
}
// -----
// batch_gemm 2x128x128x64 add
module {
func.func @workload(%arg0: tensor<2x128x64xf32>, %arg1: tensor<2x128x64xf32>, %arg2: tensor<128x128xf32>, %arg3: tensor<2x128x128xf32>) -> tensor<2x128x128xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<2x128x128xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<2x128x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<2x128x128xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map36, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<2x128x64xf32>, tensor<2x128x64xf32>) outs(%1 : tensor<2x128x128xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<2x128x128xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map20, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<2x128x128xf32>, tensor<128x128xf32>) outs(%arg3 : tensor<2x128x128xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<2x128x128xf32>
return %3 : tensor<2x128x128xf32>
}
}
// -----
// softmax 256x128 isnan where
module {
func.func @workload(%arg0: tensor<256x128xf32>, %arg1: tensor<256x128xf32>) -> tensor<256x128xf32> {
%cst = arith.constant 0xFF800000 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<256xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<256xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<256xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<256x128xf32>) outs(%1 : tensor<256xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %9 : f32
} -> tensor<256xf32>
%3 = tensor.empty() : tensor<256x128xf32>
%4 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%arg0, %2 : tensor<256x128xf32>, tensor<256xf32>) outs(%3 : tensor<256x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%9 = arith.subf %in, %in_1 fastmath<contract> : f32
%10 = math.exp %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<256x128xf32>
%5 = tensor.empty() : tensor<256xf32>
%6 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%5 : tensor<256xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<256xf32>
%7 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%4 : tensor<256x128xf32>) outs(%6 : tensor<256xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %9 : f32
} -> tensor<256xf32>
%8 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%4, %7 : tensor<256x128xf32>, tensor<256xf32>) outs(%arg1 : tensor<256x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%9 = arith.divf %in, %in_1 fastmath<contract> : f32
%10 = arith.cmpf uno, %9, %9 : f32
%11 = arith.select %10, %cst_0, %9 : f32
linalg.yield %11 : f32
} -> tensor<256x128xf32>
return %8 : tensor<256x128xf32>
}
}
// -----
// batch_gemm 2x128x64x128
module {
func.func @workload(%arg0: tensor<2x128x128xf32>, %arg1: tensor<2x128x64xf32>, %arg2: tensor<2x128x64xf32>) -> tensor<2x128x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<2x128x64xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<2x128x64xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<2x128x64xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<2x128x128xf32>, tensor<2x128x64xf32>) outs(%1 : tensor<2x128x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<2x128x64xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<2x128x64xf32>) outs(%arg2 : tensor<2x128x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<2x128x64xf32>
return %3 : tensor<2x128x64xf32>
}
}
// -----
// gemm 128x128x128 bias residual
module {
func.func @workload(%arg0: tensor<128x128xf32>, %arg1: tensor<128x128xf32> {diapason.constant}, %arg2: tensor<128xf32> {diapason.constant}, %arg3: tensor<128x128xf32>) -> tensor<128x128xf32> {
%0 = tensor.empty() : tensor<128x128xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<128xf32>) outs(%0 : tensor<128x128xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<128x128xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<128x128xf32>, tensor<128x128xf32>) outs(%1 : tensor<128x128xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<128x128xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<128x128xf32>) outs(%arg3 : tensor<128x128xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %in, %out : f32
linalg.yield %4 : f32
} -> tensor<128x128xf32>
return %3 : tensor<128x128xf32>
}
}
// -----
// gemm 128x512x128 bias div erf add mul
module {
func.func @workload(%arg0: tensor<128x128xf32>, %arg1: tensor<128x512xf32> {diapason.constant}, %arg2: tensor<512xf32> {diapason.constant}, %arg3: tensor<128x512xf32>) -> tensor<128x512xf32> {
%cst = arith.constant 1.41421354 : f32
%cst_0 = arith.constant 1.000000e+00 : f32
%cst_1 = arith.constant 5.000000e-01 : f32
%0 = tensor.empty() : tensor<128x512xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<512xf32>) outs(%0 : tensor<128x512xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<128x512xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<128x128xf32>, tensor<128x512xf32>) outs(%1 : tensor<128x512xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%4 = arith.mulf %in, %in_2 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<128x512xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<128x512xf32>) outs(%arg3 : tensor<128x512xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst : f32
%5 = math.erf %4 : f32
%6 = arith.addf %5, %cst_0 : f32
%7 = arith.mulf %in, %6 : f32
%8 = arith.mulf %7, %cst_1 : f32
linalg.yield %8 : f32
} -> tensor<128x512xf32>
return %3 : tensor<128x512xf32>
}
}
// -----
// gemm 1x128x128 bias tanh
module {
func.func @workload(%arg0: tensor<1x128xf32>, %arg1: tensor<128x128xf32> {diapason.constant}, %arg2: tensor<128xf32> {diapason.constant}, %arg3: tensor<1x128xf32>) -> tensor<1x128xf32> {
%0 = tensor.empty() : tensor<1x128xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<128xf32>) outs(%0 : tensor<1x128xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x128xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<1x128xf32>, tensor<128x128xf32>) outs(%1 : tensor<1x128xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x128xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<1x128xf32>) outs(%arg3 : tensor<1x128xf32>) {
^bb0(%in: f32, %out: f32):
%4 = math.tanh %in : f32
linalg.yield %4 : f32
} -> tensor<1x128xf32>
return %3 : tensor<1x128xf32>
}
}
// -----
// conv2d 224x224x3 3x3 s2 -> 32 bias clip
module {
func.func @workload(%arg0: tensor<1x226x226x3xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<32x3x3x3xf32> {diapason.constant}, %arg2: tensor<32xf32> {diapason.constant}, %arg3: tensor<1x112x112x32xf32>) -> tensor<1x112x112x32xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 6.000000e+00 : f32
%0 = tensor.empty() : tensor<1x112x112x32xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<32xf32>) outs(%0 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x112x112x32xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x226x226x3xf32>, tensor<32x3x3x3xf32>) outs(%1 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x32xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x112x112x32xf32>) outs(%arg3 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
%5 = arith.minimumf %4, %cst_0 fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x32xf32>
return %3 : tensor<1x112x112x32xf32>
}
}
// -----
// depthwise 112x112x32 3x3 s1 -> 32 bias clip
module {
func.func @workload(%arg0: tensor<1x114x114x32xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<32x3x3xf32> {diapason.constant}, %arg2: tensor<32xf32> {diapason.constant}, %arg3: tensor<1x112x112x32xf32>) -> tensor<1x112x112x32xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 6.000000e+00 : f32
%0 = tensor.empty() : tensor<1x112x112x32xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<32xf32>) outs(%0 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x112x112x32xf32>
%2 = linalg.generic {indexing_maps = [#map40, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x114x114x32xf32>, tensor<32x3x3xf32>) outs(%1 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x32xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x112x112x32xf32>) outs(%arg3 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
%5 = arith.minimumf %4, %cst_0 fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x32xf32>
return %3 : tensor<1x112x112x32xf32>
}
}
// -----
// conv2d 112x112x32 1x1 s1 -> 16 bias
module {
func.func @workload(%arg0: tensor<1x1x12544x32xf32>, %arg1: tensor<16x32x1x1xf32> {diapason.constant}, %arg2: tensor<16xf32> {diapason.constant}, %arg3: tensor<1x1x12544x16xf32>) -> tensor<1x1x12544x16xf32> {
%0 = tensor.empty() : tensor<1x1x12544x16xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<16xf32>) outs(%0 : tensor<1x1x12544x16xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x12544x16xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x12544x32xf32>, tensor<16x32x1x1xf32>) outs(%1 : tensor<1x1x12544x16xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x12544x16xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x12544x16xf32>) outs(%arg3 : tensor<1x1x12544x16xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x12544x16xf32>
return %3 : tensor<1x1x12544x16xf32>
}
}
// -----
// conv2d 112x112x16 1x1 s1 -> 96 bias clip
module {
func.func @workload(%arg0: tensor<1x112x112x16xf32>, %arg1: tensor<96x16x1x1xf32> {diapason.constant}, %arg2: tensor<96xf32> {diapason.constant}, %arg3: tensor<1x112x112x96xf32>) -> tensor<1x112x112x96xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 6.000000e+00 : f32
%0 = tensor.empty() : tensor<1x112x112x96xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<96xf32>) outs(%0 : tensor<1x112x112x96xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x112x112x96xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x112x112x16xf32>, tensor<96x16x1x1xf32>) outs(%1 : tensor<1x112x112x96xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x96xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x112x112x96xf32>) outs(%arg3 : tensor<1x112x112x96xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
%5 = arith.minimumf %4, %cst_0 fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x96xf32>
return %3 : tensor<1x112x112x96xf32>
}
}
// -----
// depthwise 112x112x96 3x3 s2 -> 96 bias clip
module {
func.func @workload(%arg0: tensor<1x114x114x96xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<96x3x3xf32> {diapason.constant}, %arg2: tensor<96xf32> {diapason.constant}, %arg3: tensor<1x56x56x96xf32>) -> tensor<1x56x56x96xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 6.000000e+00 : f32
%0 = tensor.empty() : tensor<1x56x56x96xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<96xf32>) outs(%0 : tensor<1x56x56x96xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x56x56x96xf32>
%2 = linalg.generic {indexing_maps = [#map28, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x114x114x96xf32>, tensor<96x3x3xf32>) outs(%1 : tensor<1x56x56x96xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x96xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x56x56x96xf32>) outs(%arg3 : tensor<1x56x56x96xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
%5 = arith.minimumf %4, %cst_0 fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x96xf32>
return %3 : tensor<1x56x56x96xf32>
}
}
// -----
// conv2d 56x56x144 1x1 s1 -> 24 bias residual
module {
func.func @workload(%arg0: tensor<1x1x3136x144xf32>, %arg1: tensor<24x144x1x1xf32> {diapason.constant}, %arg2: tensor<24xf32> {diapason.constant}, %arg3: tensor<1x1x3136x24xf32>) -> tensor<1x1x3136x24xf32> {
%0 = tensor.empty() : tensor<1x1x3136x24xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<24xf32>) outs(%0 : tensor<1x1x3136x24xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x3136x24xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x3136x144xf32>, tensor<24x144x1x1xf32>) outs(%1 : tensor<1x1x3136x24xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x3136x24xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x3136x24xf32>) outs(%arg3 : tensor<1x1x3136x24xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in : f32
linalg.yield %4 : f32
} -> tensor<1x1x3136x24xf32>
return %3 : tensor<1x1x3136x24xf32>
}
}
// -----
// reduce_mean 1x1280x7x7 -> 1x1280x1x1
module {
func.func @workload(%arg0: tensor<49x1280xf32>, %arg1: tensor<1280xf32>) -> tensor<1280xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 4.900000e+01 : f32
%0 = tensor.empty() : tensor<1280xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<1280xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1280xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<49x1280xf32>) outs(%1 : tensor<1280xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<1280xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<1280xf32>) outs(%arg1 : tensor<1280xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<1280xf32>
return %3 : tensor<1280xf32>
}
}
// -----
// gemm 1x1000x1280 bias
module {
func.func @workload(%arg0: tensor<1x1280xf32>, %arg1: tensor<1000x1280xf32>, %arg2: tensor<1000xf32> {diapason.constant}, %arg3: tensor<1x1000xf32>) -> tensor<1x1000xf32> {
%0 = tensor.empty() : tensor<1x1000xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<1000xf32>) outs(%0 : tensor<1x1000xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1000xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map20, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<1x1280xf32>, tensor<1000x1280xf32>) outs(%1 : tensor<1x1000xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1000xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<1x1000xf32>) outs(%arg3 : tensor<1x1000xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1000xf32>
return %3 : tensor<1x1000xf32>
}
}
// -----
// max_pool 112x112x64 3x3 s2
module {
func.func @workload(%arg0: tensor<1x114x114x64xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
%cst = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<3x3xf32>
%1 = tensor.empty() : tensor<1x56x56x64xf32>
%2 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%1 : tensor<1x56x56x64xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x56x56x64xf32>
%3 = linalg.generic {indexing_maps = [#map28, #map29, #map30], iterator_types = #loops31} ins(%arg0, %0 : tensor<1x114x114x64xf32>, tensor<3x3xf32>) outs(%2 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%5 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x64xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%3 : tensor<1x56x56x64xf32>) outs(%arg1 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x56x56x64xf32>
return %4 : tensor<1x56x56x64xf32>
}
}
// -----
// conv2d 56x56x64 3x3 s1 -> 64 bias residual relu
module {
func.func @workload(%arg0: tensor<1x58x58x64xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<64x64x3x3xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x56x56x64xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x56x56x64xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x58x58x64xf32>, tensor<64x64x3x3xf32>) outs(%1 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x64xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x56x56x64xf32>) outs(%arg3 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %in, %out : f32
%5 = arith.maximumf %4, %cst fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x64xf32>
return %3 : tensor<1x56x56x64xf32>
}
}
// -----
// conv2d 56x56x64 1x1 s2 -> 128 bias
module {
func.func @workload(%arg0: tensor<1x56x56x64xf32>, %arg1: tensor<128x64x1x1xf32> {diapason.constant}, %arg2: tensor<128xf32> {diapason.constant}, %arg3: tensor<1x28x28x128xf32>) -> tensor<1x28x28x128xf32> {
%0 = tensor.empty() : tensor<1x28x28x128xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<128xf32>) outs(%0 : tensor<1x28x28x128xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x128xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x56x56x64xf32>, tensor<128x64x1x1xf32>) outs(%1 : tensor<1x28x28x128xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x128xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x28x28x128xf32>) outs(%arg3 : tensor<1x28x28x128xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x128xf32>
return %3 : tensor<1x28x28x128xf32>
}
}
// -----
// reduce_mean 1x512x7x7 -> 1x512x1x1
module {
func.func @workload(%arg0: tensor<7x7x512xf32>, %arg1: tensor<512xf32>) -> tensor<512xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 4.900000e+01 : f32
%0 = tensor.empty() : tensor<512xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<512xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<512xf32>
%2 = linalg.generic {indexing_maps = [#map42, #map43], iterator_types = #loops44} ins(%arg0 : tensor<7x7x512xf32>) outs(%1 : tensor<512xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<512xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<512xf32>) outs(%arg1 : tensor<512xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<512xf32>
return %3 : tensor<512xf32>
}
}
// -----
// conv2d 224x224x3 3x3 s2 -> 64 bias relu
module {
func.func @workload(%arg0: tensor<1x224x224x3xf32>, %arg1: tensor<64x3x3x3xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x111x111x64xf32>) -> tensor<1x111x111x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x111x111x64xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x111x111x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x111x111x64xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x224x224x3xf32>, tensor<64x3x3x3xf32>) outs(%1 : tensor<1x111x111x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x111x111x64xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x111x111x64xf32>) outs(%arg3 : tensor<1x111x111x64xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x111x111x64xf32>
return %3 : tensor<1x111x111x64xf32>
}
}
// -----
// reduce_mean 1x1000x13x13 -> 1x1000x1x1
module {
func.func @workload(%arg0: tensor<169x1000xf32>, %arg1: tensor<1000xf32>) -> tensor<1000xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 1.690000e+02 : f32
%0 = tensor.empty() : tensor<1000xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<1000xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1000xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<169x1000xf32>) outs(%1 : tensor<1000xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<1000xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<1000xf32>) outs(%arg1 : tensor<1000xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<1000xf32>
return %3 : tensor<1000xf32>
}
}
// -----
// gemm 128x512x128 bias mul erf add
module {
func.func @workload(%arg0: tensor<128x128xf32>, %arg1: tensor<128x512xf32> {diapason.constant}, %arg2: tensor<512xf32> {diapason.constant}, %arg3: tensor<128x512xf32>) -> tensor<128x512xf32> {
%cst = arith.constant 0.707106769 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<128x512xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<512xf32>) outs(%0 : tensor<128x512xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<128x512xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<128x128xf32>, tensor<128x512xf32>) outs(%1 : tensor<128x512xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%4 = arith.mulf %in, %in_2 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<128x512xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<128x512xf32>) outs(%arg3 : tensor<128x512xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = math.erf %4 : f32
%6 = arith.mulf %in, %cst_0 : f32
%7 = arith.addf %5, %cst_1 : f32
%8 = arith.mulf %6, %7 : f32
linalg.yield %8 : f32
} -> tensor<128x512xf32>
return %3 : tensor<128x512xf32>
}
}
// -----
// batch_gemm 2x128x128x64 mul add
module {
func.func @workload(%arg0: tensor<2x128x64xf32>, %arg1: tensor<2x128x64xf32>, %arg2: tensor<128x128xf32>, %arg3: tensor<2x128x128xf32>) -> tensor<2x128x128xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 1.250000e-01 : f32
%0 = tensor.empty() : tensor<2x128x128xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<2x128x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<2x128x128xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map36, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<2x128x64xf32>, tensor<2x128x64xf32>) outs(%1 : tensor<2x128x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<2x128x128xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map20, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<2x128x128xf32>, tensor<128x128xf32>) outs(%arg3 : tensor<2x128x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %cst_0 : f32
%5 = arith.addf %4, %in_1 : f32
linalg.yield %5 : f32
} -> tensor<2x128x128xf32>
return %3 : tensor<2x128x128xf32>
}
}
// -----
// softmax 256x128
module {
func.func @workload(%arg0: tensor<256x128xf32>, %arg1: tensor<256x128xf32>) -> tensor<256x128xf32> {
%cst = arith.constant 0xFF800000 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<256xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<256xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<256xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<256x128xf32>) outs(%1 : tensor<256xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.maximumf %out, %in fastmath<nsz,contract> : f32
linalg.yield %9 : f32
} -> tensor<256xf32>
%3 = tensor.empty() : tensor<256x128xf32>
%4 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%arg0, %2 : tensor<256x128xf32>, tensor<256xf32>) outs(%3 : tensor<256x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%9 = arith.subf %in, %in_1 fastmath<contract> : f32
%10 = math.exp %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<256x128xf32>
%5 = tensor.empty() : tensor<256xf32>
%6 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%5 : tensor<256xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<256xf32>
%7 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%4 : tensor<256x128xf32>) outs(%6 : tensor<256xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %9 : f32
} -> tensor<256xf32>
%8 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%4, %7 : tensor<256x128xf32>, tensor<256xf32>) outs(%arg1 : tensor<256x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%9 = arith.divf %in, %in_1 fastmath<contract> : f32
linalg.yield %9 : f32
} -> tensor<256x128xf32>
return %8 : tensor<256x128xf32>
}
}
// -----
// conv2d 56x56x128 3x3 s1 -> 32
module {
func.func @workload(%arg0: tensor<1x58x58x128xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<32x128x3x3xf32> {diapason.constant}, %arg2: tensor<1x56x56x32xf32>) -> tensor<1x56x56x32xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x56x56x32xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x56x56x32xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x56x56x32xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x58x58x128xf32>, tensor<32x128x3x3xf32>) outs(%1 : tensor<1x56x56x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x32xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x56x56x32xf32>) outs(%arg2 : tensor<1x56x56x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x56x56x32xf32>
return %3 : tensor<1x56x56x32xf32>
}
}
// -----
// average_pool 56x56x128 2x2 s2
module {
func.func @workload(%arg0: tensor<1x56x56x128xf32>, %arg1: tensor<1x28x28x128xf32>) -> tensor<1x28x28x128xf32> {
%cst = arith.constant 4.000000e+00 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<2x2xf32>
%1 = tensor.empty() : tensor<1x28x28x128xf32>
%2 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%1 : tensor<1x28x28x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x28x28x128xf32>
%3 = linalg.generic {indexing_maps = [#map28, #map29, #map30], iterator_types = #loops31} ins(%arg0, %0 : tensor<1x56x56x128xf32>, tensor<2x2xf32>) outs(%2 : tensor<1x28x28x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%5 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x128xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%3 : tensor<1x28x28x128xf32>) outs(%arg1 : tensor<1x28x28x128xf32>) {
^bb0(%in: f32, %out: f32):
%5 = arith.divf %in, %cst : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x128xf32>
return %4 : tensor<1x28x28x128xf32>
}
}
// -----
// conv2d 224x224x3 3x3 s2 -> 32 bias neg exp add div mul
module {
func.func @workload(%arg0: tensor<1x226x226x3xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<32x3x3x3xf32> {diapason.constant}, %arg2: tensor<32xf32> {diapason.constant}, %arg3: tensor<1x112x112x32xf32>) -> tensor<1x112x112x32xf32> {
%cst = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x112x112x32xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<32xf32>) outs(%0 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x112x112x32xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x226x226x3xf32>, tensor<32x3x3x3xf32>) outs(%1 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x32xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x112x112x32xf32>) outs(%arg3 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.negf %in : f32
%5 = math.exp %4 : f32
%6 = arith.addf %5, %cst : f32
%7 = arith.divf %cst, %6 : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x112x112x32xf32>
return %3 : tensor<1x112x112x32xf32>
}
}
// -----
// depthwise 112x112x32 3x3 s1 -> 32 bias neg exp add div mul
module {
func.func @workload(%arg0: tensor<1x114x114x32xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<32x3x3xf32> {diapason.constant}, %arg2: tensor<32xf32> {diapason.constant}, %arg3: tensor<1x112x112x32xf32>) -> tensor<1x112x112x32xf32> {
%cst = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x112x112x32xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<32xf32>) outs(%0 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x112x112x32xf32>
%2 = linalg.generic {indexing_maps = [#map40, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x114x114x32xf32>, tensor<32x3x3xf32>) outs(%1 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x32xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x112x112x32xf32>) outs(%arg3 : tensor<1x112x112x32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.negf %in : f32
%5 = math.exp %4 : f32
%6 = arith.addf %5, %cst : f32
%7 = arith.divf %cst, %6 : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x112x112x32xf32>
return %3 : tensor<1x112x112x32xf32>
}
}
// -----
// reduce_mean 1x32x112x112 -> 1x32x1x1
module {
func.func @workload(%arg0: tensor<12544x32xf32>, %arg1: tensor<32xf32>) -> tensor<32xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 1.254400e+04 : f32
%0 = tensor.empty() : tensor<32xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<32xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<32xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<12544x32xf32>) outs(%1 : tensor<32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<32xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<32xf32>) outs(%arg1 : tensor<32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<32xf32>
return %3 : tensor<32xf32>
}
}
// -----
// conv2d 1x1x32 1x1 s1 -> 8 bias neg exp add div mul
module {
func.func @workload(%arg0: tensor<1x1x1x32xf32>, %arg1: tensor<8x32x1x1xf32> {diapason.constant}, %arg2: tensor<8xf32> {diapason.constant}, %arg3: tensor<1x1x1x8xf32>) -> tensor<1x1x1x8xf32> {
%cst = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1x1x8xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<8xf32>) outs(%0 : tensor<1x1x1x8xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x1x8xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x1x32xf32>, tensor<8x32x1x1xf32>) outs(%1 : tensor<1x1x1x8xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x1x8xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x1x8xf32>) outs(%arg3 : tensor<1x1x1x8xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.negf %in : f32
%5 = math.exp %4 : f32
%6 = arith.addf %5, %cst : f32
%7 = arith.divf %cst, %6 : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x1x1x8xf32>
return %3 : tensor<1x1x1x8xf32>
}
}
// -----
// conv2d 1x1x8 1x1 s1 -> 32 bias neg exp add div
module {
func.func @workload(%arg0: tensor<1x1x1x8xf32>, %arg1: tensor<32x8x1x1xf32> {diapason.constant}, %arg2: tensor<32xf32> {diapason.constant}, %arg3: tensor<1x1x1x32xf32>) -> tensor<1x1x1x32xf32> {
%cst = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1x1x32xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<32xf32>) outs(%0 : tensor<1x1x1x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x1x32xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x1x8xf32>, tensor<32x8x1x1xf32>) outs(%1 : tensor<1x1x1x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x1x32xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x1x32xf32>) outs(%arg3 : tensor<1x1x1x32xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.negf %in : f32
%5 = math.exp %4 : f32
%6 = arith.addf %5, %cst : f32
%7 = arith.divf %cst, %6 : f32
linalg.yield %7 : f32
} -> tensor<1x1x1x32xf32>
return %3 : tensor<1x1x1x32xf32>
}
}
// -----
// depthwise 112x112x96 3x3 s2 -> 96 bias neg exp add div mul
module {
func.func @workload(%arg0: tensor<1x114x114x96xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<96x3x3xf32> {diapason.constant}, %arg2: tensor<96xf32> {diapason.constant}, %arg3: tensor<1x56x56x96xf32>) -> tensor<1x56x56x96xf32> {
%cst = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x56x56x96xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<96xf32>) outs(%0 : tensor<1x56x56x96xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x56x56x96xf32>
%2 = linalg.generic {indexing_maps = [#map28, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x114x114x96xf32>, tensor<96x3x3xf32>) outs(%1 : tensor<1x56x56x96xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x96xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x56x56x96xf32>) outs(%arg3 : tensor<1x56x56x96xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.negf %in : f32
%5 = math.exp %4 : f32
%6 = arith.addf %5, %cst : f32
%7 = arith.divf %cst, %6 : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x56x56x96xf32>
return %3 : tensor<1x56x56x96xf32>
}
}
// -----
// reduce_mean 1x96x56x56 -> 1x96x1x1
module {
func.func @workload(%arg0: tensor<3136x96xf32>, %arg1: tensor<96xf32>) -> tensor<96xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 3.136000e+03 : f32
%0 = tensor.empty() : tensor<96xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<96xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<96xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<3136x96xf32>) outs(%1 : tensor<96xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<96xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<96xf32>) outs(%arg1 : tensor<96xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<96xf32>
return %3 : tensor<96xf32>
}
}
// -----
// conv2d 56x56x144 1x1 s1 -> 24 bias residual
module {
func.func @workload(%arg0: tensor<1x1x3136x144xf32>, %arg1: tensor<24x144x1x1xf32> {diapason.constant}, %arg2: tensor<24xf32> {diapason.constant}, %arg3: tensor<1x1x3136x24xf32>) -> tensor<1x1x3136x24xf32> {
%0 = tensor.empty() : tensor<1x1x3136x24xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<24xf32>) outs(%0 : tensor<1x1x3136x24xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x3136x24xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x3136x144xf32>, tensor<24x144x1x1xf32>) outs(%1 : tensor<1x1x3136x24xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x3136x24xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x3136x24xf32>) outs(%arg3 : tensor<1x1x3136x24xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %in, %out : f32
linalg.yield %4 : f32
} -> tensor<1x1x3136x24xf32>
return %3 : tensor<1x1x3136x24xf32>
}
}
// -----
// depthwise 56x56x144 5x5 s2 -> 144 bias neg exp add div mul
module {
func.func @workload(%arg0: tensor<1x60x60x144xf32> {diapason.zero = array<i64: 0, 0, 2, 2, 2, 2, 0, 0>}, %arg1: tensor<144x5x5xf32> {diapason.constant}, %arg2: tensor<144xf32> {diapason.constant}, %arg3: tensor<1x28x28x144xf32>) -> tensor<1x28x28x144xf32> {
%cst = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x28x28x144xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<144xf32>) outs(%0 : tensor<1x28x28x144xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x144xf32>
%2 = linalg.generic {indexing_maps = [#map28, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x60x60x144xf32>, tensor<144x5x5xf32>) outs(%1 : tensor<1x28x28x144xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x144xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x28x28x144xf32>) outs(%arg3 : tensor<1x28x28x144xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.negf %in : f32
%5 = math.exp %4 : f32
%6 = arith.addf %5, %cst : f32
%7 = arith.divf %cst, %6 : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x28x28x144xf32>
return %3 : tensor<1x28x28x144xf32>
}
}
// -----
// reduce_mean 1x144x28x28 -> 1x144x1x1
module {
func.func @workload(%arg0: tensor<784x144xf32>, %arg1: tensor<144xf32>) -> tensor<144xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 7.840000e+02 : f32
%0 = tensor.empty() : tensor<144xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<144xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<144xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<784x144xf32>) outs(%1 : tensor<144xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<144xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<144xf32>) outs(%arg1 : tensor<144xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<144xf32>
return %3 : tensor<144xf32>
}
}
// -----
// depthwise 28x28x240 5x5 s1 -> 240 bias neg exp add div mul
module {
func.func @workload(%arg0: tensor<1x32x32x240xf32> {diapason.zero = array<i64: 0, 0, 2, 2, 2, 2, 0, 0>}, %arg1: tensor<240x5x5xf32> {diapason.constant}, %arg2: tensor<240xf32> {diapason.constant}, %arg3: tensor<1x28x28x240xf32>) -> tensor<1x28x28x240xf32> {
%cst = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x28x28x240xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<240xf32>) outs(%0 : tensor<1x28x28x240xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x240xf32>
%2 = linalg.generic {indexing_maps = [#map40, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x32x32x240xf32>, tensor<240x5x5xf32>) outs(%1 : tensor<1x28x28x240xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x240xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x28x28x240xf32>) outs(%arg3 : tensor<1x28x28x240xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.negf %in : f32
%5 = math.exp %4 : f32
%6 = arith.addf %5, %cst : f32
%7 = arith.divf %cst, %6 : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x28x28x240xf32>
return %3 : tensor<1x28x28x240xf32>
}
}
// -----
// reduce_mean 1x240x14x14 -> 1x240x1x1
module {
func.func @workload(%arg0: tensor<196x240xf32>, %arg1: tensor<240xf32>) -> tensor<240xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 1.960000e+02 : f32
%0 = tensor.empty() : tensor<240xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<240xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<240xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<196x240xf32>) outs(%1 : tensor<240xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<240xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<240xf32>) outs(%arg1 : tensor<240xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<240xf32>
return %3 : tensor<240xf32>
}
}
// -----
// layer_norm 128x384 mul add
module {
func.func @workload(%arg0: tensor<128x384xf32>, %arg1: tensor<384xf32> {diapason.constant}, %arg2: tensor<384xf32> {diapason.constant}, %arg3: tensor<128x384xf32>) -> tensor<128x384xf32> {
%cst = arith.constant 0.00260416674 : f32
%cst_0 = arith.constant 9.99999996E-13 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<128xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<128xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<128x384xf32>) outs(%1 : tensor<128xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %9 : f32
} -> tensor<128xf32>
%3 = tensor.empty() : tensor<128x384xf32>
%4 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%arg0, %2 : tensor<128x384xf32>, tensor<128xf32>) outs(%3 : tensor<128x384xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.subf %in, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<128x384xf32>
%5 = tensor.empty() : tensor<128xf32>
%6 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%5 : tensor<128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<128xf32>
%7 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%4 : tensor<128x384xf32>) outs(%6 : tensor<128xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.mulf %in, %in fastmath<contract> : f32
%10 = arith.addf %out, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<128xf32>
%8 = linalg.generic {indexing_maps = [#map10, #map11, #map14, #map14, #map10], iterator_types = #loops18} ins(%4, %7, %arg1, %arg2 : tensor<128x384xf32>, tensor<128xf32>, tensor<384xf32>, tensor<384xf32>) outs(%arg3 : tensor<128x384xf32>) {
^bb0(%in: f32, %in_2: f32, %in_3: f32, %in_4: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.addf %9, %cst_0 fastmath<contract> : f32
%11 = math.sqrt %10 fastmath<contract> : f32
%12 = arith.divf %in, %11 fastmath<contract> : f32
%13 = arith.mulf %12, %in_3 : f32
%14 = arith.addf %13, %in_4 : f32
linalg.yield %14 : f32
} -> tensor<128x384xf32>
return %8 : tensor<128x384xf32>
}
}
// -----
// gemm 128x384x384 bias mul
module {
func.func @workload(%arg0: tensor<128x384xf32>, %arg1: tensor<384x384xf32> {diapason.constant}, %arg2: tensor<384xf32> {diapason.constant}, %arg3: tensor<128x384xf32>) -> tensor<128x384xf32> {
%cst = arith.constant 0.420448214 : f32
%0 = tensor.empty() : tensor<128x384xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<384xf32>) outs(%0 : tensor<128x384xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<128x384xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<128x384xf32>, tensor<384x384xf32>) outs(%1 : tensor<128x384xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<128x384xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<128x384xf32>) outs(%arg3 : tensor<128x384xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
linalg.yield %4 : f32
} -> tensor<128x384xf32>
return %3 : tensor<128x384xf32>
}
}
// -----
// reduce_sum 1x128x1 -> 1x1x1 max
module {
func.func @workload(%arg0: tensor<128xf32>, %arg1: tensor<1xf32>) -> tensor<1xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 9.99999971E-10 : f32
%0 = tensor.empty() : tensor<1xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<1xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1xf32>
%2 = linalg.generic {indexing_maps = [#map14, #map11], iterator_types = #loops13} ins(%arg0 : tensor<128xf32>) outs(%1 : tensor<1xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<1xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<1xf32>) outs(%arg1 : tensor<1xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst_0 fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1xf32>
return %3 : tensor<1xf32>
}
}
// -----
// layer_norm 128x384 mul add
module {
func.func @workload(%arg0: tensor<128x384xf32>, %arg1: tensor<384xf32> {diapason.constant}, %arg2: tensor<384xf32> {diapason.constant}, %arg3: tensor<128xf32>, %arg4: tensor<128x384xf32>) -> tensor<128x384xf32> {
%cst = arith.constant 0.00260416674 : f32
%cst_0 = arith.constant 9.99999996E-13 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<128xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<128xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<128x384xf32>) outs(%1 : tensor<128xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %9 : f32
} -> tensor<128xf32>
%3 = tensor.empty() : tensor<128x384xf32>
%4 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%arg0, %2 : tensor<128x384xf32>, tensor<128xf32>) outs(%3 : tensor<128x384xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.subf %in, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<128x384xf32>
%5 = tensor.empty() : tensor<128xf32>
%6 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%5 : tensor<128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<128xf32>
%7 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%4 : tensor<128x384xf32>) outs(%6 : tensor<128xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.mulf %in, %in fastmath<contract> : f32
%10 = arith.addf %out, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<128xf32>
%8 = linalg.generic {indexing_maps = [#map10, #map11, #map14, #map14, #map11, #map10], iterator_types = #loops18} ins(%4, %7, %arg1, %arg2, %arg3 : tensor<128x384xf32>, tensor<128xf32>, tensor<384xf32>, tensor<384xf32>, tensor<128xf32>) outs(%arg4 : tensor<128x384xf32>) {
^bb0(%in: f32, %in_2: f32, %in_3: f32, %in_4: f32, %in_5: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.addf %9, %cst_0 fastmath<contract> : f32
%11 = math.sqrt %10 fastmath<contract> : f32
%12 = arith.divf %in, %11 fastmath<contract> : f32
%13 = arith.mulf %12, %in_3 : f32
%14 = arith.addf %13, %in_4 : f32
%15 = arith.mulf %14, %in_5 : f32
linalg.yield %15 : f32
} -> tensor<128x384xf32>
return %8 : tensor<128x384xf32>
}
}
// -----
// reduce_sum 1x128x384 -> 1x1x384
module {
func.func @workload(%arg0: tensor<128x384xf32>, %arg1: tensor<384xf32>) -> tensor<384xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<384xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<384xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<384xf32>
%2 = linalg.generic {indexing_maps = [#map33, #map11], iterator_types = #loops13} ins(%arg0 : tensor<128x384xf32>) outs(%1 : tensor<384xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<384xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<384xf32>) outs(%arg1 : tensor<384xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<384xf32>
return %3 : tensor<384xf32>
}
}
// -----
// reduce_L2 1x384 -> 1x1 max
module {
func.func @workload(%arg0: tensor<384xf32>, %arg1: tensor<1xf32>) -> tensor<1xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 9.99999996E-13 : f32
%0 = tensor.empty() : tensor<1xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<1xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1xf32>
%2 = linalg.generic {indexing_maps = [#map14, #map11], iterator_types = #loops13} ins(%arg0 : tensor<384xf32>) outs(%1 : tensor<1xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %in fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<1xf32>) outs(%arg1 : tensor<1xf32>) {
^bb0(%in: f32, %out: f32):
%4 = math.sqrt %in fastmath<contract> : f32
%5 = arith.maximumf %4, %cst_0 fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1xf32>
return %3 : tensor<1xf32>
}
}
// -----
// batch_gemm 12x128x128x32 mul add
module {
func.func @workload(%arg0: tensor<12x128x32xf32>, %arg1: tensor<12x128x32xf32>, %arg2: tensor<128x128xf32>, %arg3: tensor<12x128x128xf32>) -> tensor<12x128x128xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 0.176776692 : f32
%0 = tensor.empty() : tensor<12x128x128xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<12x128x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<12x128x128xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map36, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<12x128x32xf32>, tensor<12x128x32xf32>) outs(%1 : tensor<12x128x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<12x128x128xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map20, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<12x128x128xf32>, tensor<128x128xf32>) outs(%arg3 : tensor<12x128x128xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %cst_0 : f32
%5 = arith.addf %4, %in_1 : f32
linalg.yield %5 : f32
} -> tensor<12x128x128xf32>
return %3 : tensor<12x128x128xf32>
}
}
// -----
// conv2d 224x224x3 3x3 s2 -> 16 bias mul add clip
module {
func.func @workload(%arg0: tensor<1x226x226x3xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<16x3x3x3xf32> {diapason.constant}, %arg2: tensor<16xf32> {diapason.constant}, %arg3: tensor<1x112x112x16xf32>) -> tensor<1x112x112x16xf32> {
%cst = arith.constant 0.166666672 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%cst_2 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x112x112x16xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<16xf32>) outs(%0 : tensor<1x112x112x16xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x112x112x16xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x226x226x3xf32>, tensor<16x3x3x3xf32>) outs(%1 : tensor<1x112x112x16xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%4 = arith.mulf %in, %in_3 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x16xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x112x112x16xf32>) outs(%arg3 : tensor<1x112x112x16xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.addf %4, %cst_0 : f32
%6 = arith.maximumf %5, %cst_1 fastmath<nsz> : f32
%7 = arith.minimumf %6, %cst_2 fastmath<nsz> : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x112x112x16xf32>
return %3 : tensor<1x112x112x16xf32>
}
}
// -----
// depthwise 112x112x16 3x3 s1 -> 16 bias relu
module {
func.func @workload(%arg0: tensor<1x114x114x16xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<16x3x3xf32> {diapason.constant}, %arg2: tensor<16xf32> {diapason.constant}, %arg3: tensor<1x112x112x16xf32>) -> tensor<1x112x112x16xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x112x112x16xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<16xf32>) outs(%0 : tensor<1x112x112x16xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x112x112x16xf32>
%2 = linalg.generic {indexing_maps = [#map40, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x114x114x16xf32>, tensor<16x3x3xf32>) outs(%1 : tensor<1x112x112x16xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x112x112x16xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x112x112x16xf32>) outs(%arg3 : tensor<1x112x112x16xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x112x112x16xf32>
return %3 : tensor<1x112x112x16xf32>
}
}
// -----
// depthwise 112x112x64 3x3 s2 -> 64 bias relu
module {
func.func @workload(%arg0: tensor<1x114x114x64xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<64x3x3xf32> {diapason.constant}, %arg2: tensor<64xf32> {diapason.constant}, %arg3: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x56x56x64xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<64xf32>) outs(%0 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x56x56x64xf32>
%2 = linalg.generic {indexing_maps = [#map28, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x114x114x64xf32>, tensor<64x3x3xf32>) outs(%1 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x56x56x64xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x56x56x64xf32>) outs(%arg3 : tensor<1x56x56x64xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x56x56x64xf32>
return %3 : tensor<1x56x56x64xf32>
}
}
// -----
// depthwise 56x56x72 5x5 s2 -> 72 bias relu
module {
func.func @workload(%arg0: tensor<1x60x60x72xf32> {diapason.zero = array<i64: 0, 0, 2, 2, 2, 2, 0, 0>}, %arg1: tensor<72x5x5xf32> {diapason.constant}, %arg2: tensor<72xf32> {diapason.constant}, %arg3: tensor<1x28x28x72xf32>) -> tensor<1x28x28x72xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x28x28x72xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<72xf32>) outs(%0 : tensor<1x28x28x72xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x72xf32>
%2 = linalg.generic {indexing_maps = [#map28, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x60x60x72xf32>, tensor<72x5x5xf32>) outs(%1 : tensor<1x28x28x72xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x72xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x28x28x72xf32>) outs(%arg3 : tensor<1x28x28x72xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x28x28x72xf32>
return %3 : tensor<1x28x28x72xf32>
}
}
// -----
// conv2d 1x1x24 1x1 s1 -> 72 bias clip
module {
func.func @workload(%arg0: tensor<1x1x1x24xf32>, %arg1: tensor<72x24x1x1xf32> {diapason.constant}, %arg2: tensor<72xf32> {diapason.constant}, %arg3: tensor<1x1x1x72xf32>) -> tensor<1x1x1x72xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1x1x72xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<72xf32>) outs(%0 : tensor<1x1x1x72xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x1x72xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x1x24xf32>, tensor<72x24x1x1xf32>) outs(%1 : tensor<1x1x1x72xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x1x72xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x1x72xf32>) outs(%arg3 : tensor<1x1x1x72xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
%5 = arith.minimumf %4, %cst_0 fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x1x1x72xf32>
return %3 : tensor<1x1x1x72xf32>
}
}
// -----
// depthwise 28x28x120 5x5 s1 -> 120 bias relu
module {
func.func @workload(%arg0: tensor<1x32x32x120xf32> {diapason.zero = array<i64: 0, 0, 2, 2, 2, 2, 0, 0>}, %arg1: tensor<120x5x5xf32> {diapason.constant}, %arg2: tensor<120xf32> {diapason.constant}, %arg3: tensor<1x28x28x120xf32>) -> tensor<1x28x28x120xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x28x28x120xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<120xf32>) outs(%0 : tensor<1x28x28x120xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x120xf32>
%2 = linalg.generic {indexing_maps = [#map40, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x32x32x120xf32>, tensor<120x5x5xf32>) outs(%1 : tensor<1x28x28x120xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x120xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x28x28x120xf32>) outs(%arg3 : tensor<1x28x28x120xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<1x28x28x120xf32>
return %3 : tensor<1x28x28x120xf32>
}
}
// -----
// conv2d 28x28x40 1x1 s1 -> 240 bias mul add clip
module {
func.func @workload(%arg0: tensor<1x28x28x40xf32>, %arg1: tensor<240x40x1x1xf32> {diapason.constant}, %arg2: tensor<240xf32> {diapason.constant}, %arg3: tensor<1x28x28x240xf32>) -> tensor<1x28x28x240xf32> {
%cst = arith.constant 0.166666672 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%cst_2 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x28x28x240xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<240xf32>) outs(%0 : tensor<1x28x28x240xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x240xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x28x28x40xf32>, tensor<240x40x1x1xf32>) outs(%1 : tensor<1x28x28x240xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%4 = arith.mulf %in, %in_3 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x240xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x28x28x240xf32>) outs(%arg3 : tensor<1x28x28x240xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.addf %4, %cst_0 : f32
%6 = arith.maximumf %5, %cst_1 fastmath<nsz> : f32
%7 = arith.minimumf %6, %cst_2 fastmath<nsz> : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x28x28x240xf32>
return %3 : tensor<1x28x28x240xf32>
}
}
// -----
// depthwise 28x28x240 3x3 s2 -> 240 bias mul add clip
module {
func.func @workload(%arg0: tensor<1x30x30x240xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<240x3x3xf32> {diapason.constant}, %arg2: tensor<240xf32> {diapason.constant}, %arg3: tensor<1x14x14x240xf32>) -> tensor<1x14x14x240xf32> {
%cst = arith.constant 0.166666672 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%cst_2 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x14x14x240xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<240xf32>) outs(%0 : tensor<1x14x14x240xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x14x14x240xf32>
%2 = linalg.generic {indexing_maps = [#map28, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x30x30x240xf32>, tensor<240x3x3xf32>) outs(%1 : tensor<1x14x14x240xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%4 = arith.mulf %in, %in_3 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x14x14x240xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x14x14x240xf32>) outs(%arg3 : tensor<1x14x14x240xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.addf %4, %cst_0 : f32
%6 = arith.maximumf %5, %cst_1 fastmath<nsz> : f32
%7 = arith.minimumf %6, %cst_2 fastmath<nsz> : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x14x14x240xf32>
return %3 : tensor<1x14x14x240xf32>
}
}
// -----
// depthwise 14x14x200 3x3 s1 -> 200 bias mul add clip
module {
func.func @workload(%arg0: tensor<1x16x16x200xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>}, %arg1: tensor<200x3x3xf32> {diapason.constant}, %arg2: tensor<200xf32> {diapason.constant}, %arg3: tensor<1x14x14x200xf32>) -> tensor<1x14x14x200xf32> {
%cst = arith.constant 0.166666672 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%cst_2 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x14x14x200xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<200xf32>) outs(%0 : tensor<1x14x14x200xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x14x14x200xf32>
%2 = linalg.generic {indexing_maps = [#map40, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x16x16x200xf32>, tensor<200x3x3xf32>) outs(%1 : tensor<1x14x14x200xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%4 = arith.mulf %in, %in_3 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x14x14x200xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x14x14x200xf32>) outs(%arg3 : tensor<1x14x14x200xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.addf %4, %cst_0 : f32
%6 = arith.maximumf %5, %cst_1 fastmath<nsz> : f32
%7 = arith.minimumf %6, %cst_2 fastmath<nsz> : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x14x14x200xf32>
return %3 : tensor<1x14x14x200xf32>
}
}
// -----
// depthwise 14x14x672 5x5 s2 -> 672 bias mul add clip
module {
func.func @workload(%arg0: tensor<1x18x18x672xf32> {diapason.zero = array<i64: 0, 0, 2, 2, 2, 2, 0, 0>}, %arg1: tensor<672x5x5xf32> {diapason.constant}, %arg2: tensor<672xf32> {diapason.constant}, %arg3: tensor<1x7x7x672xf32>) -> tensor<1x7x7x672xf32> {
%cst = arith.constant 0.166666672 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%cst_2 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x7x7x672xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<672xf32>) outs(%0 : tensor<1x7x7x672xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x7x7x672xf32>
%2 = linalg.generic {indexing_maps = [#map28, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x18x18x672xf32>, tensor<672x5x5xf32>) outs(%1 : tensor<1x7x7x672xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%4 = arith.mulf %in, %in_3 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x7x7x672xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x7x7x672xf32>) outs(%arg3 : tensor<1x7x7x672xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.addf %4, %cst_0 : f32
%6 = arith.maximumf %5, %cst_1 fastmath<nsz> : f32
%7 = arith.minimumf %6, %cst_2 fastmath<nsz> : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x7x7x672xf32>
return %3 : tensor<1x7x7x672xf32>
}
}
// -----
// depthwise 7x7x960 5x5 s1 -> 960 bias mul add clip
module {
func.func @workload(%arg0: tensor<1x11x11x960xf32> {diapason.zero = array<i64: 0, 0, 2, 2, 2, 2, 0, 0>}, %arg1: tensor<960x5x5xf32> {diapason.constant}, %arg2: tensor<960xf32> {diapason.constant}, %arg3: tensor<1x7x7x960xf32>) -> tensor<1x7x7x960xf32> {
%cst = arith.constant 0.166666672 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%cst_2 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x7x7x960xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<960xf32>) outs(%0 : tensor<1x7x7x960xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x7x7x960xf32>
%2 = linalg.generic {indexing_maps = [#map40, #map41, #map30], iterator_types = #loops31} ins(%arg0, %arg1 : tensor<1x11x11x960xf32>, tensor<960x5x5xf32>) outs(%1 : tensor<1x7x7x960xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%4 = arith.mulf %in, %in_3 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x7x7x960xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x7x7x960xf32>) outs(%arg3 : tensor<1x7x7x960xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.addf %4, %cst_0 : f32
%6 = arith.maximumf %5, %cst_1 fastmath<nsz> : f32
%7 = arith.minimumf %6, %cst_2 fastmath<nsz> : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x7x7x960xf32>
return %3 : tensor<1x7x7x960xf32>
}
}
// -----
// gemm 1x1280x960 bias mul add clip
module {
func.func @workload(%arg0: tensor<1x960xf32>, %arg1: tensor<1280x960xf32>, %arg2: tensor<1280xf32> {diapason.constant}, %arg3: tensor<1x1280xf32>) -> tensor<1x1280xf32> {
%cst = arith.constant 0.166666672 : f32
%cst_0 = arith.constant 5.000000e-01 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%cst_2 = arith.constant 1.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1280xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<1280xf32>) outs(%0 : tensor<1x1280xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1280xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map20, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<1x960xf32>, tensor<1280x960xf32>) outs(%1 : tensor<1x1280xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%4 = arith.mulf %in, %in_3 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1280xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<1x1280xf32>) outs(%arg3 : tensor<1x1280xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %cst : f32
%5 = arith.addf %4, %cst_0 : f32
%6 = arith.maximumf %5, %cst_1 fastmath<nsz> : f32
%7 = arith.minimumf %6, %cst_2 fastmath<nsz> : f32
%8 = arith.mulf %in, %7 : f32
linalg.yield %8 : f32
} -> tensor<1x1280xf32>
return %3 : tensor<1x1280xf32>
}
}
// -----
// conv2d 56x56x64 1x1 s1 -> 256 bias residual relu
module {
func.func @workload(%arg0: tensor<1x1x3136x64xf32>, %arg1: tensor<256x64x1x1xf32> {diapason.constant}, %arg2: tensor<256xf32> {diapason.constant}, %arg3: tensor<1x1x3136x256xf32>) -> tensor<1x1x3136x256xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x1x3136x256xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<256xf32>) outs(%0 : tensor<1x1x3136x256xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x1x3136x256xf32>
%2 = linalg.generic {indexing_maps = [#map32, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x1x3136x64xf32>, tensor<256x64x1x1xf32>) outs(%1 : tensor<1x1x3136x256xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x1x3136x256xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x1x3136x256xf32>) outs(%arg3 : tensor<1x1x3136x256xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %in, %out : f32
%5 = arith.maximumf %4, %cst fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x1x3136x256xf32>
return %3 : tensor<1x1x3136x256xf32>
}
}
// -----
// conv2d 56x56x256 1x1 s2 -> 512 bias residual relu
module {
func.func @workload(%arg0: tensor<1x56x56x256xf32>, %arg1: tensor<512x256x1x1xf32> {diapason.constant}, %arg2: tensor<512xf32> {diapason.constant}, %arg3: tensor<1x28x28x512xf32>) -> tensor<1x28x28x512xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x28x28x512xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<512xf32>) outs(%0 : tensor<1x28x28x512xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x28x28x512xf32>
%2 = linalg.generic {indexing_maps = [#map23, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x56x56x256xf32>, tensor<512x256x1x1xf32>) outs(%1 : tensor<1x28x28x512xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x512xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x28x28x512xf32>) outs(%arg3 : tensor<1x28x28x512xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in : f32
%5 = arith.maximumf %4, %cst fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<1x28x28x512xf32>
return %3 : tensor<1x28x28x512xf32>
}
}
// -----
// conv2d 224x224x3 16x16 s16 -> 192 bias
module {
func.func @workload(%arg0: tensor<1x224x224x3xf32>, %arg1: tensor<192x3x16x16xf32> {diapason.constant}, %arg2: tensor<192xf32> {diapason.constant}, %arg3: tensor<1x14x14x192xf32>) -> tensor<1x14x14x192xf32> {
%0 = tensor.empty() : tensor<1x14x14x192xf32>
%1 = linalg.generic {indexing_maps = [#map21, #map22], iterator_types = #loops26} ins(%arg2 : tensor<192xf32>) outs(%0 : tensor<1x14x14x192xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x14x14x192xf32>
%2 = linalg.generic {indexing_maps = [#map45, #map24, #map25], iterator_types = #loops27} ins(%arg0, %arg1 : tensor<1x224x224x3xf32>, tensor<192x3x16x16xf32>) outs(%1 : tensor<1x14x14x192xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x14x14x192xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x14x14x192xf32>) outs(%arg3 : tensor<1x14x14x192xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x14x14x192xf32>
return %3 : tensor<1x14x14x192xf32>
}
}
// -----
// layer_norm 197x192 mul add
module {
func.func @workload(%arg0: tensor<197x192xf32>, %arg1: tensor<192xf32> {diapason.constant}, %arg2: tensor<192xf32> {diapason.constant}, %arg3: tensor<197x192xf32>) -> tensor<197x192xf32> {
%cst = arith.constant 0.00520833349 : f32
%cst_0 = arith.constant 9.99999997E-7 : f32
%cst_1 = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<197xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<197xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<197xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<197x192xf32>) outs(%1 : tensor<197xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %9 : f32
} -> tensor<197xf32>
%3 = tensor.empty() : tensor<197x192xf32>
%4 = linalg.generic {indexing_maps = [#map10, #map11, #map10], iterator_types = #loops18} ins(%arg0, %2 : tensor<197x192xf32>, tensor<197xf32>) outs(%3 : tensor<197x192xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.subf %in, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<197x192xf32>
%5 = tensor.empty() : tensor<197xf32>
%6 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%5 : tensor<197xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<197xf32>
%7 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%4 : tensor<197x192xf32>) outs(%6 : tensor<197xf32>) {
^bb0(%in: f32, %out: f32):
%9 = arith.mulf %in, %in fastmath<contract> : f32
%10 = arith.addf %out, %9 fastmath<contract> : f32
linalg.yield %10 : f32
} -> tensor<197xf32>
%8 = linalg.generic {indexing_maps = [#map10, #map11, #map14, #map14, #map10], iterator_types = #loops18} ins(%4, %7, %arg1, %arg2 : tensor<197x192xf32>, tensor<197xf32>, tensor<192xf32>, tensor<192xf32>) outs(%arg3 : tensor<197x192xf32>) {
^bb0(%in: f32, %in_2: f32, %in_3: f32, %in_4: f32, %out: f32):
%9 = arith.mulf %in_2, %cst fastmath<contract> : f32
%10 = arith.addf %9, %cst_0 fastmath<contract> : f32
%11 = math.sqrt %10 fastmath<contract> : f32
%12 = arith.divf %in, %11 fastmath<contract> : f32
%13 = arith.mulf %12, %in_3 : f32
%14 = arith.addf %13, %in_4 : f32
linalg.yield %14 : f32
} -> tensor<197x192xf32>
return %8 : tensor<197x192xf32>
}
}
// -----
// batch_gemm 3x197x197x64
module {
func.func @workload(%arg0: tensor<3x197x64xf32>, %arg1: tensor<3x197x64xf32>, %arg2: tensor<3x197x197xf32>) -> tensor<3x197x197xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<3x197x197xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<3x197x197xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x197x197xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map36, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<3x197x64xf32>, tensor<3x197x64xf32>) outs(%1 : tensor<3x197x197xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<3x197x197xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<3x197x197xf32>) outs(%arg2 : tensor<3x197x197xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<3x197x197xf32>
return %3 : tensor<3x197x197xf32>
}
}
// -----
// gemm 197x192x192 bias residual
module {
func.func @workload(%arg0: tensor<197x192xf32>, %arg1: tensor<192x192xf32> {diapason.constant}, %arg2: tensor<192xf32> {diapason.constant}, %arg3: tensor<197x192xf32>) -> tensor<197x192xf32> {
%0 = tensor.empty() : tensor<197x192xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<192xf32>) outs(%0 : tensor<197x192xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<197x192xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<197x192xf32>, tensor<192x192xf32>) outs(%1 : tensor<197x192xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<197x192xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<197x192xf32>) outs(%arg3 : tensor<197x192xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in : f32
linalg.yield %4 : f32
} -> tensor<197x192xf32>
return %3 : tensor<197x192xf32>
}
}
// -----
// batch_gemm 6x37x37x64 add
module {
func.func @workload(%arg0: tensor<3x2x37x64xf32>, %arg1: tensor<3x2x37x64xf32>, %arg2: tensor<3x37x37xf32>, %arg3: tensor<3x2x37x37xf32>) -> tensor<3x2x37x37xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<3x2x37x37xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<3x2x37x37xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x2x37x37xf32>
%2 = linalg.generic {indexing_maps = [#map46, #map47, #map48], iterator_types = #loops49} ins(%arg0, %arg1 : tensor<3x2x37x64xf32>, tensor<3x2x37x64xf32>) outs(%1 : tensor<3x2x37x37xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<3x2x37x37xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map36, #map22], iterator_types = #loops26} ins(%2, %arg2 : tensor<3x2x37x37xf32>, tensor<3x37x37xf32>) outs(%arg3 : tensor<3x2x37x37xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<3x2x37x37xf32>
return %3 : tensor<3x2x37x37xf32>
}
}
// -----
// batch_gemm 6x37x64x37
module {
func.func @workload(%arg0: tensor<3x2x37x37xf32>, %arg1: tensor<3x2x37x64xf32>, %arg2: tensor<3x2x37x64xf32>) -> tensor<3x2x37x64xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<3x2x37x64xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<3x2x37x64xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x2x37x64xf32>
%2 = linalg.generic {indexing_maps = [#map46, #map50, #map48], iterator_types = #loops49} ins(%arg0, %arg1 : tensor<3x2x37x37xf32>, tensor<3x2x37x64xf32>) outs(%1 : tensor<3x2x37x64xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<3x2x37x64xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<3x2x37x64xf32>) outs(%arg2 : tensor<3x2x37x64xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<3x2x37x64xf32>
return %3 : tensor<3x2x37x64xf32>
}
}
// -----
// reduce_mean 3x1024x7x7 -> 3x1024x1x1
module {
func.func @workload(%arg0: tensor<3x49x1024xf32>, %arg1: tensor<3x1024xf32>) -> tensor<3x1024xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 4.900000e+01 : f32
%0 = tensor.empty() : tensor<3x1024xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<3x1024xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x1024xf32>
%2 = linalg.generic {indexing_maps = [#map51, #map17], iterator_types = #loops19} ins(%arg0 : tensor<3x49x1024xf32>) outs(%1 : tensor<3x1024xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<3x1024xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<3x1024xf32>) outs(%arg1 : tensor<3x1024xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<3x1024xf32>
return %3 : tensor<3x1024xf32>
}
}
// -----
// reduce_sum 3x37x1 -> 3x1x1 max
module {
func.func @workload(%arg0: tensor<3x37xf32>, %arg1: tensor<3xf32>) -> tensor<3xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 9.99999971E-10 : f32
%0 = tensor.empty() : tensor<3xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<3xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<3x37xf32>) outs(%1 : tensor<3xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<3xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<3xf32>) outs(%arg1 : tensor<3xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst_0 fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<3xf32>
return %3 : tensor<3xf32>
}
}
// -----
// reduce_sum 3x37x384 -> 3x1x384
module {
func.func @workload(%arg0: tensor<3x37x384xf32>, %arg1: tensor<3x384xf32>) -> tensor<3x384xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<3x384xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<3x384xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x384xf32>
%2 = linalg.generic {indexing_maps = [#map51, #map17], iterator_types = #loops19} ins(%arg0 : tensor<3x37x384xf32>) outs(%1 : tensor<3x384xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<3x384xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<3x384xf32>) outs(%arg1 : tensor<3x384xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<3x384xf32>
return %3 : tensor<3x384xf32>
}
}
// -----
// reduce_L2 3x384 -> 3x1 max
module {
func.func @workload(%arg0: tensor<3x384xf32>, %arg1: tensor<3xf32>) -> tensor<3xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 9.99999996E-13 : f32
%0 = tensor.empty() : tensor<3xf32>
%1 = linalg.generic {indexing_maps = [#map9], iterator_types = #loops12} outs(%0 : tensor<3xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3xf32>
%2 = linalg.generic {indexing_maps = [#map10, #map11], iterator_types = #loops13} ins(%arg0 : tensor<3x384xf32>) outs(%1 : tensor<3xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.mulf %in, %in fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<3xf32>
%3 = linalg.generic {indexing_maps = [#map9, #map9], iterator_types = #loops12} ins(%2 : tensor<3xf32>) outs(%arg1 : tensor<3xf32>) {
^bb0(%in: f32, %out: f32):
%4 = math.sqrt %in fastmath<contract> : f32
%5 = arith.maximumf %4, %cst_0 fastmath<nsz> : f32
linalg.yield %5 : f32
} -> tensor<3xf32>
return %3 : tensor<3xf32>
}
}
// -----
// reduce_mean 3x72x28x28 -> 3x72x1x1
module {
func.func @workload(%arg0: tensor<3x784x72xf32>, %arg1: tensor<3x72xf32>) -> tensor<3x72xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 7.840000e+02 : f32
%0 = tensor.empty() : tensor<3x72xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<3x72xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x72xf32>
%2 = linalg.generic {indexing_maps = [#map51, #map17], iterator_types = #loops19} ins(%arg0 : tensor<3x784x72xf32>) outs(%1 : tensor<3x72xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<3x72xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<3x72xf32>) outs(%arg1 : tensor<3x72xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<3x72xf32>
return %3 : tensor<3x72xf32>
}
}
// -----
// reduce_mean 3x480x14x14 -> 3x480x1x1
module {
func.func @workload(%arg0: tensor<3x196x480xf32>, %arg1: tensor<3x480xf32>) -> tensor<3x480xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 1.960000e+02 : f32
%0 = tensor.empty() : tensor<3x480xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<3x480xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x480xf32>
%2 = linalg.generic {indexing_maps = [#map51, #map17], iterator_types = #loops19} ins(%arg0 : tensor<3x196x480xf32>) outs(%1 : tensor<3x480xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %4 : f32
} -> tensor<3x480xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<3x480xf32>) outs(%arg1 : tensor<3x480xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.divf %in, %cst_0 : f32
linalg.yield %4 : f32
} -> tensor<3x480xf32>
return %3 : tensor<3x480xf32>
}
}
// -----
// batch_gemm 9x197x197x64
module {
func.func @workload(%arg0: tensor<3x3x197x64xf32>, %arg1: tensor<3x3x197x64xf32>, %arg2: tensor<3x3x197x197xf32>) -> tensor<3x3x197x197xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<3x3x197x197xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<3x3x197x197xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x3x197x197xf32>
%2 = linalg.generic {indexing_maps = [#map46, #map47, #map48], iterator_types = #loops49} ins(%arg0, %arg1 : tensor<3x3x197x64xf32>, tensor<3x3x197x64xf32>) outs(%1 : tensor<3x3x197x197xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<3x3x197x197xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<3x3x197x197xf32>) outs(%arg2 : tensor<3x3x197x197xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<3x3x197x197xf32>
return %3 : tensor<3x3x197x197xf32>
}
}
// -----
// gemm 3x4x5
module {
func.func @workload(%arg0: tensor<5x3xf32>, %arg1: tensor<4x5xf32>, %arg2: tensor<3x4xf32>) -> tensor<3x4xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<3x4xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<3x4xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x4xf32>
%2 = linalg.generic {indexing_maps = [#map52, #map20, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<5x3xf32>, tensor<4x5xf32>) outs(%1 : tensor<3x4xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<3x4xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<3x4xf32>) outs(%arg2 : tensor<3x4xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<3x4xf32>
return %3 : tensor<3x4xf32>
}
}
// -----
// batch_gemm 16x48x48x64 mul add
module {
func.func @workload(%arg0: tensor<16x48x64xf32>, %arg1: tensor<16x48x64xf32>, %arg2: tensor<48x48x16xf32>, %arg3: tensor<16x48x48xf32>) -> tensor<16x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%cst_0 = arith.constant 1.250000e-01 : f32
%0 = tensor.empty() : tensor<16x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<16x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<16x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map36, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<16x48x64xf32>, tensor<16x48x64xf32>) outs(%1 : tensor<16x48x48xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %in_1 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<16x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map42, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<16x48x48xf32>, tensor<48x48x16xf32>) outs(%arg3 : tensor<16x48x48xf32>) {
^bb0(%in: f32, %in_1: f32, %out: f32):
%4 = arith.mulf %in, %cst_0 : f32
%5 = arith.addf %4, %in_1 : f32
linalg.yield %5 : f32
} -> tensor<16x48x48xf32>
return %3 : tensor<16x48x48xf32>
}
}
// -----
// batch_gemm 8x32x48x8
module {
func.func @workload(%arg0: tensor<32x8xf32> {diapason.constant}, %arg1: tensor<8x8x48xf32>, %arg2: tensor<8x32x48xf32>) -> tensor<8x32x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x32x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x32x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x32x48xf32>
%2 = linalg.generic {indexing_maps = [#map53, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<32x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x32x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x32x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<8x32x48xf32>) outs(%arg2 : tensor<8x32x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x32x48xf32>
return %3 : tensor<8x32x48xf32>
}
}
// -----
// batch_gemm 8x32x48x8
module {
func.func @workload(%arg0: tensor<32x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<8x32x48xf32>) -> tensor<8x32x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x32x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x32x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x32x48xf32>
%2 = linalg.generic {indexing_maps = [#map53, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<32x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x32x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x32x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<8x32x48xf32>) outs(%arg2 : tensor<8x32x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x32x48xf32>
return %3 : tensor<8x32x48xf32>
}
}
// -----
// batch_gemm 6x48x24x8
module {
func.func @workload(%arg0: tensor<2x48x8xf32>, %arg1: tensor<3x8x24xf32> {diapason.constant}, %arg2: tensor<2x3x48x24xf32>) -> tensor<2x3x48x24xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<2x3x48x24xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<2x3x48x24xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<2x3x48x24xf32>
%2 = linalg.generic {indexing_maps = [#map54, #map55, #map48], iterator_types = #loops49} ins(%arg0, %arg1 : tensor<2x48x8xf32>, tensor<3x8x24xf32>) outs(%1 : tensor<2x3x48x24xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<2x3x48x24xf32>
%3 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<2x3x48x24xf32>) outs(%arg2 : tensor<2x3x48x24xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<2x3x48x24xf32>
return %3 : tensor<2x3x48x24xf32>
}
}
// -----
// batch_gemm 3x2x24x8
module {
func.func @workload(%arg0: tensor<3x2x8xf32>, %arg1: tensor<3x8x24xf32> {diapason.constant}, %arg2: tensor<3x2x24xf32>) -> tensor<3x2x24xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<3x2x24xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<3x2x24xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<3x2x24xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<3x2x8xf32>, tensor<3x8x24xf32>) outs(%1 : tensor<3x2x24xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<3x2x24xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<3x2x24xf32>) outs(%arg2 : tensor<3x2x24xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<3x2x24xf32>
return %3 : tensor<3x2x24xf32>
}
}
// -----
// batch_gemm 8x48x48x8 add
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<8x48x48xf32>, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<8x48x48xf32>, tensor<8x48x48xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 relu
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<8x48x48xf32>) outs(%arg2 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 add
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<8x48x48xf32>, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map51, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<8x48x48xf32>, tensor<8x48x48xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 relu
module {
func.func @workload(%arg0: tensor<8x8x48xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map56, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x8x48xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<8x48x48xf32>) outs(%arg2 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %out: f32):
%4 = arith.maximumf %in, %cst fastmath<nsz> : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 bias
module {
func.func @workload(%arg0: tensor<8x8x48xf32>, %arg1: tensor<8x48xf32> {diapason.constant}, %arg2: tensor<48xf32> {diapason.constant}, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map0, #map1], iterator_types = #loops5} ins(%arg2 : tensor<48xf32>) outs(%0 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map56, #map57, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x8x48xf32>, tensor<8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<8x48x48xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 add
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<48x8x48xf32>, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map58, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<8x48x48xf32>, tensor<48x8x48xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 bias
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x48xf32> {diapason.constant}, %arg2: tensor<48xf32> {diapason.constant}, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map0, #map1], iterator_types = #loops5} ins(%arg2 : tensor<48xf32>) outs(%0 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map57, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<8x48x48xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 add
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<48x8x48xf32>, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map59, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<8x48x48xf32>, tensor<48x8x48xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// gemm 384x48x8 bias
module {
func.func @workload(%arg0: tensor<8x384xf32>, %arg1: tensor<8x48xf32> {diapason.constant}, %arg2: tensor<48xf32> {diapason.constant}, %arg3: tensor<384x48xf32>) -> tensor<384x48xf32> {
%0 = tensor.empty() : tensor<384x48xf32>
%1 = linalg.generic {indexing_maps = [#map14, #map10], iterator_types = #loops18} ins(%arg2 : tensor<48xf32>) outs(%0 : tensor<384x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<384x48xf32>
%2 = linalg.generic {indexing_maps = [#map52, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<8x384xf32>, tensor<8x48xf32>) outs(%1 : tensor<384x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<384x48xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<384x48xf32>) outs(%arg3 : tensor<384x48xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<384x48xf32>
return %3 : tensor<384x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 add
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<48x48x8xf32>, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map42, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<8x48x48xf32>, tensor<48x48x8xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// batch_gemm 8x48x48x8 add
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<8x8x48xf32>, %arg2: tensor<48x48x8xf32>, %arg3: tensor<8x48x48xf32>) -> tensor<8x48x48xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x48xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x48xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x48xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map39, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<8x8x48xf32>) outs(%1 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x48xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map60, #map1], iterator_types = #loops5} ins(%2, %arg2 : tensor<8x48x48xf32>, tensor<48x48x8xf32>) outs(%arg3 : tensor<8x48x48xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.addf %in, %in_0 : f32
linalg.yield %4 : f32
} -> tensor<8x48x48xf32>
return %3 : tensor<8x48x48xf32>
}
}
// -----
// gemm 384x32x8
module {
func.func @workload(%arg0: tensor<384x8xf32>, %arg1: tensor<8x32xf32>, %arg2: tensor<384x32xf32>) -> tensor<384x32xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<384x32xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<384x32xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<384x32xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<384x8xf32>, tensor<8x32xf32>) outs(%1 : tensor<384x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<384x32xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<384x32xf32>) outs(%arg2 : tensor<384x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<384x32xf32>
return %3 : tensor<384x32xf32>
}
}
// -----
// batch_gemm 8x48x32x8
module {
func.func @workload(%arg0: tensor<8x48x8xf32>, %arg1: tensor<32x8xf32>, %arg2: tensor<8x48x32xf32>) -> tensor<8x48x32xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<8x48x32xf32>
%1 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%0 : tensor<8x48x32xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<8x48x32xf32>
%2 = linalg.generic {indexing_maps = [#map35, #map61, #map37], iterator_types = #loops38} ins(%arg0, %arg1 : tensor<8x48x8xf32>, tensor<32x8xf32>) outs(%1 : tensor<8x48x32xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<8x48x32xf32>
%3 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%2 : tensor<8x48x32xf32>) outs(%arg2 : tensor<8x48x32xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<8x48x32xf32>
return %3 : tensor<8x48x32xf32>
}
}
// -----
// gemm 48x1x8
module {
func.func @workload(%arg0: tensor<48x8xf32>, %arg1: tensor<1x8xf32> {diapason.constant}, %arg2: tensor<48x1xf32>) -> tensor<48x1xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<48x1xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<48x1xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<48x1xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map20, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<48x8xf32>, tensor<1x8xf32>) outs(%1 : tensor<48x1xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<48x1xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<48x1xf32>) outs(%arg2 : tensor<48x1xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<48x1xf32>
return %3 : tensor<48x1xf32>
}
}
// -----
// gemm 1x37x8
module {
func.func @workload(%arg0: tensor<1x8xf32>, %arg1: tensor<8x37xf32> {diapason.constant}, %arg2: tensor<1x37xf32>) -> tensor<1x37xf32> {
%cst = arith.constant 0.000000e+00 : f32
%0 = tensor.empty() : tensor<1x37xf32>
%1 = linalg.generic {indexing_maps = [#map10], iterator_types = #loops18} outs(%0 : tensor<1x37xf32>) {
^bb0(%out: f32):
linalg.yield %cst : f32
} -> tensor<1x37xf32>
%2 = linalg.generic {indexing_maps = [#map15, #map16, #map17], iterator_types = #loops19} ins(%arg0, %arg1 : tensor<1x8xf32>, tensor<8x37xf32>) outs(%1 : tensor<1x37xf32>) {
^bb0(%in: f32, %in_0: f32, %out: f32):
%4 = arith.mulf %in, %in_0 fastmath<contract> : f32
%5 = arith.addf %out, %4 fastmath<contract> : f32
linalg.yield %5 : f32
} -> tensor<1x37xf32>
%3 = linalg.generic {indexing_maps = [#map10, #map10], iterator_types = #loops18} ins(%2 : tensor<1x37xf32>) outs(%arg2 : tensor<1x37xf32>) {
^bb0(%in: f32, %out: f32):
linalg.yield %in : f32
} -> tensor<1x37xf32>
return %3 : tensor<1x37xf32>
}
}
// -----
// attention 2x128x128x64 add
module {
func.func @workload(%arg0: tensor<1x128x2x64xf32>, %arg1: tensor<128x2x64xf32>, %arg2: tensor<128x2x64xf32>, %arg3: tensor<128x128xf32>, %arg4: tensor<1x2x128x64xf32>) -> tensor<1x2x128x64xf32> {
%cst = arith.constant 1.000000e+00 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%cst_1 = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<1x2x128x128xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x2x128x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x2x128x128xf32>
%2 = linalg.generic {indexing_maps = [#map62, #map63, #map48], iterator_types = #loops49} ins(%arg1, %arg0 : tensor<128x2x64xf32>, tensor<1x128x2x64xf32>) outs(%1 : tensor<1x2x128x128xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%18 = arith.mulf %in, %in_2 fastmath<contract> : f32
%19 = arith.addf %out, %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x2x128x128xf32>
%3 = tensor.empty() : tensor<1x2x128x128xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map61, #map22], iterator_types = #loops26} ins(%2, %arg3 : tensor<1x2x128x128xf32>, tensor<128x128xf32>) outs(%3 : tensor<1x2x128x128xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%18 = arith.addf %in, %in_2 : f32
linalg.yield %18 : f32
} -> tensor<1x2x128x128xf32>
%5 = tensor.empty() : tensor<1x2x128xf32>
%6 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%5 : tensor<1x2x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<1x2x128xf32>
%7 = linalg.generic {indexing_maps = [#map22, #map35], iterator_types = #loops50} ins(%4 : tensor<1x2x128x128xf32>) outs(%6 : tensor<1x2x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.cmpf ogt, %in, %out fastmath<contract> : f32
%19 = arith.select %18, %in, %out : f32
linalg.yield %19 : f32
} -> tensor<1x2x128xf32>
%8 = linalg.generic {indexing_maps = [#map35, #map22], iterator_types = #loops26} ins(%7 : tensor<1x2x128xf32>) outs(%4 : tensor<1x2x128x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.subf %out, %in fastmath<contract> : f32
%19 = math.exp %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x2x128x128xf32>
%9 = tensor.empty() : tensor<1x2x128xf32>
%10 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%9 : tensor<1x2x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x2x128xf32>
%11 = linalg.generic {indexing_maps = [#map22, #map35], iterator_types = #loops50} ins(%8 : tensor<1x2x128x128xf32>) outs(%10 : tensor<1x2x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x2x128xf32>
%12 = tensor.empty() : tensor<1x2x128xf32>
%13 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%11 : tensor<1x2x128xf32>) outs(%12 : tensor<1x2x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.divf %cst, %in fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x2x128xf32>
%14 = tensor.empty() : tensor<1x2x128x64xf32>
%15 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%14 : tensor<1x2x128x64xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x2x128x64xf32>
%16 = linalg.generic {indexing_maps = [#map64, #map65, #map48], iterator_types = #loops49} ins(%8, %arg2 : tensor<1x2x128x128xf32>, tensor<128x2x64xf32>) outs(%15 : tensor<1x2x128x64xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%18 = arith.mulf %in, %in_2 fastmath<contract> : f32
%19 = arith.addf %out, %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x2x128x64xf32>
%17 = linalg.generic {indexing_maps = [#map22, #map37, #map22], iterator_types = #loops26} ins(%16, %13 : tensor<1x2x128x64xf32>, tensor<1x2x128xf32>) outs(%arg4 : tensor<1x2x128x64xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%18 = arith.mulf %in, %in_2 fastmath<contract> : f32
%19 = arith.cmpf uno, %in_2, %in_2 : f32
%20 = arith.select %19, %cst_0, %18 : f32
linalg.yield %20 : f32
} -> tensor<1x2x128x64xf32>
return %17 : tensor<1x2x128x64xf32>
}
}
// -----
// attention 3x197x197x64
module {
func.func @workload(%arg0: tensor<1x197x3x64xf32>, %arg1: tensor<197x3x64xf32>, %arg2: tensor<197x3x64xf32>, %arg3: tensor<1x3x197x64xf32>) -> tensor<1x3x197x64xf32> {
%cst = arith.constant 1.000000e+00 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%cst_1 = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<1x3x197x197xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x3x197x197xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x3x197x197xf32>
%2 = linalg.generic {indexing_maps = [#map62, #map63, #map48], iterator_types = #loops49} ins(%arg1, %arg0 : tensor<197x3x64xf32>, tensor<1x197x3x64xf32>) outs(%1 : tensor<1x3x197x197xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%18 = arith.mulf %in, %in_2 fastmath<contract> : f32
%19 = arith.addf %out, %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x3x197x197xf32>
%3 = tensor.empty() : tensor<1x3x197x197xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map22], iterator_types = #loops26} ins(%2 : tensor<1x3x197x197xf32>) outs(%3 : tensor<1x3x197x197xf32>) {
^bb0(%in: f32, %out: f32):
%18 = math.fma %in, %cst, %cst_0 fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x3x197x197xf32>
%5 = tensor.empty() : tensor<1x3x197xf32>
%6 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%5 : tensor<1x3x197xf32>) {
^bb0(%out: f32):
linalg.yield %cst_1 : f32
} -> tensor<1x3x197xf32>
%7 = linalg.generic {indexing_maps = [#map22, #map35], iterator_types = #loops50} ins(%4 : tensor<1x3x197x197xf32>) outs(%6 : tensor<1x3x197xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.cmpf ogt, %in, %out fastmath<contract> : f32
%19 = arith.select %18, %in, %out : f32
linalg.yield %19 : f32
} -> tensor<1x3x197xf32>
%8 = linalg.generic {indexing_maps = [#map35, #map22], iterator_types = #loops26} ins(%7 : tensor<1x3x197xf32>) outs(%4 : tensor<1x3x197x197xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.subf %out, %in fastmath<contract> : f32
%19 = math.exp %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x3x197x197xf32>
%9 = tensor.empty() : tensor<1x3x197xf32>
%10 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%9 : tensor<1x3x197xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x3x197xf32>
%11 = linalg.generic {indexing_maps = [#map22, #map35], iterator_types = #loops50} ins(%8 : tensor<1x3x197x197xf32>) outs(%10 : tensor<1x3x197xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x3x197xf32>
%12 = tensor.empty() : tensor<1x3x197xf32>
%13 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%11 : tensor<1x3x197xf32>) outs(%12 : tensor<1x3x197xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.divf %cst, %in fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x3x197xf32>
%14 = tensor.empty() : tensor<1x3x197x64xf32>
%15 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%14 : tensor<1x3x197x64xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x3x197x64xf32>
%16 = linalg.generic {indexing_maps = [#map64, #map65, #map48], iterator_types = #loops49} ins(%8, %arg2 : tensor<1x3x197x197xf32>, tensor<197x3x64xf32>) outs(%15 : tensor<1x3x197x64xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%18 = arith.mulf %in, %in_2 fastmath<contract> : f32
%19 = arith.addf %out, %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x3x197x64xf32>
%17 = linalg.generic {indexing_maps = [#map22, #map37, #map22], iterator_types = #loops26} ins(%16, %13 : tensor<1x3x197x64xf32>, tensor<1x3x197xf32>) outs(%arg3 : tensor<1x3x197x64xf32>) {
^bb0(%in: f32, %in_2: f32, %out: f32):
%18 = arith.mulf %in, %in_2 fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x3x197x64xf32>
return %17 : tensor<1x3x197x64xf32>
}
}
// -----
// attention 12x128x128x32 mul add
module {
func.func @workload(%arg0: tensor<1x128x12x32xf32>, %arg1: tensor<128x12x32xf32>, %arg2: tensor<128x12x32xf32>, %arg3: tensor<128x128xf32>, %arg4: tensor<1x12x128x32xf32>) -> tensor<1x12x128x32xf32> {
%cst = arith.constant 1.000000e+00 : f32
%cst_0 = arith.constant 0.000000e+00 : f32
%cst_1 = arith.constant 0.176776692 : f32
%cst_2 = arith.constant 0xFF800000 : f32
%0 = tensor.empty() : tensor<1x12x128x128xf32>
%1 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%0 : tensor<1x12x128x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x12x128x128xf32>
%2 = linalg.generic {indexing_maps = [#map62, #map63, #map48], iterator_types = #loops49} ins(%arg1, %arg0 : tensor<128x12x32xf32>, tensor<1x128x12x32xf32>) outs(%1 : tensor<1x12x128x128xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%18 = arith.mulf %in, %in_3 fastmath<contract> : f32
%19 = arith.addf %out, %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x12x128x128xf32>
%3 = tensor.empty() : tensor<1x12x128x128xf32>
%4 = linalg.generic {indexing_maps = [#map22, #map61, #map22], iterator_types = #loops26} ins(%2, %arg3 : tensor<1x12x128x128xf32>, tensor<128x128xf32>) outs(%3 : tensor<1x12x128x128xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%18 = arith.mulf %in, %cst_1 : f32
%19 = arith.addf %18, %in_3 : f32
linalg.yield %19 : f32
} -> tensor<1x12x128x128xf32>
%5 = tensor.empty() : tensor<1x12x128xf32>
%6 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%5 : tensor<1x12x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_2 : f32
} -> tensor<1x12x128xf32>
%7 = linalg.generic {indexing_maps = [#map22, #map35], iterator_types = #loops50} ins(%4 : tensor<1x12x128x128xf32>) outs(%6 : tensor<1x12x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.cmpf ogt, %in, %out fastmath<contract> : f32
%19 = arith.select %18, %in, %out : f32
linalg.yield %19 : f32
} -> tensor<1x12x128xf32>
%8 = linalg.generic {indexing_maps = [#map35, #map22], iterator_types = #loops26} ins(%7 : tensor<1x12x128xf32>) outs(%4 : tensor<1x12x128x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.subf %out, %in fastmath<contract> : f32
%19 = math.exp %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x12x128x128xf32>
%9 = tensor.empty() : tensor<1x12x128xf32>
%10 = linalg.generic {indexing_maps = [#map1], iterator_types = #loops5} outs(%9 : tensor<1x12x128xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x12x128xf32>
%11 = linalg.generic {indexing_maps = [#map22, #map35], iterator_types = #loops50} ins(%8 : tensor<1x12x128x128xf32>) outs(%10 : tensor<1x12x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.addf %out, %in fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x12x128xf32>
%12 = tensor.empty() : tensor<1x12x128xf32>
%13 = linalg.generic {indexing_maps = [#map1, #map1], iterator_types = #loops5} ins(%11 : tensor<1x12x128xf32>) outs(%12 : tensor<1x12x128xf32>) {
^bb0(%in: f32, %out: f32):
%18 = arith.divf %cst, %in fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x12x128xf32>
%14 = tensor.empty() : tensor<1x12x128x32xf32>
%15 = linalg.generic {indexing_maps = [#map22], iterator_types = #loops26} outs(%14 : tensor<1x12x128x32xf32>) {
^bb0(%out: f32):
linalg.yield %cst_0 : f32
} -> tensor<1x12x128x32xf32>
%16 = linalg.generic {indexing_maps = [#map64, #map65, #map48], iterator_types = #loops49} ins(%8, %arg2 : tensor<1x12x128x128xf32>, tensor<128x12x32xf32>) outs(%15 : tensor<1x12x128x32xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%18 = arith.mulf %in, %in_3 fastmath<contract> : f32
%19 = arith.addf %out, %18 fastmath<contract> : f32
linalg.yield %19 : f32
} -> tensor<1x12x128x32xf32>
%17 = linalg.generic {indexing_maps = [#map22, #map37, #map22], iterator_types = #loops26} ins(%16, %13 : tensor<1x12x128x32xf32>, tensor<1x12x128xf32>) outs(%arg4 : tensor<1x12x128x32xf32>) {
^bb0(%in: f32, %in_3: f32, %out: f32):
%18 = arith.mulf %in, %in_3 fastmath<contract> : f32
linalg.yield %18 : f32
} -> tensor<1x12x128x32xf32>
return %17 : tensor<1x12x128x32xf32>
}
}
