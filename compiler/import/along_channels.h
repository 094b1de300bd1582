// Vectors with a number for each channel, which is the second dimension of a tensor.
#ifndef DIAPASON_COMPILER_IMPORT_ALONG_CHANNELS_H_
#define DIAPASON_COMPILER_IMPORT_ALONG_CHANNELS_H_

#include "compiler/import/node_converter.h"

namespace diapason::compiler {

// The vector in a shape that broadcasts along the channels of `like`. InvalidArgument: it has another number
// of elements.
absl::StatusOr<ValueId> AlongChannels(NodeConverter& node, ValueId vector, ValueId like);

// value * scale + shift, both along the channels. kNone: without.
absl::StatusOr<ValueIds> ScaleAndShift(NodeConverter& node, ValueId value, ValueId scale, ValueId shift);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_IMPORT_ALONG_CHANNELS_H_
