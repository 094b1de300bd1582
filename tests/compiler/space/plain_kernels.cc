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

// The geometry that convolutions and pools share. Each element of the result has a window of an image,
// which is n x rows x columns x channels including padding.
struct Windows {
  int64_t batch, rows, columns, channels, stride, kernel_height, kernel_width;

  // Calls element(n, h, w, index) for each place of a result with `filters` channels, in row-major order.
  template <typename Element>
  void ForEachResult(int64_t out_height, int64_t out_width, int64_t filters, Element element) const {
    int64_t at = 0;
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t h = 0; h < out_height; ++h)
        for (int64_t w = 0; w < out_width; ++w)
          for (int64_t o = 0; o < filters; ++o, ++at) element(Place{n, h, w, o}, at);
  }

  struct Place {
    int64_t n, h, w, channel;
  };

  // Calls visit(y, x, index) for each place of the window, where `index` is that of the image's element of
  // `channel`.
  template <typename Visit>
  void ForEachInput(const Place& p, int64_t channel, Visit visit) const {
    for (int64_t y = 0; y < kernel_height; ++y)
      for (int64_t x = 0; x < kernel_width; ++x)
        visit(y, x, ((p.n * rows + p.h * stride + y) * columns + p.w * stride + x) * channels + channel);
  }
};

// `group` is the number of input channels of one filter. Each group has the same number of filters.
Array PlainGroupedConv(const Conv& c, int64_t filters, int64_t group, const std::vector<Array>& arguments) {
  const int64_t group_filters = filters / (c.channels / group);
  const Array &in = arguments[0], &weights = arguments[1], &bias = arguments[2];
  Array out = arguments[3];
  const Windows windows = {c.batch,  c.height + 2 * c.padding, c.width + 2 * c.padding, c.channels,
                           c.stride, c.kernel_height,          c.kernel_width};
  windows.ForEachResult(c.out_height(), c.out_width(), filters, [&](const Windows::Place& place, int64_t at) {
    const int64_t first = place.channel / group_filters * group;
    double sum = bias[place.channel];
    for (int64_t i = 0; i < group; ++i) {
      windows.ForEachInput(place, first + i, [&](int64_t y, int64_t x, int64_t input) {
        sum += in[input] * weights[((place.channel * group + i) * c.kernel_height + y) * c.kernel_width + x];
      });
    }
    out[at] = Finish(c.epilogue, sum, out[at]);
  });
  return out;
}

}  // namespace

Array PlainConv(const Conv& c, const std::vector<Array>& arguments) {
  return PlainGroupedConv(c, c.filters, c.channels, arguments);
}

Array PlainDepthwise(const Conv& c, const std::vector<Array>& arguments) {
  return PlainGroupedConv(c, c.channels, 1, arguments);
}

Array PlainPool(const Pool& p, const std::vector<Array>& arguments) {
  const Array& in = arguments[0];
  Array out = arguments[1];
  const Windows windows = {
      p.batch, p.height + 2 * p.padding, p.width + 2 * p.padding, p.channels, p.stride, p.kernel, p.kernel};
  windows.ForEachResult(p.out_height(), p.out_width(), p.channels,
                        [&](const Windows::Place& place, int64_t at) {
                          double sum = 0, most = -std::numeric_limits<double>::infinity();
                          windows.ForEachInput(place, place.channel, [&](int64_t, int64_t, int64_t input) {
                            sum += in[input];
                            most = std::max(most, in[input]);
                          });
                          out[at] = p.mean ? sum / static_cast<double>(p.kernel * p.kernel) : most;
                        });
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
  const int64_t batch = std::max<int64_t>(g.batch, 1), products = std::max<int64_t>(g.groups, 1) * batch;
  for (int64_t i = 0; i < products; ++i) {
    const int64_t r = i % batch;  // the matrix of the right side
    for (int64_t m = 0; m < g.m; ++m) {
      for (int64_t n = 0; n < g.n; ++n) {
        double sum = 0;
        for (int64_t k = 0; k < g.k; ++k) {
          sum += (g.transposed_lhs ? a[(i * g.k + k) * g.m + m] : a[(i * g.m + m) * g.k + k]) *
                 (g.transposed_rhs ? b[(r * g.n + n) * g.k + k] : b[(r * g.k + k) * g.n + n]);
        }
        out[(i * g.m + m) * g.n + n] = sum * g.scale;
      }
    }
  }
  return out;
}

Array PlainAttention(const Attention& a, const std::vector<Array>& arguments) {
  const Array &q = arguments[0], &k = arguments[1], &v = arguments[2];
  Array out(arguments.back().size(), 0);
  for (int64_t i = 0; i < a.batch * a.heads; ++i) {
    for (int64_t m = 0; m < a.queries; ++m) {
      Array scores(a.keys, 0);
      for (int64_t n = 0; n < a.keys; ++n) {
        for (int64_t c = 0; c < a.width; ++c)
          scores[n] += q[(i * a.queries + m) * a.width + c] * k[(i * a.keys + n) * a.width + c];
        scores[n] *= a.scale;
        if (a.key_mask) scores[n] += arguments[3][i / a.heads * a.keys + n];
        if (a.query_mask) scores[n] += arguments[a.key_mask ? 4 : 3][m * a.keys + n];
      }
      const double most = *std::max_element(scores.begin(), scores.end());
      double sum = 0;
      for (double score : scores) sum += std::exp(score - most);
      for (int64_t n = 0; n < a.keys; ++n) {
        for (int64_t d = 0; d < a.value_width; ++d)
          out[(i * a.queries + m) * a.value_width + d] +=
              std::exp(scores[n] - most) / sum * v[(i * a.keys + n) * a.value_width + d];
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
