#include "compiler/model/program_check.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

template <typename... Args>
absl::Status Broken(const Args&... what) {
  return absl::InternalError(absl::StrCat("the program is broken: ", what...));
}

bool Contains(size_t size, int index) { return index >= 0 && static_cast<size_t>(index) < size; }

absl::Status CheckBuffer(const graph::Buffer& buffer) {
  if (buffer.elements < 0) return Broken("buffer ", buffer.name, " has ", buffer.elements, " elements");
  const int64_t bytes = buffer.elements * ElementBytes(buffer.element_type);
  if (buffer.kind == graph::BufferKind::kConstant && static_cast<int64_t>(buffer.bytes.size()) != bytes) {
    return Broken("constant ", buffer.name, " has ", buffer.bytes.size(), " of ", bytes, " bytes");
  }
  if (buffer.has_border && buffer.kind != graph::BufferKind::kActivation) {
    return Broken("buffer ", buffer.name, " has a border, but is not an activation");
  }
  return absl::OkStatus();
}

// Whether the first and the last element that the view touches are in the buffer.
bool IsWithin(const graph::View& view, const graph::Buffer& buffer) {
  int64_t low = view.offset;
  int64_t high = view.offset;
  for (size_t i = 0; i < view.shape.size(); ++i) {
    if (view.shape[i] < 1) return false;
    const int64_t reach = (view.shape[i] - 1) * view.strides[i];
    (reach < 0 ? low : high) += reach;
  }
  return low >= 0 && high < buffer.elements;
}

bool HasShape(const graph::View& view, const v1::Argument& argument) {
  return view.strides.size() == view.shape.size() &&
         std::equal(view.shape.begin(), view.shape.end(), argument.shape().begin(), argument.shape().end());
}

absl::Status CheckView(const graph::Program& program, const graph::View& view, const v1::Argument& argument) {
  if (!Contains(program.buffers.size(), view.buffer))
    return Broken("a view reads buffer number ", view.buffer, ", which does not exist");
  const graph::Buffer& buffer = program.buffers[view.buffer];
  if (!HasShape(view, argument))
    return Broken("a view of ", buffer.name, " has another shape than the workload's argument");
  if (ArgumentType(buffer.element_type) != argument.element_type())
    return Broken("buffer ", buffer.name, " has another type than the workload's argument");
  if (!IsWithin(view, buffer)) return Broken("a view leaves buffer ", buffer.name);
  const bool is_constant = buffer.kind == graph::BufferKind::kConstant;
  const bool is_written =
      argument.role() == v1::ARGUMENT_ROLE_OUTPUT || argument.role() == v1::ARGUMENT_ROLE_IN_OUT;
  if (is_written && (is_constant || buffer.kind == graph::BufferKind::kInput)) {
    return Broken("buffer ", buffer.name, " is written, but is a constant or an input");
  }
  // The constants of a workload that is compiled on its own are the caller's.
  if (argument.role() == v1::ARGUMENT_ROLE_CONSTANT && !is_constant &&
      buffer.kind != graph::BufferKind::kInput) {
    return Broken("a constant argument reads ", buffer.name, ", which is not constant");
  }
  return absl::OkStatus();
}

absl::Status CheckPortableCall(const graph::Program& program, const graph::Call& call) {
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const graph::View& view = call.arguments[i];
    if (!Contains(program.buffers.size(), view.buffer))
      return Broken("a view reads buffer number ", view.buffer, ", which does not exist");
    const graph::Buffer& buffer = program.buffers[view.buffer];
    if (!IsWithin(view, buffer)) return Broken("a view leaves buffer ", buffer.name);
    if (!graph::IsDense(view)) return Broken("a portable kernel gets a view of ", buffer.name, " with gaps");
    if (graph::RoleOf(program, call, i) == v1::ARGUMENT_ROLE_OUTPUT &&
        (buffer.kind == graph::BufferKind::kConstant || buffer.kind == graph::BufferKind::kInput)) {
      return Broken("buffer ", buffer.name, " is written, but is a constant or an input");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCall(const graph::Program& program, const graph::Call& call) {
  if (call.portable) return CheckPortableCall(program, call);
  if (!Contains(program.workloads.size(), call.workload))
    return Broken("workload number ", call.workload, " does not exist");
  const v1::Workload& workload = program.workloads[call.workload];
  if (static_cast<int>(call.arguments.size()) != workload.arguments_size()) {
    return Broken("it has ", call.arguments.size(), " arguments instead of ", workload.arguments_size());
  }
  for (int i = 0; i < workload.arguments_size(); ++i) {
    DIAPASON_RETURN_IF_ERROR(WithContext(CheckView(program, call.arguments[i], workload.arguments(i)),
                                         absl::StrCat("argument ", i)));
  }
  return absl::OkStatus();
}

absl::Status CheckTensor(const graph::Program& program, const graph::ModelTensor& tensor,
                         graph::BufferKind kind) {
  if (!Contains(program.buffers.size(), tensor.buffer))
    return Broken("tensor ", tensor.name, " has no buffer");
  const graph::Buffer& buffer = program.buffers[tensor.buffer];
  const int64_t elements =
      std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1}, std::multiplies<>());
  if (buffer.kind != kind || buffer.element_type != tensor.element_type || buffer.elements != elements) {
    return Broken("tensor ", tensor.name, " has another kind, type or size than its buffer");
  }
  return absl::OkStatus();
}

// Checks the inputs and outputs. Each of the caller's buffers must be exactly one tensor.
absl::Status CheckTensors(const graph::Program& program) {
  std::vector<int> tensors_of(program.buffers.size(), 0);
  for (const graph::ModelTensor& tensor : program.inputs) {
    DIAPASON_RETURN_IF_ERROR(CheckTensor(program, tensor, graph::BufferKind::kInput));
    ++tensors_of[tensor.buffer];
  }
  for (const graph::ModelTensor& tensor : program.outputs) {
    DIAPASON_RETURN_IF_ERROR(CheckTensor(program, tensor, graph::BufferKind::kOutput));
    ++tensors_of[tensor.buffer];
  }
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const graph::BufferKind kind = program.buffers[i].kind;
    const int wanted = kind == graph::BufferKind::kInput || kind == graph::BufferKind::kOutput ? 1 : 0;
    if (tensors_of[i] != wanted) {
      return Broken("buffer ", program.buffers[i].name, " is ", tensors_of[i], " tensors, not ", wanted);
    }
  }
  for (const int buffer : program.sizes) {
    if (!Contains(program.buffers.size(), buffer) ||
        program.buffers[buffer].kind != graph::BufferKind::kSize || program.buffers[buffer].elements != 1 ||
        program.buffers[buffer].element_type != v1::ELEMENT_TYPE_I64) {
      return Broken("a size is not one int64");
    }
  }
  for (const graph::ModelTensor& output : program.outputs) {
    if (output.run_time_dim >= 0 && (!Contains(output.shape.size(), static_cast<int>(output.run_time_dim)) ||
                                     !Contains(program.sizes.size(), output.size))) {
      return Broken("the size of output ", output.name, " does not exist");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckProgram(const graph::Program& program) {
  for (const graph::Buffer& buffer : program.buffers) DIAPASON_RETURN_IF_ERROR(CheckBuffer(buffer));
  DIAPASON_RETURN_IF_ERROR(CheckTensors(program));
  for (const graph::Call& call : program.calls) {
    DIAPASON_RETURN_IF_ERROR(WithContext(CheckCall(program, call), absl::StrCat("call ", call.name)));
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler::model
