// Schedules and paths with which tests compile models.
#ifndef DIAPASON_TESTS_COMPILER_MODEL_DEFAULT_SCHEDULES_H_
#define DIAPASON_TESTS_COMPILER_MODEL_DEFAULT_SCHEDULES_H_

#include <string>

#include "compiler/model/model_compiler.h"

namespace diapason::compiler::model {

// Chooses the built-in default schedule of each workload. The reason says so, and 12.5 us is given as
// its time.
ScheduleSource DefaultSchedules(const v1::Target& target);

// Return the path of the run-time's archive in the build folder.
std::string RuntimeArchive(const v1::Target& target);
std::string HostRuntimeArchive();

}  // namespace diapason::compiler::model

#endif  // DIAPASON_TESTS_COMPILER_MODEL_DEFAULT_SCHEDULES_H_
