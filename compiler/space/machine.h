// The properties of a target that a schedule space uses.
#ifndef DIAPASON_COMPILER_SPACE_MACHINE_H_
#define DIAPASON_COMPILER_SPACE_MACHINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::space {

// The defaults stand for what a target does not say. A target without L3 has an L3 of the size of its L2.
struct Machine {
  int64_t lanes = 4;       // the f32 elements of a vector register
  int64_t registers = 16;  // vector registers
  int64_t cores = 1;
  int64_t threads = 1;     // that will run the kernel
  int64_t l1 = 32 << 10;   // in bytes
  int64_t l2 = 256 << 10;  // in bytes
  int64_t l3 = 256 << 10;  // in bytes
};

// Returns the properties of a target.
Machine MachineOf(const v1::Target& target);

// Returns the value of a knob named `target.*`, or nullopt if the name is not known.
std::optional<int64_t> TargetParameter(const Machine& machine, absl::string_view name);
// Returns the names that TargetParameter knows.
std::vector<std::string> TargetParameterNames();

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_MACHINE_H_
