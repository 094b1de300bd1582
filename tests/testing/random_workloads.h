// Workloads of the kinds in workloads.h with random shapes, for tests.
#ifndef DIAPASON_TESTS_TESTING_RANDOM_WORKLOADS_H_
#define DIAPASON_TESTS_TESTING_RANDOM_WORKLOADS_H_

#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "tests/testing/workloads.h"

namespace diapason::testing {

Conv RandomConv(absl::BitGenRef random);
// Stride 1, a filter of more than one tap, and whole vectors of channels.
Conv RandomDenseConv(absl::BitGenRef random);
Conv RandomDepthwise(absl::BitGenRef random);
VolumeConv RandomVolumeConv(absl::BitGenRef random);
Pool RandomPool(absl::BitGenRef random);
Gemm RandomGemm(absl::BitGenRef random);
// Halves of its columns and of its reduction are whole vectors.
Gemm RandomEvenGemm(absl::BitGenRef random);
BatchGemm RandomBatchGemm(absl::BitGenRef random);
Attention RandomAttention(absl::BitGenRef random);
Rows RandomRows(absl::BitGenRef random);
Gather RandomGather(absl::BitGenRef random);
// One to five loops, at most three inputs, and 1 to 200,000 elements.
Chain RandomChain(absl::BitGenRef random);

// One random workload of every kind. `name` describes its kind and its shape.
struct NamedWorkload {
  std::string name;
  std::string text;
};
std::vector<NamedWorkload> RandomWorkloads(absl::BitGenRef random);
NamedWorkload RandomChainWorkload(absl::BitGenRef random);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_RANDOM_WORKLOADS_H_
