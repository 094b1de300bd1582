// What a schedule space asks of a target.
#ifndef DIAPASON_COMPILER_SPACE_MACHINE_H_
#define DIAPASON_COMPILER_SPACE_MACHINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::space {

// Where the target does not say: 128-bit vectors, 16 registers, one core, 32 KiB of L1, 256 KiB of L2; no L3
// reads as one of L2's size.
struct Machine {
  int64_t lanes = 4;  // f32 elements of a vector register
  int64_t registers = 16;
  int64_t cores = 1;
  int64_t l1 = 32 << 10;  // bytes
  int64_t l2 = 256 << 10;
  int64_t l3 = 256 << 10;
};

Machine MachineOf(const v1::Target& target);

// The value of a knob named target.*; nothing for a name that is not known.
std::optional<int64_t> TargetParameter(const Machine& machine, absl::string_view name);
std::vector<std::string> TargetParameterNames();

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_MACHINE_H_
