#include "tests/compiler/model/small_model.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include "compiler/workload/workload.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::model {
namespace {

using testing::Conv;
using testing::Epilogue;

constexpr int64_t kSize = 10;  // the height and width of activations
constexpr int64_t kChannels = 8;
constexpr int64_t kClasses = 10;

class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  graph::Program Make();

 private:
  int AddWorkload(const std::string& text) {
    const auto workload = workload::MakeWorkload(text);
    if (!workload.ok()) std::abort();
    for (size_t i = 0; i < program_.workloads.size(); ++i) {
      if (program_.workloads[i].id() == workload->id()) return static_cast<int>(i);
    }
    program_.workloads.push_back(*workload);
    return static_cast<int>(program_.workloads.size()) - 1;
  }

  int AddBuffer(graph::BufferKind kind, const std::string& name, int64_t elements, bool has_border = false) {
    graph::Buffer buffer;
    buffer.kind = kind;
    buffer.name = name;
    buffer.elements = elements;
    buffer.has_border = has_border;
    program_.buffers.push_back(buffer);
    return static_cast<int>(program_.buffers.size()) - 1;
  }

  graph::View Weights(const std::string& name, const std::vector<int64_t>& shape) {
    int64_t elements = 1;
    for (int64_t size : shape) elements *= size;
    auto values = std::make_shared<std::vector<float>>(elements);
    for (float& value : *values) value = std::uniform_real_distribution<float>(-0.3f, 0.3f)(random_);
    const int buffer = AddBuffer(graph::BufferKind::kConstant, name, elements);
    program_.buffers[buffer].bytes = {reinterpret_cast<const char*>(values->data()),
                                      values->size() * sizeof(float)};
    program_.storage.push_back(values);
    return Dense(buffer, shape);
  }

  static graph::View Dense(int buffer, const std::vector<int64_t>& shape) {
    graph::View view{buffer, 0, shape, std::vector<int64_t>(shape.size(), 1)};
    for (size_t i = shape.size() - 1; i-- > 0;) view.strides[i] = view.strides[i + 1] * shape[i + 1];
    return view;
  }

  // Returns the inside of a buffer with a border of one pixel.
  static graph::View Inside(int buffer) {
    const int64_t row = (kSize + 2) * kChannels;
    return {buffer, row + kChannels, {1, kSize, kSize, kChannels}, {(kSize + 2) * row, row, kChannels, 1}};
  }

  static graph::View Padded(int buffer) { return Dense(buffer, {1, kSize + 2, kSize + 2, kChannels}); }

  // Returns channels [first, first + 8) of the concatenation.
  static graph::View Half(int buffer, int64_t first) {
    return {buffer,
            first,
            {1, kSize, kSize, kChannels},
            {2 * kSize * kSize * kChannels, 2 * kSize * kChannels, 2 * kChannels, 1}};
  }

  void AddConv(const std::string& name, const Conv& conv, const graph::View& input,
               const graph::View& output) {
    const graph::View weights =
        Weights(name + ".weight", {conv.filters, conv.channels, conv.kernel_height, conv.kernel_width});
    const graph::View bias = Weights(name + ".bias", {conv.filters});
    program_.calls.push_back({AddWorkload(ConvWorkload(conv)), {input, weights, bias, output}, name});
  }

  std::mt19937_64 random_;
  graph::Program program_;
};

graph::Program Maker::Make() {
  program_.name = "small";
  const int x = AddBuffer(graph::BufferKind::kInput, "x", (kSize + 2) * (kSize + 2) * 4);
  const int a = AddBuffer(graph::BufferKind::kActivation, "a", (kSize + 2) * (kSize + 2) * kChannels, true);
  const int b = AddBuffer(graph::BufferKind::kActivation, "b", (kSize + 2) * (kSize + 2) * kChannels, true);
  const int both = AddBuffer(graph::BufferKind::kActivation, "both", kSize * kSize * 2 * kChannels);
  const int pooled = AddBuffer(graph::BufferKind::kActivation, "pooled", kSize * kSize / 4 * 2 * kChannels);
  const int y = AddBuffer(graph::BufferKind::kOutput, "y", kClasses);

  const Conv first{.height = 12, .width = 12, .channels = 4, .filters = 8, .padding = 0};
  const Conv middle{.height = 10, .width = 10, .channels = 8, .filters = 8};
  const Conv residual{
      .height = 10, .width = 10, .channels = 8, .filters = 8, .epilogue = Epilogue::kResidualRelu};
  const Conv pointwise{.height = 10,
                       .width = 10,
                       .channels = 8,
                       .filters = 8,
                       .kernel_height = 1,
                       .kernel_width = 1,
                       .padding = 0,
                       .epilogue = Epilogue::kIdentity};
  AddConv("first", first, Dense(x, {1, 12, 12, 4}), Inside(a));
  AddConv("middle", middle, Padded(a), Inside(b));
  AddConv("residual", residual, Padded(b), Inside(a));
  AddConv("left", middle, Padded(a), Half(both, 0));  // the workload of "middle" with other strides
  AddConv("right", pointwise, Inside(a), Half(both, kChannels));

  const testing::Pool pool{.height = 10, .width = 10, .channels = 16, .kernel = 2, .padding = 0};
  program_.calls.push_back({AddWorkload(PoolWorkload(pool)),
                            {Dense(both, {1, 10, 10, 16}), Dense(pooled, {1, 5, 5, 16})},
                            "pool"});
  const testing::Gemm gemm{
      .m = 1, .n = kClasses, .k = 400, .transposed_b = true, .epilogue = Epilogue::kIdentity};
  const graph::View weights = Weights("classes.weight", {kClasses, 400});
  const graph::View bias = Weights("classes.bias", {kClasses});
  program_.calls.push_back({AddWorkload(GemmWorkload(gemm)),
                            {Dense(pooled, {1, 400}), weights, bias, Dense(y, {1, kClasses})},
                            "classes"});
  program_.inputs.push_back({"x", x, v1::ELEMENT_TYPE_F32, {1, 12, 12, 4}});
  program_.outputs.push_back({"y", y, v1::ELEMENT_TYPE_F32, {1, kClasses}});
  return std::move(program_);
}

// ---- the network in plain C++

using Image = std::vector<float>;  // height x width x channels

const float* Constant(const graph::Program& program, const std::string& name) {
  const auto found = std::find_if(program.buffers.begin(), program.buffers.end(),
                                  [&](const graph::Buffer& buffer) { return buffer.name == name; });
  return reinterpret_cast<const float*>(found->bytes.data());
}

// Convolves square images of `size` pixels, with `padding` zeros around them.
Image Convolve(const graph::Program& program, const std::string& name, const Image& in, int64_t size,
               int64_t channels, int64_t kernel, int64_t padding) {
  const float* weights = Constant(program, name + ".weight");
  const float* bias = Constant(program, name + ".bias");
  const int64_t out_size = size + 2 * padding - kernel + 1;
  Image out(out_size * out_size * kChannels);
  for (int64_t i = 0; i < static_cast<int64_t>(out.size()); ++i) {
    const int64_t o = i % kChannels, w = i / kChannels % out_size, h = i / kChannels / out_size;
    double sum = bias[o];
    for (int64_t k = 0; k < kernel * kernel * channels; ++k) {
      const int64_t c = k / (kernel * kernel), kh = k / kernel % kernel, kw = k % kernel;
      const int64_t y = h + kh - padding, x = w + kw - padding;
      if (y < 0 || y >= size || x < 0 || x >= size) continue;
      sum += weights[o * channels * kernel * kernel + k] * in[(y * size + x) * channels + c];
    }
    out[i] = static_cast<float>(sum);
  }
  return out;
}

Image Relu(Image image) {
  for (float& value : image) value = std::max(value, 0.0f);
  return image;
}

}  // namespace

graph::Program SmallModel(uint64_t seed) { return Maker(seed).Make(); }

std::vector<float> SmallModelReference(const graph::Program& program, const std::vector<float>& x) {
  const Image first = Relu(Convolve(program, "first", x, 12, 4, 3, 0));
  const Image middle = Relu(Convolve(program, "middle", first, 10, 8, 3, 1));
  Image a = Convolve(program, "residual", middle, 10, 8, 3, 1);
  for (size_t i = 0; i < a.size(); ++i) a[i] += first[i];
  a = Relu(a);
  const Image left = Relu(Convolve(program, "left", a, 10, 8, 3, 1));
  const Image right = Convolve(program, "right", a, 10, 8, 1, 0);
  std::vector<float> result;
  for (int64_t n = 0; n < kClasses; ++n) {
    double sum = Constant(program, "classes.bias")[n];
    for (int64_t k = 0; k < 400; ++k) {
      const int64_t channel = k % 16, pixel = k / 16 / 5 * 20 + k / 16 % 5 * 2;
      const Image& half = channel < 8 ? left : right;
      float largest = -1e30f;
      for (int64_t step : {0, 1, 10, 11}) largest = std::max(largest, half[(pixel + step) * 8 + channel % 8]);
      sum += Constant(program, "classes.weight")[n * 400 + k] * largest;
    }
    result.push_back(static_cast<float>(sum));
  }
  return result;
}

}  // namespace diapason::compiler::model
