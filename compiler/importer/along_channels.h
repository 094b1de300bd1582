// Vectors with a number for each channel, which is the second dimension of a tensor.
#ifndef DIAPASON_COMPILER_IMPORT_ALONG_CHANNELS_H_
#define DIAPASON_COMPILER_IMPORT_ALONG_CHANNELS_H_

#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

// The vector in a shape that broadcasts along the channels of `like`. InvalidArgument: it has another number
// of elements.
absl::StatusOr<graph::ValueId> AlongChannels(NodeConverter& node, graph::ValueId vector, graph::ValueId like);

// value * scale + shift, both along the channels. kNone: without.
absl::StatusOr<ValueIds> ScaleAndShift(NodeConverter& node, graph::ValueId value, graph::ValueId scale,
                                       graph::ValueId shift);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_ALONG_CHANNELS_H_
