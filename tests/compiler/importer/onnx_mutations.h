// Changes ONNX models for tests of the importer. Unlike damaged bytes, most of these models still parse,
// so that the errors are found behind the parser, if at all.
#ifndef DIAPASON_TESTS_COMPILER_IMPORT_ONNX_MUTATIONS_H_
#define DIAPASON_TESTS_COMPILER_IMPORT_ONNX_MUTATIONS_H_

#include <random>
#include <string>

namespace diapason::compiler::importer {

// Returns the model in `bytes` with one to three changes, each to a random field of a random message in
// it: a number replaced by another or by an extreme one; a string replaced by another one of the model
// or by a changed one; an element of a list removed, repeated, or moved; a field removed; bytes
// shortened. Bytes that are not a model are returned as they are.
std::string ChangedModel(std::string bytes, std::mt19937_64& engine);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_TESTS_COMPILER_IMPORT_ONNX_MUTATIONS_H_
