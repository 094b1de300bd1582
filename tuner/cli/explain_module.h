// A payload and a script as one text that stock mlir-opt-22 applies.
#ifndef DIAPASON_TUNER_CLI_EXPLAIN_MODULE_H_
#define DIAPASON_TUNER_CLI_EXPLAIN_MODULE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::tuner {

// `payload` and `script` are texts of modules. The result keeps them apart, so that the script's own clean-up
// never reaches the script:
//   module {
//     module @payload attributes {transform.target_tag = "payload"} { func.func @workload ... }
//     module @schedule attributes {sym_visibility = "private", transform.with_named_sequence} {
//       transform.named_sequence @__transform_main ...
//     }
//   }
// to be applied by --transform-interpreter=debug-payload-root-tag=payload; after that nothing refers to the
// private module, and --symbol-dce leaves the payload alone.
// InvalidArgument: one of them does not parse.
absl::StatusOr<std::string> ExplainModule(absl::string_view payload, absl::string_view script);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_EXPLAIN_MODULE_H_
