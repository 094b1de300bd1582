// Small sketches and spaces of theirs, for the tests of this folder.
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

// Eight lanes, 16 registers, four cores.
v1::Target TestTarget();

v1::Sketch MakeSketch(const std::string& name, const std::string& text);

// A sketch of 2-D elementwise workloads. `body` is its main sequence and finds %module, %root, %M and %N;
// `sequences` stand beside it, `attributes` on its module.
v1::Sketch RowsSketch(const std::string& body, const std::string& attributes = "",
                      const std::string& sequences = "");

// A body that tiles the rows by a knob t, which divides them.
extern const char kTileByT[];

std::string Elementwise(int64_t rows = 12, int64_t columns = 32);

// The space of a workload; a failed expectation and null if there is none.
std::unique_ptr<ScheduleSpace> CreateOrDie(const std::string& workload, std::vector<v1::Sketch> sketches);

// Expects that there is no space, for a reason of this kind. Returns the message.
std::string CreateError(const std::string& workload, std::vector<v1::Sketch> sketches, absl::StatusCode code);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_TESTS_COMPILER_SPACE_ROWS_SKETCH_H_
