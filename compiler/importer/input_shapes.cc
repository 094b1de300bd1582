#include "compiler/importer/input_shapes.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/infer_shape.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

// Some exporters write -1 for a size that they do not know.
bool HasSize(const onnx::TensorShapeProto::Dimension& dim) {
  return dim.has_dim_value() && dim.dim_value() >= 0;
}

}  // namespace

std::string DimensionName(const onnx::ValueInfoProto& input, int dimension) {
  const std::string& name = input.type().tensor_type().shape().dim(dimension).dim_param();
  return name.empty() ? absl::StrCat(input.name(), ".", dimension) : name;
}

bool FitsStatedShape(const onnx::ValueInfoProto& tensor, const graph::Shape& shape) {
  if (!tensor.type().tensor_type().has_shape()) return true;
  const onnx::TensorShapeProto& stated = tensor.type().tensor_type().shape();
  if (stated.dim_size() != static_cast<int>(shape.size())) return false;
  for (int i = 0; i < stated.dim_size(); ++i) {
    const onnx::TensorShapeProto::Dimension& dim = stated.dim(i);
    if (dim.has_dim_value() && dim.dim_value() >= 0 && dim.dim_value() != shape[static_cast<size_t>(i)])
      return false;
  }
  return true;
}

absl::StatusOr<graph::Shape> InputShapes::ShapeOf(const onnx::ValueInfoProto& input) {
  const std::string where = absl::StrCat("input '", input.name(), "'");
  const auto given = options_.shapes.find(input.name());
  if (given != options_.shapes.end()) {
    shapes_.insert(input.name());
    return GivenShape(input, given->second);
  }
  const onnx::TypeProto::Tensor& type = input.type().tensor_type();
  if (!type.has_shape())
    return Invalid(where, " has no shape; give it one with --shape, such as --shape ", input.name(),
                   "=1x3x224x224");
  graph::Shape shape;
  bool is_missing = false;
  for (int i = 0; i < type.shape().dim_size(); ++i) {
    shape.push_back(type.shape().dim(i).dim_value());
    if (HasSize(type.shape().dim(i))) continue;
    const std::string name = DimensionName(input, i);
    const auto size = options_.dims.find(name);
    shape.back() = size == options_.dims.end() ? 0 : size->second;
    if (size == options_.dims.end()) {
      missing_.insert(name);
      is_missing = true;
    } else if (size->second < 0) {
      return Invalid("dimension ", name, " = ", size->second, " is negative; give a size of at least 0");
    } else {
      dims_.insert(name);
    }
  }
  if (is_missing && first_missing_input_.empty()) {
    first_missing_input_ = input.name();
    for (int64_t& size : shape) size = std::max<int64_t>(size, 1);
    first_missing_shape_ = absl::StrJoin(shape, "x");
  }
  DIAPASON_RETURN_IF_ERROR(WithContext(graph::CheckShape(shape), where));
  return shape;
}

absl::StatusOr<graph::Shape> InputShapes::GivenShape(const onnx::ValueInfoProto& input,
                                                     const graph::Shape& given) {
  const std::string where = absl::StrCat("--shape ", input.name(), "=", absl::StrJoin(given, "x"),
                                         " does not fit the model: the input");
  DIAPASON_RETURN_IF_ERROR(WithContext(graph::CheckShape(given), absl::StrCat("--shape ", input.name())));
  const onnx::TypeProto::Tensor& type = input.type().tensor_type();
  if (!type.has_shape()) return given;
  if (type.shape().dim_size() != static_cast<int>(given.size()))
    return Invalid(where, " has ", type.shape().dim_size(), " dimensions");
  for (int i = 0; i < type.shape().dim_size(); ++i) {
    const onnx::TensorShapeProto::Dimension& dim = type.shape().dim(i);
    if (HasSize(dim) && dim.dim_value() != given[static_cast<size_t>(i)])
      return Invalid(where, "'s dimension ", i, " is ", dim.dim_value());
    if (options_.dims.count(dim.dim_param()) > 0) dims_.insert(dim.dim_param());
  }
  return given;
}

absl::Status InputShapes::Check() const {
  if (!missing_.empty())
    return Invalid("these dynamic dimensions have no value: ", absl::StrJoin(missing_, ", "),
                   "; give each one with --dim, such as --dim ", *missing_.begin(),
                   "=1, or the whole shape of an input, "
                   "such as --shape ",
                   first_missing_input_, "=", first_missing_shape_);
  for (const auto& [name, size] : options_.dims) {
    if (dims_.count(name) == 0)
      return Invalid("no input has a dynamic dimension named '", name, "'; remove it from --dim");
  }
  for (const auto& [name, shape] : options_.shapes) {
    if (shapes_.count(name) == 0)
      return Invalid("the model has no input named '", name, "'; remove it from --shape");
  }
  return absl::OkStatus();
}

absl::StatusOr<graph::ValueId> AddKnownInput(graph::Graph& graph, const std::string& name,
                                             v1::ElementType type, const graph::Shape& shape,
                                             const std::vector<double>& numbers) {
  const auto elements = static_cast<size_t>(graph::NumElements(shape));
  if (numbers.size() != 1 && numbers.size() != elements)
    return absl::InvalidArgumentError(
        absl::StrCat("--value ", name, ": the input has ", elements, " elements, not ", numbers.size()));
  std::vector<graph::Scalar> scalars;
  for (size_t i = 0; i < elements; ++i)
    scalars.push_back(graph::ScalarOf(type, numbers[numbers.size() == 1 ? 0 : i]));
  return graph.AddOwnedConstant(name, type, shape, graph::ToBytes(type, scalars));
}

std::optional<graph::Shape> StatedShape(const onnx::TypeProto::Tensor& type,
                                        const std::map<std::string, int64_t>& dims) {
  if (!type.has_shape()) return std::nullopt;
  graph::Shape shape;
  for (const onnx::TensorShapeProto::Dimension& dim : type.shape().dim()) {
    const auto given = dims.find(dim.dim_param());
    if (!dim.has_dim_value() && given == dims.end()) return std::nullopt;
    shape.push_back(dim.has_dim_value() ? dim.dim_value() : given->second);
  }
  return graph::CheckShape(shape).ok() ? std::optional(shape) : std::nullopt;
}

void WarnOfShape(const std::string& path, const onnx::ValueInfoProto& output, const graph::Shape& shape,
                 std::vector<std::string>* warnings) {
  if (warnings == nullptr || FitsStatedShape(output, shape)) return;
  warnings->push_back(absl::StrCat(path, ": the model states another shape for its output '", output.name(),
                                   "' than it computes, which is ", graph::ShapeText(shape)));
}

}  // namespace diapason::compiler::importer
