// How deeply a text nests. Some parsers recurse without a limit of their own. We check the depth first, so
// that a hostile text cannot overflow their stack.
#ifndef DIAPASON_PROTO_BASE_NESTING_H_
#define DIAPASON_PROTO_BASE_NESTING_H_

#include "absl/strings/string_view.h"

namespace diapason {

// The depth that we accept. It is deeper than any text that people or programs write, and uses only a small
// part of a stack of 8 MiB.
inline constexpr int kMaxNesting = 200;

// Returns the largest number of brackets (), [], {} and <> that are open at the same time. Brackets inside
// of "strings" and // comments do not count, and an arrow (->) closes no bracket.
int NestingDepth(absl::string_view text);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_NESTING_H_
