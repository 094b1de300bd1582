// The conversion patterns of unroll_vectors_to_1d. Each function adds patterns for one group of operations,
// and tells `target` which of these operations are not converted. `types` (vector_pieces.h) must outlive
// `patterns` and `target`. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_UNROLL_PATTERNS_H_
#define DIAPASON_COMPILER_TRANSFORM_UNROLL_PATTERNS_H_

#include "mlir/Transforms/DialectConversion.h"

namespace diapason::compiler::transform {

// Converts vector.contract (m..., k) x (k, n) -> (m..., n) with f32 sums. For each k, and inside of it for
// each m, it makes one broadcast scalar and one FMA for each piece. With `skip_zero_columns`, pieces whose
// scalars lie in the argument's zero border are left out. A product of a constant matrix and a vector, (m, k)
// x (x..., k, y..., n) -> (x..., m, y..., n), becomes code without the coefficients 0 and 1 (linear_code.h).
void AddUnrolledContractions(const mlir::TypeConverter& types, bool skip_zero_columns,
                             mlir::RewritePatternSet& patterns, mlir::ConversionTarget& target);

// Converts elementwise operations, splat constants, broadcasts, transposed broadcasts whose rows have equal
// elements, extracted rows, and shape casts that keep rows. Also sets the rule for operations that `target`
// has no other rule for.
void AddUnrolledElementwise(const mlir::TypeConverter& types, mlir::RewritePatternSet& patterns,
                            mlir::ConversionTarget& target);

// Converts vector.transfer_read and vector.transfer_write of whole vectors. With `transpose`, reads of rows
// that are not contiguous load along memory and transpose blocks in registers.
void AddUnrolledTransfers(const mlir::TypeConverter& types, bool transpose, mlir::RewritePatternSet& patterns,
                          mlir::ConversionTarget& target);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_UNROLL_PATTERNS_H_
