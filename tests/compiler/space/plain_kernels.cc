#include "tests/compiler/space/plain_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace diapason::testing {
namespace {

double Finish(Epilogue epilogue, double value, double old) {
  if (epilogue == Epilogue::kResidualRelu) value += old;
  return epilogue == Epilogue::kIdentity ? value : std::max(value, 0.0);
}

}  // namespace

Array PlainConv(const Conv& c, const std::vector<Array>& arguments) {
  const Array &in = arguments[0], &weights = arguments[1], &bias = arguments[2];
  Array out = arguments[3];
  const int64_t rows = c.height + 2 * c.padding, columns = c.width + 2 * c.padding;
  size_t at = 0;
  for (int64_t n = 0; n < c.batch; ++n) {
    for (int64_t h = 0; h < c.out_height(); ++h) {
      for (int64_t w = 0; w < c.out_width(); ++w) {
        for (int64_t o = 0; o < c.filters; ++o, ++at) {
          double sum = bias[o];
          for (int64_t i = 0; i < c.channels; ++i) {
            for (int64_t y = 0; y < c.kernel_height; ++y) {
              for (int64_t x = 0; x < c.kernel_width; ++x) {
                sum += in[((n * rows + h * c.stride + y) * columns + w * c.stride + x) * c.channels + i] *
                       weights[((o * c.channels + i) * c.kernel_height + y) * c.kernel_width + x];
              }
            }
          }
          out[at] = Finish(c.epilogue, sum, out[at]);
        }
      }
    }
  }
  return out;
}

Array PlainDepthwise(const Conv& c, const std::vector<Array>& arguments) {
  const Array &in = arguments[0], &weights = arguments[1], &bias = arguments[2];
  Array out = arguments[3];
  const int64_t rows = c.height + 2 * c.padding, columns = c.width + 2 * c.padding;
  size_t at = 0;
  for (int64_t n = 0; n < c.batch; ++n) {
    for (int64_t h = 0; h < c.out_height(); ++h) {
      for (int64_t w = 0; w < c.out_width(); ++w) {
        for (int64_t o = 0; o < c.channels; ++o, ++at) {
          double sum = bias[o];
          for (int64_t y = 0; y < c.kernel_height; ++y) {
            for (int64_t x = 0; x < c.kernel_width; ++x) {
              sum += in[((n * rows + h * c.stride + y) * columns + w * c.stride + x) * c.channels + o] *
                     weights[(o * c.kernel_height + y) * c.kernel_width + x];
            }
          }
          out[at] = Finish(c.epilogue, sum, out[at]);
        }
      }
    }
  }
  return out;
}

Array PlainPool(const Pool& p, const std::vector<Array>& arguments) {
  const Array& in = arguments[0];
  Array out = arguments[1];
  const int64_t rows = p.height + 2 * p.padding, columns = p.width + 2 * p.padding;
  size_t at = 0;
  for (int64_t n = 0; n < p.batch; ++n) {
    for (int64_t h = 0; h < p.out_height(); ++h) {
      for (int64_t w = 0; w < p.out_width(); ++w) {
        for (int64_t c = 0; c < p.channels; ++c, ++at) {
          double sum = 0, most = -std::numeric_limits<double>::infinity();
          for (int64_t y = 0; y < p.kernel; ++y) {
            for (int64_t x = 0; x < p.kernel; ++x) {
              const double value =
                  in[((n * rows + h * p.stride + y) * columns + w * p.stride + x) * p.channels + c];
              sum += value;
              most = std::max(most, value);
            }
          }
          out[at] = p.mean ? sum / static_cast<double>(p.kernel * p.kernel) : most;
        }
      }
    }
  }
  return out;
}

Array PlainGemm(const Gemm& g, const std::vector<Array>& arguments) {
  const Array &a = arguments[0], &b = arguments[1], &bias = arguments[2];
  Array out = arguments[3];
  for (int64_t m = 0; m < g.m; ++m) {
    for (int64_t n = 0; n < g.n; ++n) {
      double sum = bias[n];
      for (int64_t k = 0; k < g.k; ++k)
        sum += a[m * g.k + k] * (g.transposed_b ? b[n * g.k + k] : b[k * g.n + n]);
      out[m * g.n + n] = Finish(g.epilogue, sum, out[m * g.n + n]);
    }
  }
  return out;
}

Array PlainBatchGemm(const BatchGemm& g, const std::vector<Array>& arguments) {
  const Array &a = arguments[0], &b = arguments[1];
  Array out = arguments[2];
  for (int64_t i = 0; i < g.batch; ++i) {
    for (int64_t m = 0; m < g.m; ++m) {
      for (int64_t n = 0; n < g.n; ++n) {
        double sum = 0;
        for (int64_t k = 0; k < g.k; ++k) {
          sum += a[(i * g.m + m) * g.k + k] *
                 (g.transposed_rhs ? b[(i * g.n + n) * g.k + k] : b[(i * g.k + k) * g.n + n]);
        }
        out[(i * g.m + m) * g.n + n] = sum * g.scale;
      }
    }
  }
  return out;
}

Array PlainSoftmax(const Rows& rows, const std::vector<Array>& arguments) {
  const Array& in = arguments[0];
  Array out(in.size());
  for (int64_t r = 0; r < rows.rows; ++r) {
    const double* row = &in[r * rows.columns];
    const double most = *std::max_element(row, row + rows.columns);
    double sum = 0;
    for (int64_t c = 0; c < rows.columns; ++c) sum += std::exp(row[c] - most);
    for (int64_t c = 0; c < rows.columns; ++c) out[r * rows.columns + c] = std::exp(row[c] - most) / sum;
  }
  return out;
}

Array PlainLayerNorm(const Rows& rows, const std::vector<Array>& arguments) {
  const Array &in = arguments[0], &scale = arguments[1], &shift = arguments[2];
  Array out(in.size());
  const double n = static_cast<double>(rows.columns);
  for (int64_t r = 0; r < rows.rows; ++r) {
    const double* row = &in[r * rows.columns];
    double mean = 0, variance = 0;
    for (int64_t c = 0; c < rows.columns; ++c) mean += row[c] / n;
    for (int64_t c = 0; c < rows.columns; ++c) variance += (row[c] - mean) * (row[c] - mean) / n;
    for (int64_t c = 0; c < rows.columns; ++c) {
      out[r * rows.columns + c] = (row[c] - mean) / std::sqrt(variance + 1e-5) * scale[c] + shift[c];
    }
  }
  return out;
}

}  // namespace diapason::testing
