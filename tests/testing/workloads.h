// Texts of workloads in the canonical form of compiler/workload/workload.h, for tests and benchmarks.
// Their shapes are given.
#ifndef DIAPASON_TESTS_TESTING_WORKLOADS_H_
#define DIAPASON_TESTS_TESTING_WORKLOADS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace diapason::testing {

// The elementwise operations after the anchor. Every kind with constants also starts from a bias.
enum class Epilogue { kIdentity, kRelu, kResidualRelu };  // residual: the destination's old value is added

// out[n, h, w, o] = epilogue(bias[o] + sum in[n, h*stride+kh, w*stride+kw, i] * weights). The input argument
// includes `padding` zero rows and columns on each side. Arguments: input, weights (constant, OIHW), bias
// (constant), output.
struct Conv {
  // `height` and `width` are those of the input without padding.
  int64_t batch = 1, height = 8, width = 8, channels = 16, filters = 16;
  int64_t kernel_height = 3, kernel_width = 3, stride = 1, padding = 1;
  Epilogue epilogue = Epilogue::kRelu;

  int64_t out_height() const { return (height + 2 * padding - kernel_height) / stride + 1; }
  int64_t out_width() const { return (width + 2 * padding - kernel_width) / stride + 1; }
};
std::string ConvWorkload(const Conv& conv);
// Returns a convolution of a square image with a square filter, which is padded by half of the filter.
Conv SquareConv(int64_t size, int64_t channels, int64_t filters, int64_t kernel, int64_t stride = 1);

// The same with one filter for each channel (`filters` is not used). Weights are C x KH x KW.
std::string DepthwiseWorkload(const Conv& conv);

// A convolution of volumes with groups of channels: out[n, d, h, w, g, o] = epilogue(bias[g*filters+o] +
// sum in[n, d*stride+kd, h*stride+kh, w*stride+kw, g, i] * weights). The input argument includes
// `padding` zeros on each side. Arguments: input, weights (constant, with the axes g, o, i, kd, kh, kw),
// bias (constant), output.
struct VolumeConv {
  // The extents are those of the input without padding; `channels` and `filters` are those of one group.
  int64_t batch = 1, depth = 4, height = 8, width = 8, groups = 2, channels = 8, filters = 16;
  int64_t kernel_depth = 3, kernel = 3, stride = 1, depth_padding = 1, padding = 1;
  Epilogue epilogue = Epilogue::kRelu;
};
std::string VolumeConvWorkload(const VolumeConv& conv);

// The maximum or the mean of a window; the divisor of the mean counts padding. Arguments: input, output.
// The border of a maximum reads as zero, so the inputs of a padded maximum must not be negative where this
// matters.
struct Pool {
  int64_t batch = 1, height = 8, width = 8, channels = 16, kernel = 3, stride = 2, padding = 1;
  bool mean = false;

  int64_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  int64_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
};
std::string PoolWorkload(const Pool& pool);

// out[m, n] = epilogue(bias[n] + sum a[m, k] * b[k, n]). Arguments: a, b (constant), bias (constant), output.
struct Gemm {
  int64_t m = 16, n = 32, k = 24;
  bool transposed_b = false;  // b is stored N x K
  Epilogue epilogue = Epilogue::kRelu;
};
std::string GemmWorkload(const Gemm& gemm);

// out[g, b, m, n] = scale * sum lhs[g, b, m, k] * rhs[b, k, n]. Arguments: lhs, rhs, output.
struct BatchGemm {
  int64_t batch = 2;   // if 0, the loop `b` does not exist
  int64_t groups = 0;  // if 0, the loop `g` does not exist; the groups share rhs
  int64_t m = 16, n = 32, k = 24;
  bool transposed_lhs = false;  // lhs is stored G x B x K x M
  bool transposed_rhs = false;  // rhs is stored B x N x K
  bool constant_lhs = false, constant_rhs = false;
  float scale = 1;
};
std::string BatchGemmWorkload(const BatchGemm& gemm);

// out[b, h, m, :] = softmax over n of (scale * q[b, h, m, :] k[b, h, n, :] + masks) v[b, h, n, :]. Arguments:
// q, k, v, the masks, output.
struct Attention {
  int64_t batch = 1, heads = 2, queries = 16, keys = 24, width = 8, value_width = 8;
  bool key_mask = false;    // a number for each batch and key is added
  bool query_mask = false;  // a number for each query and key is added
  float scale = 0.125;
};
std::string AttentionWorkload(const Attention& attention);

// Softmax over the columns of each row. Arguments: input, output.
struct Rows {
  int64_t rows = 16, columns = 32;
};
std::string SoftmaxWorkload(const Rows& rows);

// (x - mean) / sqrt(variance + 1e-5) * scale + shift. Arguments: input, scale, shift (constants with one
// element for each column), output.
std::string LayerNormWorkload(const Rows& rows);

// out = max(a + b * scale, 0) with a scale for each column. Arguments: a, b, scale (constant), output.
std::string ElementwiseWorkload(const Rows& rows);

// out = f(in0, in1, ..) on elements, with the result's axes as loops. Each input lists the loops that
// index its axes, so inputs may be transposed and broadcast. In f32, f is max(in0 * in1 + in2 * .., 0)
// and so on, and one input is copied; integers are added. Arguments: the inputs, output.
struct Chain {
  std::vector<int64_t> shape;
  std::vector<std::vector<int64_t>> inputs;
  std::string type = "f32";
};
std::string ChainWorkload(const Chain& chain);

// out[c, r] = in[r, c]. Arguments: input, output.
std::string TransposeWorkload(const Rows& rows);

// out[i, c] = table[index[i], c]. Arguments: indices (i64, `count` of them, less than the number of rows),
// table (constant), output.
struct Gather {
  Rows table;
  int64_t count = 8;
};
std::string GatherWorkload(const Gather& gather);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_WORKLOADS_H_
