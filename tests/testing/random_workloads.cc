#include "tests/testing/random_workloads.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace diapason::testing {
namespace {

int64_t Pick(absl::BitGenRef random, std::vector<int64_t> choices) {
  return choices[absl::Uniform<size_t>(random, 0, choices.size())];
}

int64_t Between(absl::BitGenRef random, int64_t low, int64_t high) {
  return absl::Uniform<int64_t>(absl::IntervalClosed, random, low, high);
}

Epilogue RandomEpilogue(absl::BitGenRef random) {
  return std::vector<Epilogue>{Epilogue::kIdentity, Epilogue::kRelu,
                               Epilogue::kResidualRelu}[Between(random, 0, 2)];
}

}  // namespace

Conv RandomConv(absl::BitGenRef random) {
  Conv c;
  const int64_t kernel = Pick(random, {1, 1, 3, 3, 5, 7});
  c.kernel_height = c.kernel_width = kernel;
  c.stride = Pick(random, {1, 1, 2});
  c.padding = Pick(random, {0, kernel / 2});
  c.height = kernel + Between(random, 0, 16);
  c.width = kernel + Between(random, 0, 16);
  if (kernel == 1 && c.stride == 1 && Pick(random, {0, 1}) == 1) {  // the form of most 1x1 convolutions
    c.width *= c.height;
    c.height = 1;
  }
  c.channels = Pick(random, {1, 3, 5, 8, 16, 24, 32, 48});
  c.filters = Pick(random, {1, 10, 16, 24, 32, 48, 64});
  c.epilogue = RandomEpilogue(random);
  return c;
}

Conv RandomDenseConv(absl::BitGenRef random) {
  Conv c;
  c.kernel_height = Pick(random, {1, 3, 3, 3, 5});
  c.kernel_width = c.kernel_height == 1 ? 3 : Pick(random, {1, c.kernel_height, c.kernel_height});
  c.padding = c.kernel_height == c.kernel_width ? Pick(random, {0, c.kernel_height / 2}) : 0;
  c.batch = Pick(random, {1, 1, 2});
  c.height = c.kernel_height + Between(random, 1, 16);
  c.width = c.kernel_width + Between(random, 1, 16);
  c.channels = Pick(random, {16, 32, 48});
  c.filters = Pick(random, {16, 32, 64});
  c.epilogue = RandomEpilogue(random);
  return c;
}

Conv RandomDepthwise(absl::BitGenRef random) {
  Conv c = RandomConv(random);
  c.kernel_height = c.kernel_width = Pick(random, {3, 3, 5});
  c.padding = Pick(random, {0, c.kernel_height / 2});
  c.height += 5;
  c.width += 5;
  c.channels = Pick(random, {7, 16, 24, 32, 96, 144});
  c.filters = c.channels;
  return c;
}

VolumeConv RandomVolumeConv(absl::BitGenRef random) {
  VolumeConv c;
  c.kernel = Pick(random, {1, 3, 3});
  c.kernel_depth = Pick(random, {1, c.kernel});
  c.stride = Pick(random, {1, 1, 2});
  c.padding = Pick(random, {0, c.kernel / 2});
  c.depth_padding = Pick(random, {0, c.kernel_depth / 2});
  c.batch = Pick(random, {1, 1, 2});
  c.depth = c.kernel_depth + Pick(random, {0, 1, 3});
  c.height = c.kernel + Between(random, 0, 9);
  c.width = c.kernel + Between(random, 0, 9);
  c.groups = Pick(random, {1, 2, 4, 6});
  c.channels = Pick(random, {1, 3, 4, 8, 16});
  c.filters = Pick(random, {2, 4, 7, 16, 32});
  c.epilogue = RandomEpilogue(random);
  return c;
}

Pool RandomPool(absl::BitGenRef random) {
  Pool p;
  p.kernel = Pick(random, {2, 3});
  p.stride = Pick(random, {1, 2});
  p.padding = Pick(random, {0, 1});
  p.height = p.kernel + Between(random, 0, 16);
  p.width = p.kernel + Between(random, 0, 16);
  p.channels = Pick(random, {3, 16, 24, 64});
  p.mean = Between(random, 0, 1) == 1;
  return p;
}

Gemm RandomGemm(absl::BitGenRef random) {
  Gemm g;
  g.m = Between(random, 1, 80);
  g.n = Pick(random, {1, 2, 10, 16, 32, 37, 48, 64, 97, 100, 113, 128});
  g.k = Pick(random, {1, 2, 7, 16, 19, 24, 32, 37, 64, 96});
  g.transposed_b = Between(random, 0, 1) == 1;
  g.epilogue = RandomEpilogue(random);
  return g;
}

Gemm RandomEvenGemm(absl::BitGenRef random) {
  Gemm g = RandomGemm(random);
  g.m = Between(random, 2, 80);
  g.n = Pick(random, {32, 64, 96, 128});
  g.k = Pick(random, {32, 64, 96});
  return g;
}

BatchGemm RandomBatchGemm(absl::BitGenRef random) {
  BatchGemm g;
  g.batch = Between(random, 0, 4);
  g.groups = Pick(random, {0, 0, 1, 2, 3});
  g.m = Between(random, 1, 40);
  g.n = Pick(random, {1, 2, 8, 16, 30, 32, 37, 64, 97});
  g.k = Pick(random, {1, 3, 8, 16, 31, 64});
  g.transposed_lhs = Between(random, 0, 1) == 1;
  g.transposed_rhs = Between(random, 0, 1) == 1;
  g.constant_lhs = Between(random, 0, 4) == 0;
  // A product of two constants would leave the kernel.
  g.constant_rhs = !g.constant_lhs && Between(random, 0, 2) == 0;
  g.scale = 0.125f;
  return g;
}

Attention RandomAttention(absl::BitGenRef random) {
  Attention a;
  a.batch = Between(random, 1, 2);
  a.heads = Between(random, 1, 3);
  a.queries = Pick(random, {2, 5, 16, 17, 32, 37, 64, 65, 80, 197});
  a.keys = Pick(random, {4, 5, 16, 37, 64, 65, 128, 197});
  a.width = Pick(random, {4, 20, 32, 64});
  a.value_width = Pick(random, {4, 20, 32, 64, 80});
  a.scale = Pick(random, {0, 1}) == 1 ? 0.125f : 1;
  a.key_mask = Between(random, 0, 1) == 1;
  a.query_mask = Between(random, 0, 3) == 0;
  return a;
}

Rows RandomRows(absl::BitGenRef random) {
  return {Between(random, 1, 40), Pick(random, {1, 5, 16, 31, 32, 64, 100, 128})};
}

Gather RandomGather(absl::BitGenRef random) { return {RandomRows(random), Between(random, 1, 20)}; }

Chain RandomChain(absl::BitGenRef random) {
  Chain chain;
  int64_t elements = 1;
  for (int64_t rank = Between(random, 1, 5); rank > 0; --rank) {
    const int64_t extent =
        Pick(random, {1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64, 100, 196});
    chain.shape.push_back(elements * extent <= 200'000 ? extent : 1);
    elements *= chain.shape.back();
  }
  for (int64_t count = Between(random, 1, 3); count > 0; --count) {
    std::vector<int64_t> axes;
    for (size_t d = 0; d < chain.shape.size(); ++d) {
      if (count == 1 || Between(random, 0, 2) > 0) axes.push_back(static_cast<int64_t>(d));
    }
    if (Between(random, 0, 1) == 1) std::shuffle(axes.begin(), axes.end(), random);
    chain.inputs.push_back(std::move(axes));
  }
  chain.type = std::vector<std::string>{"f32", "f32", "f32", "i64", "i32", "i8"}[Between(random, 0, 5)];
  return chain;
}

NamedWorkload RandomChainWorkload(absl::BitGenRef random) {
  const Chain chain = RandomChain(random);
  std::string name = absl::StrCat("chain ", chain.type, " ", absl::StrJoin(chain.shape, "x"), " of");
  for (const std::vector<int64_t>& axes : chain.inputs)
    absl::StrAppend(&name, " [", absl::StrJoin(axes, " "), "]");
  return {name, ChainWorkload(chain)};
}

std::vector<NamedWorkload> RandomWorkloads(absl::BitGenRef random) {
  const Conv conv = RandomConv(random), dense = RandomDenseConv(random), depthwise = RandomDepthwise(random);
  const VolumeConv volume = RandomVolumeConv(random);
  const Pool pool = RandomPool(random);
  const Gemm gemm = RandomGemm(random);
  const BatchGemm batch = RandomBatchGemm(random);
  const Attention attention = RandomAttention(random);
  const Gather gather = RandomGather(random);
  auto image = [](const Conv& c) {
    return absl::StrFormat("%dx%dx%dx%d %dx%d s%d p%d", c.batch, c.height, c.width, c.channels,
                           c.kernel_height, c.kernel_width, c.stride, c.padding);
  };
  std::vector<NamedWorkload> all = {
      {absl::StrCat("conv ", image(conv), " -> ", conv.filters), ConvWorkload(conv)},
      {absl::StrCat("dense conv ", image(dense), " -> ", dense.filters), ConvWorkload(dense)},
      {absl::StrCat("depthwise ", image(depthwise)), DepthwiseWorkload(depthwise)},
      {absl::StrFormat("volume conv %dx%dx%dx%dx%dx%d %dx%dx%d s%d p%d,%d -> %d", volume.batch, volume.depth,
                       volume.height, volume.width, volume.groups, volume.channels, volume.kernel_depth,
                       volume.kernel, volume.kernel, volume.stride, volume.depth_padding, volume.padding,
                       volume.filters),
       VolumeConvWorkload(volume)},
      {absl::StrFormat("%s pool %dx%dx%d %d s%d p%d", pool.mean ? "mean" : "max", pool.height, pool.width,
                       pool.channels, pool.kernel, pool.stride, pool.padding),
       PoolWorkload(pool)},
      {absl::StrFormat("gemm %dx%dx%d%s", gemm.m, gemm.n, gemm.k, gemm.transposed_b ? " transposed" : ""),
       GemmWorkload(gemm)},
      {absl::StrFormat("batch gemm %dx%dx%dx%dx%d%s%s%s%s", batch.groups, batch.batch, batch.m, batch.n,
                       batch.k, batch.transposed_lhs ? " k-major" : "",
                       batch.transposed_rhs ? " transposed" : "", batch.constant_lhs ? " constant left" : "",
                       batch.constant_rhs ? " constant right" : ""),
       BatchGemmWorkload(batch)},
      {absl::StrFormat("attention %dx%dx%dx%dx%d, values %d%s%s", attention.batch, attention.heads,
                       attention.queries, attention.keys, attention.width, attention.value_width,
                       attention.key_mask ? ", mask of keys" : "",
                       attention.query_mask ? ", mask of queries" : ""),
       AttentionWorkload(attention)},
      {absl::StrFormat("gather %d of %dx%d", gather.count, gather.table.rows, gather.table.columns),
       GatherWorkload(gather)},
  };
  auto add_rows = [&](absl::string_view kind, std::string (*make)(const Rows&)) {
    const Rows rows = RandomRows(random);
    all.push_back({absl::StrFormat("%s %dx%d", kind, rows.rows, rows.columns), make(rows)});
  };
  add_rows("softmax", SoftmaxWorkload);
  add_rows("layer norm", LayerNormWorkload);
  add_rows("elementwise", ElementwiseWorkload);
  add_rows("transpose", TransposeWorkload);
  all.push_back(RandomChainWorkload(random));
  const Gemm even = RandomEvenGemm(random);
  all.push_back({absl::StrFormat("even gemm %dx%dx%d%s", even.m, even.n, even.k,
                                 even.transposed_b ? " transposed" : ""),
                 GemmWorkload(even)});
  return all;
}

}  // namespace diapason::testing
