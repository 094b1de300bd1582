#include "compiler/model/tensor_file.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "onnx/onnx_pb.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 40;  // keeps products of extents from overflowing

// Returns UNSPECIFIED if we have no such type.
v1::ElementType TypeOf(int onnx_type) {
  switch (onnx_type) {
    case onnx::TensorProto::FLOAT:
      return v1::ELEMENT_TYPE_F32;
    case onnx::TensorProto::INT8:
      return v1::ELEMENT_TYPE_I8;
    case onnx::TensorProto::BOOL:
      return v1::ELEMENT_TYPE_BOOL;
    case onnx::TensorProto::INT32:
      return v1::ELEMENT_TYPE_I32;
    case onnx::TensorProto::INT64:
      return v1::ELEMENT_TYPE_I64;
    default:
      return v1::ELEMENT_TYPE_UNSPECIFIED;
  }
}

int OnnxType(v1::ElementType type) {
  switch (type) {
    case v1::ELEMENT_TYPE_BOOL:
      return onnx::TensorProto::BOOL;
    case v1::ELEMENT_TYPE_I8:
      return onnx::TensorProto::INT8;
    case v1::ELEMENT_TYPE_I32:
      return onnx::TensorProto::INT32;
    case v1::ELEMENT_TYPE_I64:
      return onnx::TensorProto::INT64;
    default:
      return onnx::TensorProto::FLOAT;
  }
}

template <typename To, typename Field>
std::string Elements(const Field& field) {
  std::string bytes;
  for (const auto value : field) {
    const To element = static_cast<To>(value);
    bytes.append(reinterpret_cast<const char*>(&element), sizeof element);
  }
  return bytes;
}

// Returns the elements, in whichever field the message has them.
std::string Bytes(const onnx::TensorProto& proto, v1::ElementType type) {
  if (proto.has_raw_data()) return proto.raw_data();
  switch (type) {
    case v1::ELEMENT_TYPE_I8:
    case v1::ELEMENT_TYPE_BOOL:
      return Elements<int8_t>(proto.int32_data());
    case v1::ELEMENT_TYPE_I32:
      return Elements<int32_t>(proto.int32_data());
    case v1::ELEMENT_TYPE_I64:
      return Elements<int64_t>(proto.int64_data());
    default:
      return Elements<float>(proto.float_data());
  }
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
                     ", which is not supported; supported are float32, int8, int32, int64 and bool"));
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
