#include "tests/testing/workloads.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "tests/testing/workload_parts.h"

namespace diapason::testing {

Conv SquareConv(int64_t size, int64_t channels, int64_t filters, int64_t kernel, int64_t stride) {
  Conv conv;
  conv.height = conv.width = size;
  conv.channels = channels;
  conv.filters = filters;
  conv.kernel_height = conv.kernel_width = kernel;
  conv.stride = stride;
  conv.padding = kernel / 2;
  return conv;
}

std::string ConvWorkload(const Conv& c) {
  const Shape padded = {c.batch, c.height + 2 * c.padding, c.width + 2 * c.padding, c.channels};
  const std::string in = Tensor(padded),
                    weights = Tensor({c.filters, c.channels, c.kernel_height, c.kernel_width}),
                    bias = Tensor({c.filters}),
                    out = Tensor({c.batch, c.out_height(), c.out_width(), c.filters});
  const std::string dims = "n, h, w, o", loops = "n, h, w, o, kh, kw, i";
  const std::string window =
      absl::StrCat("n, ", Strided("h", c.stride, "kh"), ", ", Strided("w", c.stride, "kw"), ", i");
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"), StartFromBias(bias, out, dims, "o", "pppp"),
      Generic("%acc", "pppprrr",
              {{"%arg0", Map(loops, window), in}, {"%arg1", Map(loops, "o, i, kh, kw"), weights}},
              {"%init", Map(loops, dims), out}, kMultiplyAdd),
      Generic("%out", "pppp", {{"%acc", Map(dims, dims), out}}, {"%arg3", Map(dims, dims), out},
              EpilogueBody(c.epilogue)));
  return Function(
      {absl::StrCat(in, ZeroBorder({0, c.padding, c.padding, 0})),
       absl::StrCat(weights, " {diapason.constant}"), absl::StrCat(bias, " {diapason.constant}"), out},
      out, body);
}

std::string DepthwiseWorkload(const Conv& c) {
  const Shape padded = {c.batch, c.height + 2 * c.padding, c.width + 2 * c.padding, c.channels};
  const std::string in = Tensor(padded), weights = Tensor({c.channels, c.kernel_height, c.kernel_width}),
                    bias = Tensor({c.channels}),
                    out = Tensor({c.batch, c.out_height(), c.out_width(), c.channels});
  const std::string dims = "n, h, w, c", loops = "n, h, w, c, kh, kw";
  const std::string window =
      absl::StrCat("n, ", Strided("h", c.stride, "kh"), ", ", Strided("w", c.stride, "kw"), ", c");
  std::string body =
      absl::StrCat(Constant("%zero", "0.0"), StartFromBias(bias, out, dims, "c", "pppp"),
                   Generic("%acc", "pppprr",
                           {{"%arg0", Map(loops, window), in}, {"%arg1", Map(loops, "c, kh, kw"), weights}},
                           {"%init", Map(loops, dims), out}, kMultiplyAdd),
                   Generic("%out", "pppp", {{"%acc", Map(dims, dims), out}}, {"%arg3", Map(dims, dims), out},
                           EpilogueBody(c.epilogue)));
  return Function(
      {absl::StrCat(in, ZeroBorder({0, c.padding, c.padding, 0})),
       absl::StrCat(weights, " {diapason.constant}"), absl::StrCat(bias, " {diapason.constant}"), out},
      out, body);
}

std::string VolumeConvWorkload(const VolumeConv& c) {
  const int64_t outer = 2 * c.depth_padding, edge = 2 * c.padding;
  const auto steps = [&](int64_t extent, int64_t kernel) { return (extent - kernel) / c.stride + 1; };
  const std::string in =
      Tensor({c.batch, c.depth + outer, c.height + edge, c.width + edge, c.groups, c.channels});
  const std::string weights = Tensor({c.groups, c.filters, c.channels, c.kernel_depth, c.kernel, c.kernel});
  const std::string bias = Tensor({c.groups, c.filters});
  const std::string out =
      Tensor({c.batch, steps(c.depth + outer, c.kernel_depth), steps(c.height + edge, c.kernel),
              steps(c.width + edge, c.kernel), c.groups, c.filters});
  const std::string dims = "n, d, h, w, g, o", loops = "n, d, h, w, g, o, kd, kh, kw, i";
  const std::string window =
      absl::StrCat("n, ", Strided("d", c.stride, "kd"), ", ", Strided("h", c.stride, "kh"), ", ",
                   Strided("w", c.stride, "kw"), ", g, i");
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"), StartFromBias(bias, out, dims, "g, o", "pppppp"),
      Generic("%acc", "pppppprrrr",
              {{"%arg0", Map(loops, window), in}, {"%arg1", Map(loops, "g, o, i, kd, kh, kw"), weights}},
              {"%init", Map(loops, dims), out}, kMultiplyAdd),
      Generic("%out", "pppppp", {{"%acc", Map(dims, dims), out}}, {"%arg3", Map(dims, dims), out},
              EpilogueBody(c.epilogue)));
  return Function(
      {absl::StrCat(in, ZeroBorder({0, c.depth_padding, c.padding, c.padding, 0, 0})),
       absl::StrCat(weights, " {diapason.constant}"), absl::StrCat(bias, " {diapason.constant}"), out},
      out, body);
}

std::string PoolWorkload(const Pool& p) {
  const std::string in = Tensor({p.batch, p.height + 2 * p.padding, p.width + 2 * p.padding, p.channels}),
                    window = Tensor({p.kernel, p.kernel}),
                    out = Tensor({p.batch, p.out_height(), p.out_width(), p.channels});
  const std::string dims = "n, h, w, c", loops = "n, h, w, c, kh, kw";
  const std::string read =
      absl::StrCat("n, ", Strided("h", p.stride, "kh"), ", ", Strided("w", p.stride, "kw"), ", c");
  const std::string combine = absl::StrCat("      %s = ", p.mean ? "arith.addf" : "arith.maximumf",
                                           " %o, %i0 fastmath<contract> : f32\n", Yield("%s"));
  const std::string finish =
      p.mean ? absl::StrCat("      %r = arith.mulf %i0, %scale fastmath<contract> : f32\n", Yield("%r"))
             : std::string(kIdentityBody);
  std::string body = absl::StrCat(
      Constant("%start", p.mean ? "0.0" : "-3.40282347E+38"),
      p.mean ? Constant("%scale", absl::StrFormat("%.9e", 1.0 / static_cast<double>(p.kernel * p.kernel)))
             : "",
      Empty("%window", window), Fill("%init", "%start", out, dims, "pppp"),
      Generic("%acc", "pppprr", {{"%arg0", Map(loops, read), in}, {"%window", Map(loops, "kh, kw"), window}},
              {"%init", Map(loops, dims), out}, combine),
      Generic("%out", "pppp", {{"%acc", Map(dims, dims), out}}, {"%arg1", Map(dims, dims), out}, finish));
  return Function({absl::StrCat(in, ZeroBorder({0, p.padding, p.padding, 0})), out}, out, body);
}

std::string GemmWorkload(const Gemm& g) {
  const std::string a = Tensor({g.m, g.k}), b = g.transposed_b ? Tensor({g.n, g.k}) : Tensor({g.k, g.n}),
                    bias = Tensor({g.n}), out = Tensor({g.m, g.n});
  const std::string dims = "m, n", loops = "m, n, k";
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"), StartFromBias(bias, out, dims, "n", "pp"),
      Generic("%acc", "ppr",
              {{"%arg0", Map(loops, "m, k"), a}, {"%arg1", Map(loops, g.transposed_b ? "n, k" : "k, n"), b}},
              {"%init", Map(loops, dims), out}, kMultiplyAdd),
      Generic("%out", "pp", {{"%acc", Map(dims, dims), out}}, {"%arg3", Map(dims, dims), out},
              EpilogueBody(g.epilogue)));
  return Function(
      {a, absl::StrCat(b, " {diapason.constant}"), absl::StrCat(bias, " {diapason.constant}"), out}, out,
      body);
}

std::string BatchGemmWorkload(const BatchGemm& g) {
  std::vector<std::string> outer, inner;  // the names of the loops before m
  Shape lhs_shape, rhs_shape;
  if (g.groups > 0) {
    outer.push_back("g");
    lhs_shape.push_back(g.groups);
  }
  if (g.batch > 0) {
    outer.push_back("b");
    inner.push_back("b");
    lhs_shape.push_back(g.batch);
    rhs_shape.push_back(g.batch);
  }
  Shape out_shape = lhs_shape;
  const auto add = [](Shape& shape, int64_t first, int64_t second) {
    shape.push_back(first);
    shape.push_back(second);
  };
  add(lhs_shape, g.transposed_lhs ? g.k : g.m, g.transposed_lhs ? g.m : g.k);
  add(rhs_shape, g.transposed_rhs ? g.n : g.k, g.transposed_rhs ? g.k : g.n);
  add(out_shape, g.m, g.n);
  const auto indices = [](std::vector<std::string> names, absl::string_view last) {
    names.emplace_back(last);
    return absl::StrJoin(names, ", ");
  };
  const std::string lhs = Tensor(lhs_shape), rhs = Tensor(rhs_shape), out = Tensor(out_shape);
  const std::string dims = indices(outer, "m, n"), loops = indices(outer, "m, n, k"),
                    parallel(outer.size() + 2, 'p');
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"), Constant("%scale", absl::StrFormat("%.9e", g.scale)),
      Fill("%init", "%zero", out, dims, parallel),
      Generic("%acc", parallel + "r",
              {{"%arg0", Map(loops, indices(outer, g.transposed_lhs ? "k, m" : "m, k")), lhs},
               {"%arg1", Map(loops, indices(inner, g.transposed_rhs ? "n, k" : "k, n")), rhs}},
              {"%init", Map(loops, dims), out}, kMultiplyAdd),
      Generic("%out", parallel, {{"%acc", Map(dims, dims), out}}, {"%arg2", Map(dims, dims), out},
              absl::StrCat("      %r = arith.mulf %i0, %scale fastmath<contract> : f32\n", Yield("%r"))));
  const auto argument = [](const std::string& type, bool constant) {
    return absl::StrCat(type, constant ? " {diapason.constant}" : "");
  };
  return Function({argument(lhs, g.constant_lhs), argument(rhs, g.constant_rhs), out}, out, body);
}

std::string AttentionWorkload(const Attention& a) {
  const std::string q = Tensor({a.batch, a.heads, a.queries, a.width}),
                    k = Tensor({a.batch, a.heads, a.keys, a.width}),
                    v = Tensor({a.batch, a.heads, a.keys, a.value_width}),
                    out = Tensor({a.batch, a.heads, a.queries, a.value_width}),
                    scores = Tensor({a.batch, a.heads, a.keys, a.queries}),
                    row = Tensor({a.batch, a.heads, a.queries});
  const std::string dims = "b, h, n, m", all = Map(dims, dims), by_query = Map(dims, "b, h, m"),
                    first = "b, h, n, m, c", second = "b, h, m, d, n", last = "b, h, m, d";
  std::vector<std::string> types = {q, k, v};
  std::vector<Operand> masked = {{"%scores", all, scores}};
  std::string mask = a.scale == 1 ? "      %x0 = math.fma %i0, %one, %zero : f32\n"
                                  : "      %x0 = arith.mulf %i0, %scale : f32\n";
  const auto add_mask = [&](const std::string& type, const std::string& indices) {
    masked.push_back({absl::StrCat("%arg", types.size()), Map(dims, indices), type});
    types.push_back(type);
    const size_t i = masked.size() - 1;
    absl::StrAppend(&mask, "      %x", i, " = arith.addf %x", i - 1, ", %i", i, " : f32\n");
  };
  if (a.key_mask) add_mask(Tensor({a.batch, a.keys}), "b, n");
  if (a.query_mask) add_mask(Tensor({a.queries, a.keys}), "m, n");
  absl::StrAppend(&mask, Yield(absl::StrCat("%x", masked.size() - 1)));
  types.push_back(out);
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"), Constant("%one", "1.0"), Constant("%lowest", "0xFF800000"),
      Constant("%scale", absl::StrFormat("%.9e", a.scale)), Fill("%s0", "%zero", scores, dims, "pppp"),
      Generic("%scores", "ppppr",
              {{"%arg1", Map(first, "b, h, n, c"), k}, {"%arg0", Map(first, "b, h, m, c"), q}},
              {"%s0", Map(first, dims), scores}, kMultiplyAdd),
      Empty("%masked0", scores), Generic("%masked", "pppp", masked, {"%masked0", all, scores}, mask),
      Fill("%most0", "%lowest", row, "b, h, m", "ppp"),
      Generic("%most", "pprp", {{"%masked", all, scores}}, {"%most0", by_query, row},
              absl::StrCat("      %c = arith.cmpf ogt, %i0, %o : f32\n"
                           "      %s = arith.select %c, %i0, %o : f32\n",
                           Yield("%s"))),
      Generic("%weights", "pppp", {{"%most", by_query, row}}, {"%masked", all, scores},
              absl::StrCat("      %d = arith.subf %o, %i0 fastmath<contract> : f32\n"
                           "      %x = math.exp %d fastmath<contract> : f32\n",
                           Yield("%x"))),
      Fill("%sum0", "%zero", row, "b, h, m", "ppp"),
      Generic("%sum", "pprp", {{"%weights", all, scores}}, {"%sum0", by_query, row},
              absl::StrCat("      %s = arith.addf %o, %i0 fastmath<contract> : f32\n", Yield("%s"))),
      Empty("%inverse0", row),
      Generic("%inverse", "ppp", {{"%sum", Map("b, h, m", "b, h, m"), row}},
              {"%inverse0", Map("b, h, m", "b, h, m"), row},
              absl::StrCat("      %d = arith.divf %one, %i0 fastmath<contract> : f32\n", Yield("%d"))),
      Fill("%o0", "%zero", out, last, "pppp"),
      Generic("%acc", "ppppr",
              {{"%weights", Map(second, "b, h, n, m"), scores}, {"%arg2", Map(second, "b, h, n, d"), v}},
              {"%o0", Map(second, last), out}, kMultiplyAdd),
      Generic("%out", "pppp", {{"%acc", Map(last, last), out}, {"%inverse", Map(last, "b, h, m"), row}},
              {absl::StrCat("%arg", types.size() - 1), Map(last, last), out},
              absl::StrCat("      %q = arith.mulf %i0, %i1 fastmath<contract> : f32\n", Yield("%q"))));
  return Function(types, out, body);
}

}  // namespace diapason::testing
