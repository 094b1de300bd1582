// Finds the kernels of a model. There is one for each workload and set of strides of its arguments. It
// is built once, and all calls with that workload and these strides share it. For a portable kernel there is
// one for each description, and nothing is built.
#ifndef DIAPASON_COMPILER_MODEL_KERNEL_INSTANCES_H_
#define DIAPASON_COMPILER_MODEL_KERNEL_INSTANCES_H_

#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/program.h"
#include "diapason/v1/builder.pb.h"

namespace diapason::compiler::model {

// One kernel of a model.
struct KernelInstance {
  int workload = 0;                 // kNoWorkload for a portable kernel
  std::string symbol;               // the symbol of the kernel's description
  std::vector<v1::Layout> layouts;  // by argument; empty if every argument is dense and row-major
  std::string first_call;           // the name of the first call that uses it, for messages
  size_t num_arguments = 0;
  std::optional<graph::PortableKernel> portable;  // the function that the description names
};

// The kernels of a model, and which call uses which kernel.
struct KernelInstances {
  std::vector<KernelInstance> kernels;
  std::vector<int> of_call;  // by call: an index into `kernels`
};

// Returns the kernels. The result depends on the program only. Strides of dimensions of size 1 have no
// effect, so they do not make kernels differ.
KernelInstances FindInstances(const graph::Program& program);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_KERNEL_INSTANCES_H_
