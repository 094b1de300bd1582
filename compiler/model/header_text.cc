#include "compiler/model/header_text.h"

#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

// HeaderText replaces the words in capitals.
constexpr absl::string_view kTemplate = R"c(/* The model NAME, compiled by Diapason for TARGET.
 *
TENSORS *
 * Link with libNAME.so. The library needs only the C library. Tensors are DLPack's; they must be on the CPU,
 * dense and row-major (their strides may be null). Booleans are unsigned 8-bit integers. A model may be used
 * by one thread at a time; different models may be used by different threads at the same time.
 *
 *   diapason_model* model;
 *   if (NAME_create(2, &model) != DIAPASON_OK) puts(NAME_last_error());
 *   NAME_run(model, inputs, NUM_INPUTS, outputs, NUM_OUTPUTS);
 *   NAME_destroy(model);
 */
#ifndef GUARD_H_
#define GUARD_H_

MODEL_API
#ifdef __cplusplus
extern "C" {
#endif

/* Returns the names, types and shapes of the inputs and outputs. The result is never null. */
const diapason_model_info* NAME_describe(void);

/* Creates a model that computes on `threads` threads, including the caller's. 0 means as many threads as
 * there are processors. Packs the weights, and allocates all memory that running needs. */
int32_t NAME_create(int32_t threads, diapason_model** model);

/* Computes the outputs. The caller's tensors must not overlap. The result has the same bits for any number
 * of threads. */
int32_t NAME_run(diapason_model* model, const DLTensor* inputs, int32_t num_inputs, DLTensor* outputs,
                 int32_t num_outputs);

/* Does the same, and stores the wall-clock time of each kernel call in microseconds: `num_calls` values
 * (NAME_describe). */
int32_t NAME_run_timed(diapason_model* model, const DLTensor* inputs, int32_t num_inputs, DLTensor* outputs,
                       int32_t num_outputs, double* call_us);

/* Returns the size that dimension `dim` of output number `output` had in the last run. Only the dimension
 * that is `run_time_dim` in NAME_describe() may be smaller than in the shape above. The elements beyond it
 * have no meaning. The strides are those of the full shape. Returns -1 if an argument is not valid. */
int64_t NAME_output_size(const diapason_model* model, int32_t output, int32_t dim);

/* Frees the model and its threads. `model` may be null. */
void NAME_destroy(diapason_model* model);

/* Describes the error of the calling thread's last call that did not return DIAPASON_OK. */
const char* NAME_last_error(void);

#ifdef __cplusplus
}
#endif

#endif /* GUARD_H_ */
)c";

// Returns the caller's buffers that kernels take as constants.
std::set<int> ConstantInputs(const graph::Program& program) {
  std::set<int> buffers;
  for (const graph::Call& call : program.calls) {
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const int buffer = call.arguments[i].buffer;
      if (graph::RoleOf(program, call, i) == v1::ARGUMENT_ROLE_CONSTANT &&
          program.buffers[buffer].kind == graph::BufferKind::kInput) {
        buffers.insert(buffer);
      }
    }
  }
  return buffers;
}

// Returns one line of the comment for each tensor. A name comes from the model, and must not end the
// comment.
std::string TensorLines(absl::string_view kind, const std::vector<graph::ModelTensor>& tensors,
                        const std::set<int>& constants) {
  std::string lines;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string name = absl::StrReplaceAll(tensors[i].name, {{"*/", "* /"}, {"\n", " "}});
    absl::StrAppend(
        &lines, " *   ", kind, " ", i, ": ", name, ", ", ElementTypeName(tensors[i].element_type), " [",
        absl::StrJoin(tensors[i].shape, ", "), "]", constants.contains(tensors[i].buffer) ? ", constant" : "",
        tensors[i].run_time_dim < 0 ? "" : absl::StrCat(", dimension ", tensors[i].run_time_dim, " at most"),
        "\n");
  }
  return lines;
}

}  // namespace

std::string HeaderText(const graph::Program& program, absl::string_view target) {
  const std::set<int> constants = ConstantInputs(program);
  std::string tensors =
      TensorLines("input", program.inputs, constants) + TensorLines("output", program.outputs, constants);
  if (!constants.empty()) {
    absl::StrAppend(
        &tensors,
        " *\n * The first run of a model packs the constants. A later run packs them again only if they are\n"
        " * at another address. Their bytes must not change as long as they stay at one address.\n");
  }
  return absl::StrReplaceAll(kTemplate,
                             {{"NUM_INPUTS", absl::StrCat(program.inputs.size())},
                              {"NUM_OUTPUTS", absl::StrCat(program.outputs.size())},
                              {"NAME", program.name},
                              {"GUARD", absl::StrCat(absl::AsciiStrToUpper(program.name), "_MODEL")},
                              {"TARGET", target},
                              {"TENSORS", tensors},
                              {"MODEL_API", ModelApiText()}});
}

}  // namespace diapason::compiler::model
