// Finds the shapes of a model's inputs, from the file and from what the user says about dimensions that the
// file leaves open. Also compares the shapes of outputs with the file.
#ifndef DIAPASON_COMPILER_IMPORTER_INPUT_SHAPES_H_
#define DIAPASON_COMPILER_IMPORTER_INPUT_SHAPES_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"
#include "compiler/graph/shape.h"
#include "compiler/importer/load_model.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// Returns whether a computed shape is one that the file states for this tensor. A file may state none,
// or leave dimensions open.
bool FitsStatedShape(const onnx::ValueInfoProto& tensor, const graph::Shape& shape);

// Used for all inputs of one model. `options` must outlive it.
class InputShapes {
 public:
  explicit InputShapes(const LoadOptions& options) : options_(options) {}

  // Returns the shape of an input. A dimension that has no size is noted for Check, and is 0 until then.
  // Returns InvalidArgument if the file has no shape and the user gives none, or if the two do not fit.
  absl::StatusOr<graph::Shape> ShapeOf(const onnx::ValueInfoProto& input);

  // After all inputs: returns InvalidArgument if a dimension has no size, or if the user has named a
  // dimension or an input that the model does not have.
  absl::Status Check() const;

 private:
  absl::StatusOr<graph::Shape> GivenShape(const onnx::ValueInfoProto& input, const graph::Shape& given);

  const LoadOptions& options_;
  std::set<std::string> missing_;        // dimensions without a size
  std::set<std::string> dims_, shapes_;  // the names in `options_` that were used
  std::string first_missing_input_;      // an input with such a dimension, and its shape with 1 for each
  std::string first_missing_shape_;
};

// Returns the name under which --dim knows a dimension of an input that has no size in the file: its name
// there, or "INPUT.INDEX".
std::string DimensionName(const onnx::ValueInfoProto& input, int dimension);

// Adds an input whose value the user has given as a constant: one number for all elements, or one for each.
absl::StatusOr<graph::ValueId> AddKnownInput(graph::Graph& graph, const std::string& name,
                                             v1::ElementType type, const graph::Shape& shape,
                                             const std::vector<double>& numbers);

// Returns the shape that the model states for a tensor, or nullopt if a size is missing. `dims` has the
// sizes of dimensions with names.
std::optional<graph::Shape> StatedShape(const onnx::TypeProto::Tensor& type,
                                        const std::map<std::string, int64_t>& dims);

// Adds a warning if an output does not have the shape that the file states. Files are often changed without
// the shapes that they state, and the computed shape counts. `warnings` may be null.
void WarnOfShape(const std::string& path, const onnx::ValueInfoProto& output, const graph::Shape& shape,
                 std::vector<std::string>* warnings);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_INPUT_SHAPES_H_
