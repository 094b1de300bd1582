// Small sketches, and the spaces that they make, for the tests of this folder.
#ifndef DIAPASON_TESTS_COMPILER_SPACE_ROWS_SKETCH_H_
#define DIAPASON_TESTS_COMPILER_SPACE_ROWS_SKETCH_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "compiler/space/schedule_space.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::space {

// Returns a target with 8 lanes, 16 registers and 4 cores.
v1::Target TestTarget();

// Returns a sketch with this name and text, and with the text's hash.
v1::Sketch MakeSketch(const std::string& name, const std::string& text);

// Returns a sketch for 2-D elementwise workloads. `body` is the text of its main sequence, which can use
// %module, %root, %M and %N. `sequences` are put next to it, and `attributes` on the module.
v1::Sketch RowsSketch(const std::string& body, const std::string& attributes = "",
                      const std::string& sequences = "");

// A body that tiles the rows by a knob t, which must divide them.
extern const char kTileByT[];

// Returns the text of an elementwise workload of this shape.
std::string Elementwise(int64_t rows = 12, int64_t columns = 32);

// Returns the space of a workload. If there is none, the test fails, and the result is null.
std::unique_ptr<ScheduleSpace> CreateOrDie(const std::string& workload, std::vector<v1::Sketch> sketches);

// Expects that Create fails with this code, and returns the message.
std::string CreateError(const std::string& workload, std::vector<v1::Sketch> sketches, absl::StatusCode code);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_TESTS_COMPILER_SPACE_ROWS_SKETCH_H_
