// Does a sketch fit a workload, at which operation, and with which dims? Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_ANCHOR_H_
#define DIAPASON_COMPILER_SPACE_ANCHOR_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/space/script.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::space {

struct Anchor {
  mlir::linalg::LinalgOp
      op;  // in the payload; null where the sketch has no matcher, or that finds no linalg op
  mlir::transform::CollectMatchingOp matcher;         // null: the sketch has none, it fits everything
  std::vector<std::pair<mlir::Value, int64_t>> dims;  // parameters that the matcher yields
};

// Runs the first transform.collect_matching of the main sequence, alone, with the stock interpreter on a copy
// of the payload. Nothing: the sketch does not fit. A matcher that yields parameters must find exactly one
// operation.
// InvalidArgument: the matcher itself fails; MLIR's message.
absl::StatusOr<std::optional<Anchor>> FindAnchor(const Script& script, mlir::ModuleOp payload);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_ANCHOR_H_
