#include "tests/testing/product_sketch.h"

#include "absl/strings/str_cat.h"

namespace diapason::testing {

std::string ProductSketch(absl::string_view steps) {
  return absl::StrCat(R"mlir(
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence} {
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> !op {
    transform.match.structured failures(propagate) %op : !op {
    ^bb0(%c: !op):
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.yield
    }
    transform.yield %op : !op
  }
  transform.named_sequence @__transform_main(%module: !op {transform.readonly}) {
    %product = transform.collect_matching @fits in %module : (!op) -> !op
)mlir",
                      steps, R"mlir(
    transform.yield
  }
}
)mlir");
}

}  // namespace diapason::testing
