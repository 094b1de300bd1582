// The C header of a compiled model.
#ifndef DIAPASON_COMPILER_MODEL_HEADER_TEXT_H_
#define DIAPASON_COMPILER_MODEL_HEADER_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// A complete header: what the model takes and gives, and its functions, with the text of
// compiler/runtime/model_api.h in it, so that it needs no file of ours.
std::string HeaderText(const graph::Program& program, absl::string_view target);

// The text of compiler/runtime/model_api.h.
absl::string_view ModelApiText();

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_HEADER_TEXT_H_
