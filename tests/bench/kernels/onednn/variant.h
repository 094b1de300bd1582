// One kernel as oneDNN computes it, and the kernel's tensors. `MakeVariants` has two definitions, and a
// program contains one of them. That of winograd.cc is for oneDNN 2, which has Winograd's algorithm for
// convolutions. That of kernels.cc is for oneDNN 3, which no longer has it, and makes all kernels.
//
// Everything here throws exceptions: oneDNN's own, and std::runtime_error.
#ifndef DIAPASON_TESTS_BENCH_KERNELS_ONEDNN_VARIANT_H_
#define DIAPASON_TESTS_BENCH_KERNELS_ONEDNN_VARIANT_H_

#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dnnl.hpp"

namespace diapason::bench {

using dnnl::memory;
using Dims = memory::dims;

constexpr auto kFloat = memory::data_type::f32;
constexpr auto kInference = dnnl::prop_kind::forward_inference;

int64_t Product(const Dims& dims);
// Strides of a dense tensor whose dimensions are stored in `order`, the outermost first.
Dims StridesOf(const Dims& dims, const Dims& order);
memory::desc RowMajor(const Dims& dims);
// The matrices of a batch, stored transposed.
memory::desc ColumnMajor(const Dims& dims);
// The layout with the channels innermost.
memory::desc ChannelsLast(const Dims& dims);
// oneDNN chooses the layout.
memory::desc AnyLayout(const Dims& dims);

// The description of a kernel, words of the form NAME=VALUE, and the folder that holds its tensors.
class Case {
 public:
  Case(std::string folder, std::istream& words);

  const std::string& Text(const std::string& name) const;
  int64_t Number(const std::string& name) const;
  double Real(const std::string& name) const;
  // Numbers with commas between them.
  Dims List(const std::string& name) const;

  // The elements of the file NAME.bin.
  std::vector<float> Read(const std::string& name, int64_t count) const;
  void Write(const std::string& file_name, const std::vector<float>& values) const;

 private:
  std::string folder_;
  std::map<std::string, std::string> values_;
};

// A sequence of primitives with the memory that they work on.
class Variant {
 public:
  explicit Variant(std::string name);

  static dnnl::engine& Engine();

  // The tensor `name` of the case in the given layout. `stored` is the layout of the file.
  memory Tensor(const Case& kernel, const std::string& name, const memory::desc& layout,
                const memory::desc& stored);
  static memory Empty(const memory::desc& layout) { return memory(layout, Engine()); }

  void Add(const dnnl::primitive& primitive, std::unordered_map<int, memory> arguments);
  void SetOutput(const memory& output) { output_ = output; }

  // Computes the kernel once. Returns the seconds that this took.
  double Sample();
  // The output of the last call, row-major.
  std::vector<float> Output();
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  dnnl::stream stream_;
  std::vector<std::pair<dnnl::primitive, std::unordered_map<int, memory>>> steps_;
  memory output_;
};

using Variants = std::vector<Variant>;

// Makes the case in every way that this version of oneDNN offers. Throws an exception if there is none.
Variants MakeVariants(const Case& kernel);

struct ConvShape {
  explicit ConvShape(const Case& kernel);

  Dims input, weights, output, bias, strides, dilation, padding;
};

// A variant from the primitive descriptor of a convolution, forwards or transposed. `stored_weights` is the
// layout of the file.
template <typename Primitive>
Variant MakeConv(const Case& kernel, const ConvShape& shape, const typename Primitive::primitive_desc& pd,
                 const memory::desc& stored_weights) {
  Variant variant(pd.impl_info_str());
  const memory y = Variant::Empty(pd.dst_desc());
  variant.Add(Primitive(pd),
              {{DNNL_ARG_SRC, variant.Tensor(kernel, "x", pd.src_desc(), RowMajor(shape.input))},
               {DNNL_ARG_WEIGHTS, variant.Tensor(kernel, "w", pd.weights_desc(), stored_weights)},
               {DNNL_ARG_BIAS, variant.Tensor(kernel, "bias", pd.bias_desc(), RowMajor(shape.bias))},
               {DNNL_ARG_DST, y}});
  variant.SetOutput(y);
  return variant;
}

}  // namespace diapason::bench

#endif  // DIAPASON_TESTS_BENCH_KERNELS_ONEDNN_VARIANT_H_
