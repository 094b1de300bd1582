#include "tuner/search/task_cost.h"

#include <algorithm>
#include <cmath>

#include "proto/domain/element_type.h"

namespace diapason::tuner {
namespace {

constexpr double kTypicalGflops = 100;  // of one core, if a device does not say it

// The rate in bytes per microsecond at which one core reads data of this size: that of the smallest level
// that holds it. Returns 0 if it is not known.
double ReadRate(const v1::Target& target, const v1::MachineSpeed& speed, double bytes) {
  double memory = 0;
  for (const v1::MemorySpeed& level : speed.levels()) {
    for (const v1::Cache& cache : target.caches()) {
      if (cache.level() == level.level() && bytes <= static_cast<double>(cache.size_bytes())) {
        return level.read_gb_per_s() * 1e3;
      }
    }
    if (level.level() == 0) memory = level.read_gb_per_s() * 1e3;
  }
  return memory;
}

double Bytes(const v1::Argument& argument) {
  double bytes = static_cast<double>(ElementBytes(argument.element_type()));
  for (const int64_t extent : argument.shape()) bytes *= static_cast<double>(extent);
  return bytes;
}

}  // namespace

double TaskCost::PredictedUs(float analytic_cost) const {
  const double factor = std::isfinite(analytic_cost) ? std::exp2(static_cast<double>(analytic_cost)) : 1;
  return std::max(reference_us * factor, moving_us);
}

TaskCost CostOfTask(const v1::Workload& workload, const v1::Target& target, const v1::MachineSpeed& speed,
                    const compiler::space::StatedCost& stated) {
  const bool measured = speed.fma_gflops() > 0;
  const double flops_per_us = (measured ? speed.fma_gflops() : kTypicalGflops) * 1e3;
  // A half cycle is the time of a multiply-add of a whole vector, which is two operations for each lane.
  const double half_cycle_us = 2.0 * std::max(target.vector_bits() / 32, 1) / flops_per_us;
  double computing_us = static_cast<double>(workload.flops()) / flops_per_us;

  TaskCost cost;
  cost.reference_us = stated.reference > 0 ? stated.reference * half_cycle_us : std::max(computing_us, 1e-3);
  // Where indices choose elements of a table, most of the table may stay untouched.
  const bool chosen = std::any_of(workload.arguments().begin(), workload.arguments().end(),
                                  [](const v1::Argument& argument) { return argument.bound() > 0; });
  double bytes = 0;
  for (const v1::Argument& argument : workload.arguments()) {
    if (!chosen || argument.role() != v1::ARGUMENT_ROLE_CONSTANT) bytes += Bytes(argument);
  }
  if (const double rate = ReadRate(target, speed, bytes); rate > 0) cost.moving_us = bytes / rate;
  if (!measured) return cost;
  if (stated.least_products > 0) {
    computing_us = std::min(computing_us, stated.least_products * half_cycle_us);
  }
  cost.limit_us = std::max(computing_us, cost.moving_us);
  return cost;
}

}  // namespace diapason::tuner
