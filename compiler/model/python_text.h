// The Python code of a model's wheel. The build makes these texts from the files in python/.
#ifndef DIAPASON_COMPILER_MODEL_PYTHON_TEXT_H_
#define DIAPASON_COMPILER_MODEL_PYTHON_TEXT_H_

#include "absl/strings/string_view.h"

namespace diapason::compiler::model {

// Returns the text of python/compiled_model.py, which runs any model.
absl::string_view CompiledModelPythonText();

// Returns the text of python/__init__.py.in, in which words in capitals stand for what differs.
absl::string_view PackagePythonText();

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_PYTHON_TEXT_H_
