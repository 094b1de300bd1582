// Helpers for vectors that hold a number for each channel. Channels are the second dimension of a
// tensor.
#ifndef DIAPASON_COMPILER_IMPORTER_ALONG_CHANNELS_H_
#define DIAPASON_COMPILER_IMPORTER_ALONG_CHANNELS_H_

#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

// Returns the vector in a shape that broadcasts along the channels of `like`. Returns InvalidArgument if
// it does not have one element for each channel.
absl::StatusOr<graph::ValueId> AlongChannels(NodeConverter& node, graph::ValueId vector, graph::ValueId like);

// Adds value * scale + shift, both along the channels. `scale` and `shift` may be kNone, and are then
// left out.
absl::StatusOr<ValueIds> ScaleAndShift(NodeConverter& node, graph::ValueId value, graph::ValueId scale,
                                       graph::ValueId shift);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_ALONG_CHANNELS_H_
