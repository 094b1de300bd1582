// Combines a payload and a script into one text that stock mlir-opt-22 applies.
#ifndef DIAPASON_TUNER_CLI_EXPLAIN_MODULE_H_
#define DIAPASON_TUNER_CLI_EXPLAIN_MODULE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::tuner {

// `payload` and `script` are the texts of modules. The result has them in separate modules, so that the
// script's own clean-up steps do not change the script:
//   module {
//     module @payload attributes {transform.target_tag = "payload"} { func.func @workload ... }
//     module @schedule attributes {sym_visibility = "private", transform.with_named_sequence} {
//       transform.named_sequence @__transform_main ...
//     }
//   }
// The result is applied by --transform-interpreter=debug-payload-root-tag=payload. After that nothing
// refers to the private module, so --symbol-dce removes it and keeps the payload. Returns InvalidArgument
// if one of the texts is not valid MLIR.
absl::StatusOr<std::string> ExplainModule(absl::string_view payload, absl::string_view script);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_EXPLAIN_MODULE_H_
