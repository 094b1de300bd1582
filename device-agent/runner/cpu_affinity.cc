#include "device-agent/runner/cpu_affinity.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace diapason::device_agent {

int LastAllowedCpu() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) last = cpu;
  }
  return last;
}

void KeepOffCpu(int cpu) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return;
  CPU_CLR(static_cast<size_t>(cpu), &set);
  if (CPU_COUNT(&set) > 0) sched_setaffinity(0, sizeof set, &set);
}

void PinToCpus(int cpu, int count) {
  const int64_t cores = std::max<int64_t>(1, sysconf(_SC_NPROCESSORS_ONLN));
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  for (int i = 1; i < count; ++i) CPU_SET(static_cast<size_t>((cpu + i) % cores), &set);
  sched_setaffinity(0, sizeof set, &set);
}

}  // namespace diapason::device_agent
