// Finds out whether a sketch fits a workload, at which operation, and with which dimensions. Private to
// compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_ANCHOR_H_
#define DIAPASON_COMPILER_SPACE_ANCHOR_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/space/script.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::space {

// How a sketch fits a workload.
struct Anchor {
  // The operation of the payload that the matcher finds. Null if the sketch has no matcher or if the
  // operation is not a linalg operation.
  mlir::linalg::LinalgOp op;
  // Null if the sketch has no matcher; such a sketch fits every workload.
  mlir::transform::CollectMatchingOp matcher;
  // The parameters that the matcher yields, with their values.
  std::vector<std::pair<mlir::Value, int64_t>> dims;
  // Whether an operation of the payload has the attribute diapason.strict.
  bool strict = false;
};

// Runs only the first transform.collect_matching of the main sequence, with the stock interpreter on a copy
// of the payload. Returns nullopt if the sketch does not fit. A matcher that yields parameters fits only if
// it finds exactly one operation. InvalidArgument: the matcher fails or is not valid; the message is
// MLIR's.
absl::StatusOr<std::optional<Anchor>> FindAnchor(const Script& script, mlir::ModuleOp payload);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_ANCHOR_H_
