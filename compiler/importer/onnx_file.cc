#include "compiler/importer/onnx_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/narrow_types.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

// Returns the bytes of a tensor that lies in a file next to the model. Its entries are location, offset
// and length.
absl::StatusOr<absl::string_view> ExternalBytes(OnnxFile& file, const onnx::TensorProto& tensor,
                                                graph::Graph& graph) {
  std::string location;
  uint64_t offset = 0, length = std::numeric_limits<uint64_t>::max();
  for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if ((entry.key() == "offset" && !absl::SimpleAtoi(entry.value(), &offset)) ||
        (entry.key() == "length" && !absl::SimpleAtoi(entry.value(), &length)))
      return Invalid("tensor '", tensor.name(), "': the ", entry.key(), " of its external data is '",
                     entry.value(), "', which is not a number");
  }
  const std::filesystem::path relative(location);
  bool leaves = location.empty() || relative.is_absolute();
  for (const auto& part : relative) leaves |= part == "..";
  if (leaves)
    return Invalid("tensor '", tensor.name(), "' has its external data in '", location,
                   "', which is not inside of the model's folder");
  auto& mapped = file.external[location];
  if (mapped == nullptr) {
    auto bytes = MapFile((std::filesystem::path(file.path).parent_path() / relative).string());
    if (!bytes.ok()) return WithContext(bytes.status(), "external data of the weights");
    mapped = *bytes;
    graph.KeepAlive(mapped);
  }
  if (offset > mapped->size() ||
      (length != std::numeric_limits<uint64_t>::max() && length > mapped->size() - offset))
    return Invalid("tensor '", tensor.name(), "' extends beyond the end of ", location,
                   "; check whether the file is truncated");
  return mapped->substr(offset, length);
}

// Returns the bytes of a tensor of a narrow type that is stored in a field, not as raw bytes. The field
// has an element for each number, and for floats their bits.
std::string TypedBytes(const onnx::TensorProto& tensor, const NarrowType& narrow) {
  std::string bytes;
  const auto append = [&](uint64_t bits) {
    for (int i = 0; i < std::max(narrow.bits, 8); i += 8) bytes.push_back(static_cast<char>(bits >> i & 255));
  };
  for (int32_t element : tensor.int32_data()) append(static_cast<uint64_t>(element));
  for (uint64_t element : tensor.uint64_data()) append(element);
  for (double element : tensor.double_data()) append(std::bit_cast<uint64_t>(element));
  return bytes;
}

// Returns the bytes of a tensor that is stored in a field for its type, not as raw bytes.
std::string TypedBytes(const onnx::TensorProto& tensor, v1::ElementType type) {
  std::vector<graph::Scalar> numbers;
  switch (type) {
    case v1::ELEMENT_TYPE_F32:
      for (float element : tensor.float_data()) numbers.push_back({element, 0});
      break;
    case v1::ELEMENT_TYPE_I64:
      for (int64_t element : tensor.int64_data()) numbers.push_back({0, element});
      break;
    default:  // I32, BOOL
      for (int32_t element : tensor.int32_data()) numbers.push_back({0, element});
      break;
  }
  return graph::ToBytes(type, numbers);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const absl::string_view>> MapFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) {
    const int error = errno;
    if (fd >= 0) close(fd);
    const std::string message = absl::StrCat("cannot open ", path, ": ", std::strerror(error));
    return error == ENOENT ? absl::NotFoundError(message) : absl::PermissionDeniedError(message);
  }
  if (!S_ISREG(info.st_mode)) {
    close(fd);
    return Invalid(path, " is not a regular file");
  }
  const size_t size = static_cast<size_t>(info.st_size);
  void* start = size == 0 ? nullptr : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (start == MAP_FAILED) return absl::PermissionDeniedError(absl::StrCat("cannot map ", path));
  auto* view = new absl::string_view(static_cast<const char*>(start), size);
  return std::shared_ptr<const absl::string_view>(view, [](const absl::string_view* mapped) {
    if (!mapped->empty()) munmap(const_cast<char*>(mapped->data()), mapped->size());
    delete mapped;
  });
}

absl::StatusOr<OnnxFile> ReadOnnxFile(const std::string& path) {
  DIAPASON_ASSIGN_OR_RETURN(const std::shared_ptr<const absl::string_view> bytes, MapFile(path));
  if (bytes->empty()) return Invalid(path, " is empty");
  if (bytes->size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    return Invalid(path,
                   " is larger than 2 GB, which ONNX does not allow; store its weights as external data");
  auto model = std::make_shared<onnx::ModelProto>();
  if (!model->ParseFromArray(bytes->data(), static_cast<int>(bytes->size())))
    return Invalid(path, " is truncated or is not an ONNX model");
  if (!model->has_graph() || model->graph().output_size() == 0)
    return Invalid(path, " is not an ONNX model: it contains no graph with outputs");
  return OnnxFile{path, std::move(model), {}};
}

absl::StatusOr<v1::ElementType> DataTypeOf(int onnx_type) {
  switch (onnx_type) {
    case onnx::TensorProto::FLOAT:
      return v1::ELEMENT_TYPE_F32;
    case onnx::TensorProto::INT32:
      return v1::ELEMENT_TYPE_I32;
    case onnx::TensorProto::INT64:
      return v1::ELEMENT_TYPE_I64;
    case onnx::TensorProto::BOOL:
      return v1::ELEMENT_TYPE_BOOL;
    default:
      return absl::UnimplementedError(absl::StrCat(
          "element type ",
          onnx::TensorProto::DataType_IsValid(onnx_type)
              ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(onnx_type))
              : std::to_string(onnx_type)));
  }
}

absl::StatusOr<graph::ValueId> AddTensor(OnnxFile& file, const onnx::TensorProto& tensor,
                                         graph::Graph& graph) {
  const NarrowType* narrow = FindNarrowType(tensor.data_type());
  DIAPASON_ASSIGN_OR_RETURN(const v1::ElementType type, ComputedTypeOf(tensor.data_type()));
  graph::Shape shape(tensor.dims().begin(), tensor.dims().end());
  DIAPASON_RETURN_IF_ERROR(
      WithContext(graph::CheckShape(shape), absl::StrCat("tensor '", tensor.name(), "'")));
  const int64_t count = graph::NumElements(shape);
  const size_t size =
      static_cast<size_t>(narrow != nullptr ? (count * narrow->bits + 7) / 8 : count * ElementBytes(type));
  absl::string_view bytes = tensor.raw_data();
  std::string typed;
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    DIAPASON_ASSIGN_OR_RETURN(bytes, ExternalBytes(file, tensor, graph));
    if (bytes.size() > size) bytes = bytes.substr(0, size);
  } else if (!tensor.has_raw_data()) {
    typed = narrow != nullptr ? TypedBytes(tensor, *narrow) : TypedBytes(tensor, type);
    bytes = typed;
  }
  if (bytes.size() != size)
    return Invalid("tensor '", tensor.name(), "' of shape ", graph::ShapeText(shape), " has ", bytes.size(),
                   " bytes, but needs ", size, "; check whether the file is damaged");
  if (narrow != nullptr)
    return graph.AddOwnedConstant(tensor.name(), type, std::move(shape), Widen(*narrow, bytes, count));
  // Kernels read constants where they lie. Bytes that are not aligned in the file are copied.
  const bool aligned = reinterpret_cast<uintptr_t>(bytes.data()) % ElementBytes(type) == 0;
  if (!typed.empty() || !aligned)
    return graph.AddOwnedConstant(tensor.name(), type, std::move(shape), std::string(bytes));
  return graph.AddConstant(tensor.name(), type, std::move(shape), bytes);
}

}  // namespace diapason::compiler::importer
