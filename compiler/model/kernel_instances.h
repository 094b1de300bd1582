// The kernels of a model: one for each workload and strides of its arguments, built once and shared by its
// calls.
#ifndef DIAPASON_COMPILER_MODEL_KERNEL_INSTANCES_H_
#define DIAPASON_COMPILER_MODEL_KERNEL_INSTANCES_H_

#include <string>
#include <vector>

#include "compiler/graph/program.h"
#include "diapason/v1/builder.pb.h"

namespace diapason::compiler::model {

struct KernelInstance {
  int workload = 0;
  std::string symbol;               // of its description
  std::vector<v1::Layout> layouts;  // empty: every argument is dense and row-major
  std::string first_call;           // the name of the first call that uses it, for messages
};

struct KernelInstances {
  std::vector<KernelInstance> kernels;
  std::vector<int> of_call;  // index into `kernels`
};

// Strides of dimensions of size 1 mean nothing: they do not make instances differ. Deterministic.
KernelInstances FindInstances(const graph::Program& program);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_KERNEL_INSTANCES_H_
