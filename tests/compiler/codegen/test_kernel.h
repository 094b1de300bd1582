// A workload's arguments with values, and kernels built and called on them in this process.
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

// Arguments in memory, each between guard zones. Values: floats in [-1, 1), integers in [0, bound) or small;
// known-zero borders are zero.
class Arguments {
 public:
  // No layouts: dense. Strides may leave gaps, which nothing may write.
  Arguments(const v1::Workload& workload, const std::vector<v1::Layout>& layouts, absl::BitGenRef random);

  // The same values in memory of their own.
  Arguments(const Arguments&) = default;

  std::vector<void*> Pointers();
  std::vector<NumberTensor> Tensors() const;
  NumberTensor ToTensor(int index) const;

  // Whether nothing outside of the elements has been written.
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

v1::Target HostForTests();

// The back end that builds for it.
std::unique_ptr<KernelBackend> BackendForTests();

// Writes the artifact where it is gone after the test, and loads it. Failures are test failures; then null.
std::unique_ptr<runtime::LoadedKernel> LoadArtifact(const v1::BuildResponse& response,
                                                    const std::string& symbol = DIAPASON_KERNEL_SYMBOL);

// prepare and run, on `threads` threads.
void Call(runtime::LoadedKernel& kernel, Arguments& arguments, int threads = 1);

// max |a - b| / max |b| over all outputs; infinity where one is not finite.
double LargestError(const v1::Workload& workload, const Arguments& arguments,
                    const std::vector<NumberTensor>& expected);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_TESTS_COMPILER_CODEGEN_TEST_KERNEL_H_
