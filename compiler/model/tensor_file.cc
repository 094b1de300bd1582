#include "compiler/model/tensor_file.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/graph/elements.h"
#include "onnx/onnx_pb.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 40;  // keeps products of extents from overflowing

struct Row {
  int onnx_type;
  v1::ElementType type;
};
constexpr Row kTypes[] = {
    {onnx::TensorProto::FLOAT, v1::ELEMENT_TYPE_F32},   {onnx::TensorProto::DOUBLE, v1::ELEMENT_TYPE_F64},
    {onnx::TensorProto::FLOAT16, v1::ELEMENT_TYPE_F16}, {onnx::TensorProto::BFLOAT16, v1::ELEMENT_TYPE_BF16},
    {onnx::TensorProto::INT8, v1::ELEMENT_TYPE_I8},     {onnx::TensorProto::UINT8, v1::ELEMENT_TYPE_U8},
    {onnx::TensorProto::INT16, v1::ELEMENT_TYPE_I16},   {onnx::TensorProto::UINT16, v1::ELEMENT_TYPE_U16},
    {onnx::TensorProto::INT32, v1::ELEMENT_TYPE_I32},   {onnx::TensorProto::UINT32, v1::ELEMENT_TYPE_U32},
    {onnx::TensorProto::INT64, v1::ELEMENT_TYPE_I64},   {onnx::TensorProto::UINT64, v1::ELEMENT_TYPE_U64},
    {onnx::TensorProto::BOOL, v1::ELEMENT_TYPE_BOOL},
};

// Returns UNSPECIFIED if we have no such type.
v1::ElementType TypeOf(int onnx_type) {
  for (const Row& row : kTypes) {
    if (row.onnx_type == onnx_type) return row.type;
  }
  return v1::ELEMENT_TYPE_UNSPECIFIED;
}

int OnnxType(v1::ElementType type) {
  for (const Row& row : kTypes) {
    if (row.type == type) return row.onnx_type;
  }
  return onnx::TensorProto::UNDEFINED;
}

// Returns the elements, in whichever field the message has them. Small integers, and the bits of small
// floats, lie in int32_data.
std::string Bytes(const onnx::TensorProto& proto, v1::ElementType type) {
  if (proto.has_raw_data()) return proto.raw_data();
  std::vector<graph::Scalar> numbers;
  for (float number : proto.float_data()) numbers.push_back({number, 0});
  for (double number : proto.double_data()) numbers.push_back({number, 0});
  for (int32_t number : proto.int32_data()) numbers.push_back({0, number});
  for (int64_t number : proto.int64_data()) numbers.push_back({0, number});
  for (uint64_t number : proto.uint64_data()) numbers.push_back({0, static_cast<int64_t>(number)});
  const bool are_bits = type == v1::ELEMENT_TYPE_F16 || type == v1::ELEMENT_TYPE_BF16;
  return graph::ToBytes(are_bits ? v1::ELEMENT_TYPE_U16 : type, numbers);
}

}  // namespace

absl::StatusOr<Tensor> ReadTensorFile(const std::string& path) {
  if (!std::filesystem::exists(path)) return absl::NotFoundError(absl::StrCat("there is no file ", path));
  std::ifstream file(path, std::ios::binary);
  onnx::TensorProto proto;
  if (!file || !proto.ParseFromIstream(&file)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " does not hold a tensor (ONNX's TensorProto)"));
  }
  Tensor tensor;
  tensor.name = proto.name();
  tensor.shape.assign(proto.dims().begin(), proto.dims().end());
  tensor.element_type = TypeOf(proto.data_type());
  if (tensor.element_type == v1::ELEMENT_TYPE_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has ONNX's element type ", proto.data_type(),
                     ", which is not supported; supported are floats, integers and bool of at least 8 bits"));
  }
  int64_t room = kMaxElements;
  for (int64_t extent : tensor.shape) {
    if (extent < 0 || extent > room)
      return absl::InvalidArgumentError(
          absl::StrCat(path, " has a shape with the extent ", extent, ", which is negative or too large"));
    if (extent > 0) room /= extent;
  }
  tensor.bytes = Bytes(proto, tensor.element_type);
  const int64_t wanted = NumElements(tensor.shape) * ElementBytes(tensor.element_type);
  if (static_cast<int64_t>(tensor.bytes.size()) != wanted) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has ", tensor.bytes.size(), " of ", wanted,
                     " bytes; the file is truncated, or does not hold a tensor (ONNX's TensorProto)"));
  }
  return tensor;
}

absl::StatusOr<std::vector<Tensor>> ReadTensorFiles(const std::vector<std::string>& paths) {
  std::vector<Tensor> tensors;
  for (const std::string& path : paths) {
    DIAPASON_ASSIGN_OR_RETURN(tensors.emplace_back(), ReadTensorFile(path));
  }
  return tensors;
}

absl::Status WriteTensorFile(const Tensor& tensor, const std::string& path) {
  onnx::TensorProto proto;
  proto.set_name(tensor.name);
  proto.set_data_type(OnnxType(tensor.element_type));
  for (int64_t size : tensor.shape) proto.add_dims(size);
  proto.set_raw_data(tensor.bytes);
  std::ofstream file(path, std::ios::binary);
  if (file && proto.SerializeToOstream(&file) && file.flush()) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("cannot write ", path));
}

}  // namespace diapason::compiler::model
