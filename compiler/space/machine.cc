#include "compiler/space/machine.h"

#include <utility>

namespace diapason::compiler::space {
namespace {

constexpr std::pair<const char*, int64_t Machine::*> kParameters[] = {
    {"target.lanes", &Machine::lanes}, {"target.registers", &Machine::registers},
    {"target.cores", &Machine::cores}, {"target.threads", &Machine::threads},
    {"target.l1", &Machine::l1},       {"target.l2", &Machine::l2},
};

}  // namespace

Machine MachineOf(const v1::Target& target) {
  Machine machine;
  if (target.vector_bits() >= 32) machine.lanes = target.vector_bits() / 32;
  if (target.vector_registers() > 0) machine.registers = target.vector_registers();
  if (target.cores() > 0) machine.cores = target.cores();
  int64_t l3 = 0;
  for (const v1::Cache& cache : target.caches()) {
    if (cache.size_bytes() <= 0) continue;
    if (cache.level() == 1) machine.l1 = cache.size_bytes();
    if (cache.level() == 2) machine.l2 = cache.size_bytes();
    if (cache.level() == 3) l3 = cache.size_bytes();
  }
  machine.l3 = l3 > 0 ? l3 : machine.l2;
  return machine;
}

std::optional<int64_t> TargetParameter(const Machine& machine, absl::string_view name) {
  for (const auto& [known, member] : kParameters) {
    if (name == known) return machine.*member;
  }
  return std::nullopt;
}

std::vector<std::string> TargetParameterNames() {
  std::vector<std::string> names;
  for (const auto& [name, member] : kParameters) names.push_back(name);
  return names;
}

}  // namespace diapason::compiler::space
