// The sets of patterns that scripts have asked for, kept for the next time.
#ifndef DIAPASON_COMPILER_TRANSFORM_KNOWN_PATTERNS_H_
#define DIAPASON_COMPILER_TRANSFORM_KNOWN_PATTERNS_H_

#include <memory>
#include <utility>

#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/IR/Region.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"

namespace diapason::compiler::transform {

// Belongs to the transform dialect, and so to one context. As in all of a context without threads, only one
// thread may use it at a time.
class KnownPatterns : public mlir::transform::TransformDialectData<KnownPatterns> {
 public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(KnownPatterns)

  explicit KnownPatterns(mlir::MLIRContext* context) : TransformDialectData(context) {}

  // Returns the patterns that the operations in `region` stand for. They stay where they are.
  const mlir::FrozenRewritePatternSet& Get(mlir::Region& region) const;

 private:
  // The operations that stand for the patterns, each with its attributes.
  using Key = llvm::SmallVector<std::pair<mlir::OperationName, mlir::DictionaryAttr>>;
  using Set = std::pair<Key, mlir::FrozenRewritePatternSet>;

  // Changes although the dialect hands out constant data only.
  mutable llvm::SmallVector<std::unique_ptr<Set>> sets_;
};

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_KNOWN_PATTERNS_H_
