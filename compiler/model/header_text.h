// Writes the C header of a compiled model.
#ifndef DIAPASON_COMPILER_MODEL_HEADER_TEXT_H_
#define DIAPASON_COMPILER_MODEL_HEADER_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// Returns a complete header: what the model's inputs and outputs are, and its functions. It contains the
// text of compiler/runtime/model_api.h, so users need no other file of ours. `target` is the target's
// name.
std::string HeaderText(const graph::Program& program, absl::string_view target);

// Returns the text of compiler/runtime/model_api.h.
absl::string_view ModelApiText();

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_HEADER_TEXT_H_
