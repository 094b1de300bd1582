// Converts Fourier transforms, as products with matrices of sines and cosines, and what goes with them:
// window functions and the weights of a mel spectrogram.
#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::Scalar;
using graph::ValueId;

constexpr int64_t kLongestTransform = 1 << 12;  // its matrix has at most 2^25 elements

// A transform of `length` numbers, of which each has `parts` parts: 1 if it is real, and 2 if it is complex.
struct Transform {
  int64_t length = 0, parts = 1, results = 0;
  bool inverse = false;
};

absl::Status Check(const Transform& transform) {
  if (transform.parts != 1 && transform.parts != 2)
    return absl::InvalidArgumentError("the last dimension must have one or two elements");
  if (transform.length < 1) return absl::InvalidArgumentError("the transform has no elements");
  if (transform.length > kLongestTransform)
    return absl::UnimplementedError(
        absl::StrCat("a transform of ", transform.length, " elements, more than ", kLongestTransform));
  return absl::OkStatus();
}

// Returns 0 for the rounding error of a sine or cosine that is 0.
double NearZero(double number) { return std::fabs(number) < 1e-14 ? 0 : number; }

// Returns the matrix by which a row of numbers is multiplied: [length * parts, results * 2].
ValueId MatrixOf(NodeConverter& node, const Transform& transform) {
  std::vector<Scalar> numbers;
  const int64_t n = transform.length;
  const double scale = transform.inverse ? 1.0 / static_cast<double>(n) : 1,
               sign = transform.inverse ? 1 : -1;
  for (int64_t t = 0; t < n; ++t) {
    for (int64_t part = 0; part < transform.parts; ++part) {
      for (int64_t k = 0; k < transform.results; ++k) {
        const double angle = sign * 2 * M_PI * static_cast<double>(t * k % n) / static_cast<double>(n);
        const double real = scale * NearZero(std::cos(angle)), imaginary = scale * NearZero(std::sin(angle));
        numbers.push_back({part == 0 ? real : -imaginary, 0});
        numbers.push_back({part == 0 ? imaginary : real, 0});
      }
    }
  }
  return node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_F32, {n * transform.parts, transform.results * 2},
                                     graph::ToBytes(v1::ELEMENT_TYPE_F32, numbers));
}

// Returns the only number of a known operand.
absl::StatusOr<double> KnownNumber(const NodeConverter& node, size_t input) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<double> floats, node.ConstantFloats(input));
  if (floats.size() != 1)
    return absl::InvalidArgumentError(absl::StrCat("operand ", input, " is not one number"));
  if (node.InValue(input).type == v1::ELEMENT_TYPE_F32) return floats[0];
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> integers, node.ConstantInts(input));
  return static_cast<double>(integers[0]);
}

// Returns a constant of the type that the attribute `output_datatype` names.
absl::StatusOr<ValueIds> OfOutputType(NodeConverter& node, const graph::Shape& shape,
                                      const std::vector<double>& numbers) {
  const int onnx_type = static_cast<int>(node.Int("output_datatype", onnx::TensorProto::FLOAT));
  DIAPASON_ASSIGN_OR_RETURN(const v1::ElementType type, ComputedTypeOf(onnx_type));
  node.SetNarrow(0, FindNarrowType(onnx_type));
  std::vector<Scalar> scalars;
  for (double number : numbers) scalars.push_back(graph::ScalarOf(type, number));
  return ValueIds{node.graph.AddOwnedConstant("", type, shape, graph::ToBytes(type, scalars))};
}

// Returns a window of cosines: the sum of factors[i] * cos(i * angle), where the angle goes once around.
absl::StatusOr<ValueIds> Window(NodeConverter& node, const std::vector<double>& factors) {
  DIAPASON_ASSIGN_OR_RETURN(const double size, KnownNumber(node, 0));
  if (size < 0 || size > 1 << 24)
    return absl::InvalidArgumentError(absl::StrCat("a window of ", size, " elements"));
  const double period = node.Int("periodic", 1) != 0 ? size : size - 1;
  std::vector<double> numbers(static_cast<size_t>(size));
  for (size_t i = 0; i < numbers.size(); ++i) {
    for (size_t k = 0; k < factors.size(); ++k)
      numbers[i] += factors[k] * std::cos(static_cast<double>(k * i) * 2 * M_PI / std::max(period, 1.0));
  }
  return OfOutputType(node, {static_cast<int64_t>(size)}, numbers);
}

}  // namespace

// The signal lies along `axis`, and the last dimension has its real and imaginary parts.
absl::StatusOr<ValueIds> ConvertDft(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  graph::Shape in = node.InShape(0);
  int64_t axis = node.Int("axis", node.opset < 20 ? 1 : -2);
  if (node.Has(2)) {
    DIAPASON_ASSIGN_OR_RETURN(const double given, KnownNumber(node, 2));
    axis = static_cast<int64_t>(given);
  }
  DIAPASON_ASSIGN_OR_RETURN(axis, NodeConverter::Axis(axis, in.size()));
  if (in.size() < 2 || axis + 1 == static_cast<int64_t>(in.size()))
    return absl::InvalidArgumentError("the axis must lie before the last dimension");
  Transform transform;
  transform.length = in[axis];
  transform.parts = in.back();
  transform.inverse = node.Int("inverse", 0) != 0;
  if (node.Has(1)) {
    DIAPASON_ASSIGN_OR_RETURN(const double given, KnownNumber(node, 1));
    transform.length = static_cast<int64_t>(given);
  }
  const bool onesided = node.Int("onesided", 0) != 0;
  if (onesided && transform.inverse) return absl::UnimplementedError("onesided together with inverse");
  transform.results = onesided ? transform.length / 2 + 1 : transform.length;
  DIAPASON_RETURN_IF_ERROR(Check(transform));
  Expression e(node);
  // The axis becomes the last but one.
  std::vector<int64_t> there, back;
  for (int64_t d = 0; d + 1 < static_cast<int64_t>(in.size()); ++d) {
    if (d != axis) there.push_back(d);
  }
  there.insert(there.end(), {axis, static_cast<int64_t>(in.size()) - 1});
  back.resize(there.size());
  for (size_t d = 0; d < there.size(); ++d) back[static_cast<size_t>(there[d])] = static_cast<int64_t>(d);
  ValueId x = e.Transpose(node.In(0), there);
  const int64_t at = static_cast<int64_t>(in.size()) - 2, had = in[axis];
  if (had > transform.length) x = e.Part(x, at, 0, transform.length);
  DIAPASON_RETURN_IF_ERROR(e.status());
  if (had < transform.length) {
    graph::Shape zeros = e.ShapeOf(x);
    zeros[at] = transform.length - had;
    x = e.Concat({x, e.Expand(e.Number(x, 0), zeros)}, at);
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  graph::Shape rows = e.ShapeOf(x);
  rows.resize(rows.size() - 2);
  graph::Shape result = rows;
  rows.insert(rows.end(), {1, transform.length * transform.parts});
  result.insert(result.end(), {transform.results, 2});
  const ValueId product = e(Op::kMatMul, {e.Reshape(x, rows), MatrixOf(node, transform)});
  return e.Result(e.Transpose(e.Reshape(product, result), back));
}

// Cuts the signal, [batch, length, parts], into frames, and transforms each.
absl::StatusOr<ValueIds> ConvertStft(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const graph::Shape in = node.InShape(0);
  if (in.size() != 3) return absl::InvalidArgumentError("the signal must have three dimensions");
  DIAPASON_ASSIGN_OR_RETURN(const double step_number, KnownNumber(node, 1));
  Transform transform;
  transform.parts = in[2];
  if (node.Has(3)) {
    DIAPASON_ASSIGN_OR_RETURN(const double given, KnownNumber(node, 3));
    transform.length = static_cast<int64_t>(given);
  } else if (node.Has(2)) {
    transform.length = graph::NumElements(node.InShape(2));
  }
  const int64_t step = static_cast<int64_t>(step_number);
  DIAPASON_RETURN_IF_ERROR(Check(transform));
  if (step < 1 || transform.length > in[1] ||
      (node.Has(2) && node.InShape(2) != graph::Shape{transform.length}))
    return absl::InvalidArgumentError(absl::StrCat("frames of ", transform.length, " elements, ", step,
                                                   " apart, do not fit a signal of shape ",
                                                   graph::ShapeText(in)));
  const bool onesided = node.Int("onesided", 1) != 0 && transform.parts == 1;
  transform.results = onesided ? transform.length / 2 + 1 : transform.length;
  const int64_t frames = (in[1] - transform.length) / step + 1;
  std::vector<int64_t> places;
  for (int64_t frame = 0; frame < frames; ++frame) {
    for (int64_t t = 0; t < transform.length; ++t) places.push_back(frame * step + t);
  }
  Expression e(node);
  ValueId x =
      e(Op::kGather, {node.In(0), node.Integers(places, {frames, transform.length})}, {{"axis", int64_t{1}}});
  if (node.Has(2)) x = e(Op::kMul, {x, e.Reshape(node.In(2), {transform.length, 1})});
  x = e.Reshape(x, {in[0], frames, transform.length * transform.parts});
  const ValueId product = e(Op::kMatMul, {x, MatrixOf(node, transform)});
  return e.Result(e.Reshape(product, {in[0], frames, transform.results, 2}));
}

absl::StatusOr<ValueIds> ConvertHannWindow(NodeConverter& node) { return Window(node, {0.5, -0.5}); }

absl::StatusOr<ValueIds> ConvertHammingWindow(NodeConverter& node) {
  return Window(node, {25.0 / 46, -21.0 / 46});
}

absl::StatusOr<ValueIds> ConvertBlackmanWindow(NodeConverter& node) {
  return Window(node, {0.42, -0.5, 0.08});
}

// Each column is a triangle over the bins of a spectrum; its corners are evenly spaced in mel.
absl::StatusOr<ValueIds> ConvertMelWeightMatrix(NodeConverter& node) {
  double operands[5];
  for (size_t i = 0; i < 5; ++i) {
    DIAPASON_ASSIGN_OR_RETURN(operands[i], KnownNumber(node, i));
  }
  const int64_t columns = static_cast<int64_t>(operands[0]), length = static_cast<int64_t>(operands[1]);
  const double rate = operands[2];
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  const double low = mel(operands[3]), step = (mel(operands[4]) - low) / static_cast<double>(columns + 2);
  const int64_t rows = length / 2 + 1;
  if (columns < 1 || length < 1 || columns > 1 << 16 || length > 1 << 16 || !(rate > 0) || !(step > 0))
    return absl::InvalidArgumentError("the numbers of bins and the frequencies do not fit together");
  const auto corner = [&](int64_t i) {
    const double hertz = 700 * (std::pow(10, (static_cast<double>(i) * step + low) / 2595) - 1);
    return static_cast<int64_t>(std::floor(static_cast<double>(length + 1) * hertz / rate));
  };
  std::vector<double> weights(static_cast<size_t>(rows * columns), 0);
  for (int64_t i = 0; i < columns; ++i) {
    const int64_t begin = corner(i), centre = corner(i + 1), end = corner(i + 2);
    const auto set = [&](int64_t row, double weight) {
      if (row >= 0 && row < rows) weights[static_cast<size_t>(row * columns + i)] = weight;
    };
    if (centre == begin) set(centre, 1);
    for (int64_t j = begin; j <= centre && centre > begin; ++j)
      set(j, static_cast<double>(j - begin) / static_cast<double>(centre - begin));
    for (int64_t j = centre; j < end; ++j)
      set(j, static_cast<double>(end - j) / static_cast<double>(end - centre));
  }
  return OfOutputType(node, {rows, columns}, weights);
}

}  // namespace diapason::compiler::importer
