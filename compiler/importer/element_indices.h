// Reads the indices of operators that name elements one by one: GatherElements, GatherND, and the scatters.
#ifndef DIAPASON_COMPILER_IMPORTER_ELEMENT_INDICES_H_
#define DIAPASON_COMPILER_IMPORTER_ELEMENT_INDICES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

// Returns the axis of a node whose operand 1 holds an index along this axis for each element. Returns
// InvalidArgument if the indices do not fit operand 0.
absl::StatusOr<int64_t> AxisOfElementIndices(const NodeConverter& node);

// Returns how many leading dimensions of operand 0 have a position for each index of operand 1: those that
// the attribute batch_dims says, which both operands have, and those that the last dimension of operand 1
// names. Returns InvalidArgument if the operands do not fit.
absl::StatusOr<size_t> NamedDims(const NodeConverter& node);

// Returns the known indices of operand 1, whose last dimension names a position in the leading dimensions of
// operand 0 (NamedDims), as positions in these dimensions joined to one. Returns Unimplemented if they are
// not known, and InvalidArgument if they do not fit.
absl::StatusOr<std::vector<int64_t>> JoinedIndices(const NodeConverter& node);

// Adds operators that make indices into a dimension of this extent int64 and count them from its start. An
// index that is outside then means the nearest element inside, as for a Gather.
graph::ValueId NearestIndices(Expression& e, graph::ValueId indices, int64_t extent);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_ELEMENT_INDICES_H_
