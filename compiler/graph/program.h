// A model cut into kernel calls: what the graph stage hands to tuning (its workloads) and to the model
// compiler (all).
//
// Memory is described in two steps: a Buffer is storage, whose address the memory plan chooses later; a View
// is what one argument of one call sees of it. Borders (halos), residuals in place, reshapes and transposes
// that copy nothing are only views here.
#ifndef DIAPASON_COMPILER_GRAPH_PROGRAM_H_
#define DIAPASON_COMPILER_GRAPH_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "compiler/graph/view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::graph {

enum class BufferKind {
  kActivation,
  kConstant,  // `bytes` is its contents
  kInput,     // the caller's tensor, dense, in the model's own layout; never written
  kOutput,    // the caller's tensor, dense, in the model's own layout
};

struct Buffer {
  BufferKind kind = BufferKind::kActivation;
  std::string name;  // of the model's tensor
  v1::ElementType element_type = v1::ELEMENT_TYPE_F32;
  int64_t elements = 0;  // borders included
  // Elements that no call writes must hold `border_value` when they are read: the plan sets them once, where
  // the buffer shares memory with nothing, or before the producer.
  bool has_border = false;
  double border_value = 0;
  absl::string_view bytes;  // kConstant: into the model file or into `Program::storage`
};

// One kernel call. The arguments are those of the workload's function, in order.
struct Call {
  int workload = 0;
  std::vector<View> arguments;
  std::string name;  // the model's nodes that it does, for people
};

// The model's own inputs and outputs: dense row-major, in the model's order.
struct ModelTensor {
  std::string name;
  int buffer = 0;
  v1::ElementType element_type = v1::ELEMENT_TYPE_F32;
  std::vector<int64_t> shape;
};

struct Program {
  std::string name;                     // the model's, fit for a C identifier
  std::vector<v1::Workload> workloads;  // each once; how often it is called is its weight
  std::vector<Buffer> buffers;
  std::vector<Call> calls;  // in the order of execution
  std::vector<ModelTensor> inputs;
  std::vector<ModelTensor> outputs;
  std::vector<std::shared_ptr<const void>> storage;  // keeps `bytes` alive
};

// `name` as a C identifier.
std::string Identifier(absl::string_view name);

// Of the call's argument number `argument`.
inline v1::ArgumentRole RoleOf(const Program& program, const Call& call, size_t argument) {
  return program.workloads[call.workload].arguments(static_cast<int>(argument)).role();
}

// How often each workload is called.
std::vector<int> WorkloadWeights(const Program& program);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_PROGRAM_H_
