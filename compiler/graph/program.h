// A model as a list of kernel calls. Tuning uses its workloads; the model compiler uses all of it.
//
// Memory is described in two steps. A Buffer is storage, whose address the memory plan chooses later. A
// View is what one argument of one call sees of it. Borders (halos), residuals that are updated in
// place, and reshapes and transposes that copy nothing are only views here.
#ifndef DIAPASON_COMPILER_GRAPH_PROGRAM_H_
#define DIAPASON_COMPILER_GRAPH_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/graph/view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::graph {

// What a buffer holds.
enum class BufferKind {
  kActivation,
  kConstant,  // its contents are `bytes`
  kInput,     // the caller's dense tensor, in the model's own layout; no call writes it
  kOutput,    // the caller's dense tensor, in the model's own layout
  kSize,      // one int64, which the model keeps after a run: a size that is known only then
};

// The storage of one or more values.
struct Buffer {
  BufferKind kind = BufferKind::kActivation;
  std::string name;  // the name of the model's tensor
  v1::ElementType element_type = v1::ELEMENT_TYPE_F32;
  int64_t elements = 0;  // borders included
  // If true, elements that no call writes must hold `border_value` when they are read. The memory plan
  // sets them once if the buffer shares its memory with no other, and otherwise before each call that
  // produces it.
  bool has_border = false;
  double border_value = 0;
  absl::string_view bytes;  // of a constant: in the model's file or in `Program::storage`
};

// A C function of the run-time that computes a call instead of a workload
// (compiler/runtime/portable/portable_kernels.h). It is not tuned.
struct PortableKernel {
  std::string symbol;           // the name of the function
  std::string summary;          // for people, such as "TopK 1x1000"
  int64_t units = 1;            // the range of its stage
  int64_t workspace_bytes = 0;  // as in kernel_abi.h
  int64_t scratch_bytes = 0;

  bool operator==(const PortableKernel&) const = default;
};

// One kernel call. The arguments are those of the workload's function, in order. Those of a portable
// kernel are the constant that describes the others, the operands, and the result; all of them are
// dense.
struct Call {
  int workload = 0;  // an index into Program::workloads; kNoWorkload for a portable kernel
  std::vector<View> arguments;
  std::string name;  // names of the model's nodes that the call computes, for messages
  std::optional<PortableKernel> portable = std::nullopt;
};
inline constexpr int kNoWorkload = -1;

// An input or output of the model. It is dense and row-major, in the model's order of dimensions.
struct ModelTensor {
  std::string name;
  int buffer = 0;  // an index into Program::buffers
  v1::ElementType element_type = v1::ELEMENT_TYPE_F32;
  std::vector<int64_t> shape;
  // A dimension of an output whose size is known only when the model has run, or -1 if there is none. Its
  // number in `shape` is the largest size that it may have, and number `size` of Program::sizes is its size.
  int64_t run_time_dim = -1;
  int size = -1;
};

// A model as kernel calls.
struct Program {
  std::string name;                     // the model's name as a C identifier
  std::vector<v1::Workload> workloads;  // each occurs once; its weight is the number of its calls
  std::vector<Buffer> buffers;
  std::vector<Call> calls;  // in the order of execution
  std::vector<ModelTensor> inputs;
  std::vector<ModelTensor> outputs;
  std::vector<int> sizes;                            // the buffers of kind kSize
  std::vector<std::shared_ptr<const void>> storage;  // keeps `bytes` alive
};

// Returns `name` as a C identifier. Other characters become underscores.
std::string Identifier(absl::string_view name);

// Returns the role of argument number `argument` of the call.
inline v1::ArgumentRole RoleOf(const Program& program, const Call& call, size_t argument) {
  if (call.portable)
    return argument + 1 == call.arguments.size() ? v1::ARGUMENT_ROLE_OUTPUT : v1::ARGUMENT_ROLE_INPUT;
  return program.workloads[call.workload].arguments(static_cast<int>(argument)).role();
}

// Returns how often each workload is called.
std::vector<int> WorkloadWeights(const Program& program);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_PROGRAM_H_
