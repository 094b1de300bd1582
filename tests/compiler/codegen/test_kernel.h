// Helpers for tests: a workload's arguments with values, and kernels that are built and called in this
// process.
#ifndef DIAPASON_TESTS_COMPILER_CODEGEN_TEST_KERNEL_H_
#define DIAPASON_TESTS_COMPILER_CODEGEN_TEST_KERNEL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/runtime/loaded_kernel.h"
#include "compiler/workload/workload.h"
#include "diapason/v1/builder.pb.h"
#include "tests/compiler/codegen/interpreter.h"

namespace diapason::compiler::codegen {

// Arguments in memory, each between guard zones. Floats have values in [-1, 1), and integers in [0, bound),
// or small values if there is no bound. Borders that are known to be zero are zero.
class Arguments {
 public:
  // Without layouts the arguments are dense. Strides may leave gaps, which a kernel must not write.
  Arguments(const v1::Workload& workload, const std::vector<v1::Layout>& layouts, absl::BitGenRef random);

  // Copies the values into new memory.
  Arguments(const Arguments&) = default;

  std::vector<void*> Pointers();
  std::vector<NumberTensor> Tensors() const;
  NumberTensor ToTensor(int index) const;

  // Returns whether no byte outside of the elements has been written.
  bool GuardsIntact() const;

 private:
  struct Buffer {
    v1::Argument argument;
    std::vector<int64_t> strides;
    std::vector<char> bytes;
  };
  void Fill(Buffer& buffer, absl::BitGenRef random);
  template <typename Visit>
  void ForEach(const Buffer& buffer, Visit visit) const;

  std::vector<Buffer> buffers_;
};

// Returns the target for which tests build kernels that they run.
v1::Target HostForTests();

// Returns the back end that builds for HostForTests().
std::unique_ptr<KernelBackend> BackendForTests();

// Writes the artifact to a temporary file and loads it. If that fails, the test fails, and the result is
// null.
std::unique_ptr<runtime::LoadedKernel> LoadArtifact(const v1::BuildResponse& response,
                                                    const std::string& symbol = DIAPASON_KERNEL_SYMBOL);

// Prepares and runs the kernel on `threads` threads.
void Call(runtime::LoadedKernel& kernel, Arguments& arguments, int threads = 1);

// Returns max |a - b| / max |b| over all outputs, or infinity if an output is not finite.
double LargestError(const v1::Workload& workload, const Arguments& arguments,
                    const std::vector<NumberTensor>& expected);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_TESTS_COMPILER_CODEGEN_TEST_KERNEL_H_
