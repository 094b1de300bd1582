// A kernel in this process, with buffers for its workload's arguments. It is for benchmarks only: there is
// no sandbox, and the kernel runs on one thread.
#ifndef DIAPASON_TESTS_BENCH_KERNEL_ON_DATA_H_
#define DIAPASON_TESTS_BENCH_KERNEL_ON_DATA_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/runtime/loaded_kernel.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::bench {

class KernelOnData {
 public:
  // Loads the artifact, fills the inputs and runs `prepare`. All kernels of a workload get the same inputs.
  static absl::StatusOr<std::unique_ptr<KernelOnData>> Load(const std::string& artifact,
                                                            const v1::Workload& workload);

  ~KernelOnData();
  KernelOnData(const KernelOnData&) = delete;
  KernelOnData& operator=(const KernelOnData&) = delete;

  // Returns the microseconds of one call, from the time of `calls` calls together.
  double Time(int calls);

  // Calls the kernel once on new inputs, which are the same at every call.
  void RunOnce();

  // Returns the largest difference between the outputs of the last calls, relative to the largest output of
  // `b`.
  static double Difference(const KernelOnData& a, const KernelOnData& b);

 private:
  KernelOnData(int file, std::unique_ptr<compiler::runtime::LoadedKernel> kernel,
               const v1::Workload& workload);
  void FillArguments();

  // The artifact in memory. It stays open while the kernel is loaded: the loader knows a library by its path,
  // and the path of the next artifact would be the same.
  const int file_;
  std::unique_ptr<compiler::runtime::LoadedKernel> kernel_;
  v1::Workload workload_;
  std::vector<compiler::runtime::AlignedBuffer> buffers_;  // for the arguments
  std::vector<void*> pointers_;                            // to the arguments and to the packed constants
};

}  // namespace diapason::bench

#endif  // DIAPASON_TESTS_BENCH_KERNEL_ON_DATA_H_
