#include <stdexcept>

#include "tests/bench/kernels/onednn/variant.h"

namespace diapason::bench {

Variants MakeVariants(const Case& kernel) {
  if (kernel.Text("op") != "conv") throw std::runtime_error("Winograd's algorithm is for convolutions");
  const ConvShape shape(kernel);
  const dnnl::convolution_forward::desc desc(kInference, dnnl::algorithm::convolution_winograd,
                                             AnyLayout(shape.input), AnyLayout(shape.weights),
                                             AnyLayout(shape.bias), AnyLayout(shape.output), shape.strides,
                                             shape.dilation, shape.padding, shape.padding);
  Variants variants;
  dnnl::convolution_forward::primitive_desc pd(desc, Variant::Engine());
  do variants.push_back(MakeConv<dnnl::convolution_forward>(kernel, shape, pd, RowMajor(shape.weights)));
  while (pd.next_impl());
  return variants;
}

}  // namespace diapason::bench
