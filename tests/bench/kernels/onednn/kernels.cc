#include <cmath>
#include <numeric>
#include <stdexcept>

#include "tests/bench/kernels/onednn/variant.h"

namespace diapason::bench {
namespace {

using Tag = memory::format_tag;
// Further arguments of a primitive: their numbers, and which tensors they are.
using MoreArguments = std::vector<std::pair<int, std::pair<std::string, Dims>>>;

// A primitive that reads the row-major tensor `first` in the layout `source` and writes `target`.
template <typename Primitive, typename Descriptor>
Variant OnePrimitive(const Case& kernel, const Descriptor& pd, const memory::desc& source,
                     const memory::desc& target, const MoreArguments& more = {}) {
  Variant variant(pd.impl_info_str());
  const memory output = Variant::Empty(target);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, variant.Tensor(kernel, "x", source, RowMajor(kernel.List("x")))},
      {DNNL_ARG_DST, output}};
  for (const auto& [number, tensor] : more) {
    const memory::desc layout = RowMajor(tensor.second);
    arguments.emplace(number, variant.Tensor(kernel, tensor.first, layout, layout));
  }
  variant.Add(Primitive(pd), arguments);
  variant.SetOutput(output);
  return variant;
}

Variants Conv(const Case& kernel) {
  const ConvShape shape(kernel);
  Variants variants;
  for (const bool channels_last : {false, true}) {
    const auto layout = [&](const Dims& dims) {
      return channels_last ? ChannelsLast(dims) : AnyLayout(dims);
    };
    const dnnl::convolution_forward::primitive_desc pd(
        Variant::Engine(), kInference, dnnl::algorithm::convolution_direct, layout(shape.input),
        AnyLayout(shape.weights), AnyLayout(shape.bias), layout(shape.output), shape.strides, shape.dilation,
        shape.padding, shape.padding);
    variants.push_back(MakeConv<dnnl::convolution_forward>(kernel, shape, pd, RowMajor(shape.weights)));
  }
  return variants;
}

// ONNX stores the weights of a transposed convolution with the input channels outermost.
Variants TransposedConv(const Case& kernel) {
  using Primitive = dnnl::deconvolution_forward;
  ConvShape shape(kernel);
  std::swap(shape.weights[0], shape.weights[1]);
  Dims order(shape.weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[0], order[1]);
  const memory::desc stored(shape.weights, kFloat, StridesOf(shape.weights, order));
  Variants variants;
  for (const bool channels_last : {false, true}) {
    const auto layout = [&](const Dims& dims) {
      return channels_last ? ChannelsLast(dims) : AnyLayout(dims);
    };
    const Primitive::primitive_desc pd(Variant::Engine(), kInference, dnnl::algorithm::deconvolution_direct,
                                       layout(shape.input), AnyLayout(shape.weights), AnyLayout(shape.bias),
                                       layout(shape.output), shape.strides, shape.dilation, shape.padding,
                                       shape.padding);
    variants.push_back(MakeConv<Primitive>(kernel, shape, pd, stored));
  }
  return variants;
}

// As a product with the weights in two layouts, and as an inner product, whose weights are transposed.
Variants Gemm(const Case& kernel) {
  const Dims x = kernel.List("x"), w = kernel.List("w"), y = kernel.List("y"), transposed = {w[1], w[0]};
  Variants variants;
  const auto add = [&](const auto& pd, const dnnl::primitive& primitive, const memory::desc& stored) {
    Variant variant(pd.impl_info_str());
    const memory output = Variant::Empty(RowMajor(y));
    variant.Add(primitive, {{DNNL_ARG_SRC, variant.Tensor(kernel, "x", RowMajor(x), RowMajor(x))},
                            {DNNL_ARG_WEIGHTS, variant.Tensor(kernel, "w", pd.weights_desc(), stored)},
                            {DNNL_ARG_DST, output}});
    variant.SetOutput(output);
    variants.push_back(variant);
  };
  for (const memory::desc& layout : {AnyLayout(w), RowMajor(w)}) {
    const dnnl::matmul::primitive_desc pd(Variant::Engine(), RowMajor(x), layout, RowMajor(y));
    add(pd, dnnl::matmul(pd), RowMajor(w));
  }
  const dnnl::inner_product_forward::primitive_desc pd(Variant::Engine(), kInference, RowMajor(x),
                                                       AnyLayout(transposed), RowMajor(y));
  add(pd, dnnl::inner_product_forward(pd), ColumnMajor(transposed));
  return variants;
}

// `a` and `b` are the sizes of the matrices as they are multiplied; the files may store them transposed.
Variants BatchGemm(const Case& kernel) {
  const Dims a = kernel.List("a"), b = kernel.List("b"), y = kernel.List("y");
  const memory::desc left = kernel.Number("transposed_a") != 0 ? ColumnMajor(a) : RowMajor(a);
  const memory::desc right = kernel.Number("transposed_b") != 0 ? ColumnMajor(b) : RowMajor(b);
  const dnnl::matmul::primitive_desc pd(Variant::Engine(), left, right, RowMajor(y));
  Variant variant(pd.impl_info_str());
  const memory output = Variant::Empty(RowMajor(y));
  variant.Add(dnnl::matmul(pd), {{DNNL_ARG_SRC, variant.Tensor(kernel, "a", left, left)},
                                 {DNNL_ARG_WEIGHTS, variant.Tensor(kernel, "b", right, right)},
                                 {DNNL_ARG_DST, output}});
  variant.SetOutput(output);
  return {variant};
}

// Three primitives. The factor is a post-op of the first product, and the softmax works in place.
Variants Attention(const Case& kernel) {
  const Dims q = kernel.List("q"), scores = {q[0], q[1], q[1]}, transposed = {q[0], q[2], q[1]};
  dnnl::post_ops factor;
  factor.append_eltwise(dnnl::algorithm::eltwise_linear,
                        static_cast<float>(1 / std::sqrt(static_cast<double>(q[2]))), 0);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(factor);
  const memory::desc plain = RowMajor(q), rows = RowMajor(scores), keys = ColumnMajor(transposed);
  const dnnl::matmul::primitive_desc first(Variant::Engine(), plain, keys, rows, attributes);
  const dnnl::softmax_forward::primitive_desc softmax(Variant::Engine(), kInference,
                                                      dnnl::algorithm::softmax_accurate, rows, rows, 2);
  const dnnl::matmul::primitive_desc second(Variant::Engine(), rows, plain, plain);
  Variant variant(std::string(first.impl_info_str()) + ", " + softmax.impl_info_str());
  const memory middle = Variant::Empty(rows), output = Variant::Empty(plain);
  variant.Add(dnnl::matmul(first), {{DNNL_ARG_SRC, variant.Tensor(kernel, "q", plain, plain)},
                                    {DNNL_ARG_WEIGHTS, variant.Tensor(kernel, "k", keys, keys)},
                                    {DNNL_ARG_DST, middle}});
  variant.Add(dnnl::softmax_forward(softmax), {{DNNL_ARG_SRC, middle}, {DNNL_ARG_DST, middle}});
  variant.Add(dnnl::matmul(second), {{DNNL_ARG_SRC, middle},
                                     {DNNL_ARG_WEIGHTS, variant.Tensor(kernel, "v", plain, plain)},
                                     {DNNL_ARG_DST, output}});
  variant.SetOutput(output);
  return {variant};
}

Variants Softmax(const Case& kernel) {
  const memory::desc layout = RowMajor(kernel.List("x"));
  const dnnl::softmax_forward::primitive_desc pd(Variant::Engine(), kInference,
                                                 dnnl::algorithm::softmax_accurate, layout, layout,
                                                 static_cast<int>(kernel.Number("axis")));
  return {OnePrimitive<dnnl::softmax_forward>(kernel, pd, layout, layout)};
}

Variants LayerNorm(const Case& kernel) {
  using Primitive = dnnl::layer_normalization_forward;
  const Dims x = kernel.List("x"), row = {x.back()};
  const Primitive::primitive_desc pd(
      Variant::Engine(), kInference, RowMajor(x), RowMajor(x), static_cast<float>(kernel.Real("epsilon")),
      dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift);
  return {OnePrimitive<Primitive>(kernel, pd, RowMajor(x), RowMajor(x),
                                  {{DNNL_ARG_SCALE, {"scale", row}}, {DNNL_ARG_SHIFT, {"shift", row}}})};
}

Variants Gelu(const Case& kernel) {
  const memory::desc layout = RowMajor(kernel.List("x"));
  const dnnl::eltwise_forward::primitive_desc pd(Variant::Engine(), kInference,
                                                 dnnl::algorithm::eltwise_gelu_erf, layout, layout);
  return {OnePrimitive<dnnl::eltwise_forward>(kernel, pd, layout, layout)};
}

Variants Pool(const Case& kernel) {
  const Dims x = kernel.List("x"), y = kernel.List("y");
  const size_t rank = x.size() - 2;
  const Dims window(rank, kernel.Number("kernel")), strides(rank, kernel.Number("stride")),
      padding(rank, kernel.Number("padding")), dilation(rank, 0);
  const auto algorithm = kernel.Number("mean") != 0 ? dnnl::algorithm::pooling_avg_include_padding
                                                    : dnnl::algorithm::pooling_max;
  std::vector<memory::desc> layouts = {ChannelsLast(x), RowMajor(x)};
  if (rank == 2 && x[1] % 16 == 0) layouts.emplace_back(x, kFloat, Tag::nChw16c);
  if (rank == 2 && x[1] % 8 == 0) layouts.emplace_back(x, kFloat, Tag::nChw8c);
  Variants variants;
  for (const memory::desc& layout : layouts) {
    const dnnl::pooling_forward::primitive_desc pd(Variant::Engine(), kInference, algorithm, layout,
                                                   AnyLayout(y), strides, window, dilation, padding, padding);
    variants.push_back(OnePrimitive<dnnl::pooling_forward>(kernel, pd, layout, pd.dst_desc()));
  }
  return variants;
}

// The result is described with the dimensions of the source, and with strides that transpose it.
Variants Transpose(const Case& kernel) {
  const Dims x = kernel.List("x");
  const memory::desc source = RowMajor(x), target(x, kFloat, StridesOf(x, kernel.List("order")));
  const dnnl::reorder::primitive_desc pd(Variant::Engine(), source, Variant::Engine(), target);
  Variant variant(pd.impl_info_str());
  const memory output = Variant::Empty(target);
  variant.Add(dnnl::reorder(pd),
              {{DNNL_ARG_SRC, variant.Tensor(kernel, "x", source, source)}, {DNNL_ARG_DST, output}});
  // The same bytes, described as a vector: they are written out in the order in which they lie.
  variant.SetOutput(memory(RowMajor({Product(x)}), Variant::Engine(), output.get_data_handle()));
  return {variant};
}

Variants Reduce(const Case& kernel) {
  const memory::desc source = RowMajor(kernel.List("x")), target = RowMajor(kernel.List("y"));
  const dnnl::reduction::primitive_desc pd(Variant::Engine(), dnnl::algorithm::reduction_sum, source, target,
                                           0, 0);
  return {OnePrimitive<dnnl::reduction>(kernel, pd, source, target)};
}

// relu(x * scale + shift + z): all but the product are post-ops.
Variants Elementwise(const Case& kernel) {
  const Dims x = kernel.List("x"), side = kernel.List("side");
  dnnl::post_ops rest;
  rest.append_binary(dnnl::algorithm::binary_add, RowMajor(side));
  rest.append_binary(dnnl::algorithm::binary_add, RowMajor(x));
  rest.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(rest);
  const dnnl::binary::primitive_desc pd(Variant::Engine(), dnnl::algorithm::binary_mul, RowMajor(x),
                                        RowMajor(side), RowMajor(x), attributes);
  return {OnePrimitive<dnnl::binary>(kernel, pd, RowMajor(x), RowMajor(x),
                                     {{DNNL_ARG_SRC_1, {"scale", side}},
                                      {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, {"shift", side}},
                                      {DNNL_ARG_ATTR_MULTIPLE_POST_OP(1) | DNNL_ARG_SRC_1, {"z", x}}})};
}

Variants Concat(const Case& kernel) {
  const Dims x = kernel.List("x"), y = kernel.List("y");
  const dnnl::concat::primitive_desc pd(Variant::Engine(), RowMajor(y),
                                        static_cast<int>(kernel.Number("axis")), {RowMajor(x), RowMajor(x)});
  return {
      OnePrimitive<dnnl::concat>(kernel, pd, RowMajor(x), RowMajor(y),
                                 {{DNNL_ARG_MULTIPLE_SRC, {"x", x}}, {DNNL_ARG_MULTIPLE_SRC + 1, {"z", x}}})};
}

}  // namespace

Variants MakeVariants(const Case& kernel) {
  static const auto* makers = new std::map<std::string, Variants (*)(const Case&)>{
      {"conv", Conv},           {"transposed_conv", TransposedConv},
      {"gemm", Gemm},           {"batch_gemm", BatchGemm},
      {"attention", Attention}, {"softmax", Softmax},
      {"gelu", Gelu},           {"layer_norm", LayerNorm},
      {"pool", Pool},           {"transpose", Transpose},
      {"reduce", Reduce},       {"elementwise", Elementwise},
      {"concat", Concat}};
  const auto maker = makers->find(kernel.Text("op"));
  if (maker == makers->end()) throw std::runtime_error("the driver does not know " + kernel.Text("op"));
  return maker->second(kernel);
}

}  // namespace diapason::bench
