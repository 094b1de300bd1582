// The conversion patterns of unroll_vectors_to_1d by subject. Each function adds patterns, and to `target`
// what they leave as it is. `types` (vector_pieces.h) must outlive both. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_UNROLL_PATTERNS_H_
#define DIAPASON_COMPILER_TRANSFORM_UNROLL_PATTERNS_H_

#include "mlir/Transforms/DialectConversion.h"

namespace diapason::compiler::transform {

// vector.contract (m..., k) x (k, n) -> (m..., n) of f32 sums: k outermost, then for every m one broadcast
// scalar and one FMA for each piece. `skip_zero_columns`: pieces whose scalars lie in the argument's zero
// border are left out.
void AddUnrolledContractions(const mlir::TypeConverter& types, bool skip_zero_columns,
                             mlir::RewritePatternSet& patterns, mlir::ConversionTarget& target);

// Elementwise operations, constants of one value, broadcasts, and shape casts that keep rows. Sets the rule
// for operations that `target` does not know by name.
void AddUnrolledElementwise(const mlir::TypeConverter& types, mlir::RewritePatternSet& patterns,
                            mlir::ConversionTarget& target);

// vector.transfer_read and transfer_write of whole vectors.
void AddUnrolledTransfers(const mlir::TypeConverter& types, mlir::RewritePatternSet& patterns,
                          mlir::ConversionTarget& target);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_UNROLL_PATTERNS_H_
