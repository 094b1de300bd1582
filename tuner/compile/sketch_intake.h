// Reads the sketches that a user brings, and checks that they fit what is to be tuned.
#ifndef DIAPASON_TUNER_COMPILE_SKETCH_INTAKE_H_
#define DIAPASON_TUNER_COMPILE_SKETCH_INTAKE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// Reads the sketch files at `paths` and adds the steps of the installed library that they include. Returns
// NotFound if a file cannot be read. Returns InvalidArgument if a sketch is not valid, or if it has no
// legal schedule on `target` for any of `tasks`; the message has MLIR's own words and the line.
absl::StatusOr<std::vector<v1::Sketch>> ReadSketches(const std::vector<std::string>& paths,
                                                     const Installation& installation,
                                                     const std::vector<v1::JobTask>& tasks,
                                                     const v1::Target& target);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_SKETCH_INTAKE_H_
