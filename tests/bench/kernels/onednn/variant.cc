#include "tests/bench/kernels/onednn/variant.h"

#include <chrono>
#include <fstream>
#include <functional>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace diapason::bench {
namespace {

Dims RowMajorOrder(const Dims& dims) {
  Dims order(dims.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Dims SizesOf(const memory::desc& desc) {
#if DNNL_VERSION_MAJOR < 3
  return desc.dims();
#else
  return desc.get_dims();
#endif
}

}  // namespace

int64_t Product(const Dims& dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
}

Dims StridesOf(const Dims& dims, const Dims& order) {
  Dims strides(dims.size());
  int64_t stride = 1;
  for (auto d = order.rbegin(); d != order.rend(); ++d) {
    strides[static_cast<size_t>(*d)] = stride;
    stride *= dims[static_cast<size_t>(*d)];
  }
  return strides;
}

memory::desc RowMajor(const Dims& dims) { return {dims, kFloat, StridesOf(dims, RowMajorOrder(dims))}; }

memory::desc ColumnMajor(const Dims& dims) {
  Dims order = RowMajorOrder(dims);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return {dims, kFloat, StridesOf(dims, order)};
}

memory::desc ChannelsLast(const Dims& dims) {
  Dims order = {0};
  for (size_t d = 2; d < dims.size(); ++d) order.push_back(static_cast<int64_t>(d));
  order.push_back(1);
  return {dims, kFloat, StridesOf(dims, order)};
}

memory::desc AnyLayout(const Dims& dims) { return {dims, kFloat, memory::format_tag::any}; }

Case::Case(std::string folder, std::istream& words) : folder_(std::move(folder)) {
  std::string word;
  while (words >> word) {
    const size_t equal = word.find('=');
    if (equal != std::string::npos) values_[word.substr(0, equal)] = word.substr(equal + 1);
  }
}

const std::string& Case::Text(const std::string& name) const {
  const auto value = values_.find(name);
  if (value == values_.end()) throw std::runtime_error("the description of the kernel lacks " + name);
  return value->second;
}

int64_t Case::Number(const std::string& name) const { return std::stoll(Text(name)); }

double Case::Real(const std::string& name) const { return std::stod(Text(name)); }

Dims Case::List(const std::string& name) const {
  Dims list;
  std::stringstream text(Text(name));
  for (std::string item; std::getline(text, item, ',');) list.push_back(std::stoll(item));
  return list;
}

std::vector<float> Case::Read(const std::string& name, int64_t count) const {
  std::vector<float> values(static_cast<size_t>(count));
  std::ifstream file(folder_ + "/" + name + ".bin", std::ios::binary);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!file) throw std::runtime_error("cannot read " + name + ".bin");
  return values;
}

void Case::Write(const std::string& file_name, const std::vector<float>& values) const {
  std::ofstream file(folder_ + "/" + file_name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  if (!file) throw std::runtime_error("cannot write " + file_name);
}

Variant::Variant(std::string name) : name_(std::move(name)), stream_(Engine()) {}

dnnl::engine& Variant::Engine() {
  static auto* engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

memory Variant::Tensor(const Case& kernel, const std::string& name, const memory::desc& layout,
                       const memory::desc& stored) {
  std::vector<float> values = kernel.Read(name, Product(SizesOf(stored)));
  memory from(stored, Engine(), values.data()), to(layout, Engine());
  dnnl::reorder(from, to).execute(stream_, from, to);
  stream_.wait();
  return to;
}

void Variant::Add(const dnnl::primitive& primitive, std::unordered_map<int, memory> arguments) {
  steps_.emplace_back(primitive, std::move(arguments));
}

double Variant::Sample() {
  const double begin = Now();
  for (auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
  stream_.wait();
  return Now() - begin;
}

std::vector<float> Variant::Output() {
  const Dims dims = SizesOf(output_.get_desc());
  std::vector<float> values(static_cast<size_t>(Product(dims)));
  memory to(RowMajor(dims), Engine(), values.data());
  dnnl::reorder(output_, to).execute(stream_, output_, to);
  stream_.wait();
  return values;
}

ConvShape::ConvShape(const Case& kernel)
    : input(kernel.List("x")),
      weights(kernel.List("w")),
      output(kernel.List("y")),
      strides(input.size() - 2, kernel.Number("stride")),
      dilation(input.size() - 2, kernel.Number("dilation") - 1),
      padding(input.size() - 2, kernel.Number("padding")) {
  const int64_t groups = kernel.Number("groups");
  if (groups > 1) {
    weights.insert(weights.begin(), groups);
    weights[1] /= groups;
  }
  bias = {output[1]};
}

}  // namespace diapason::bench
