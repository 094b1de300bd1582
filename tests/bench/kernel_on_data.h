// A kernel in this process with buffers for its workload's arguments. For benchmarks: no sandbox, one thread.
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
  // Loads the artifact, fills the inputs (the same for every kernel of a workload) and runs `prepare`.
  static absl::StatusOr<std::unique_ptr<KernelOnData>> Load(const std::string& artifact,
                                                            const v1::Workload& workload);

  // Microseconds of one call: `calls` calls timed together.
  double Time(int calls);

  // Largest difference of the outputs after one call each on fresh inputs, over the largest output of `b`.
  static double Difference(KernelOnData& a, KernelOnData& b);

 private:
  KernelOnData(std::unique_ptr<compiler::runtime::LoadedKernel> kernel, const v1::Workload& workload);
  void FillArguments();

  std::unique_ptr<compiler::runtime::LoadedKernel> kernel_;
  v1::Workload workload_;
  std::vector<compiler::runtime::AlignedBuffer> buffers_;  // of the arguments
  std::vector<void*> pointers_;                            // to them, and to the packed constants
};

}  // namespace diapason::bench

#endif  // DIAPASON_TESTS_BENCH_KERNEL_ON_DATA_H_
