// How deeply a text nests: parsers that recurse, and have no limit of their own, are asked to read reasonable
// texts only.
#ifndef DIAPASON_PROTO_BASE_NESTING_H_
#define DIAPASON_PROTO_BASE_NESTING_H_

#include "absl/strings/string_view.h"

namespace diapason {

// Deeper than anything that people and programs write, and a small part of what a stack of 8 MiB holds.
inline constexpr int kMaxNesting = 200;

// The most brackets of (), [], {} and <> that are open at once, outside of "strings" and // comments. An
// arrow (->) closes nothing.
int NestingDepth(absl::string_view text);

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_NESTING_H_
