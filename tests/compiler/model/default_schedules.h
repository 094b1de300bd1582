// What tests compile models with.
#ifndef DIAPASON_TESTS_COMPILER_MODEL_DEFAULT_SCHEDULES_H_
#define DIAPASON_TESTS_COMPILER_MODEL_DEFAULT_SCHEDULES_H_

#include <string>

#include "compiler/model/model_compiler.h"

namespace diapason::compiler::model {

// Each workload's built-in default; the reason says so and 12.5 us is what was "measured".
ScheduleSource DefaultSchedules(const v1::Target& target);

// The run-time's archive in the build folder.
std::string RuntimeArchive(const v1::Target& target);
std::string HostRuntimeArchive();

}  // namespace diapason::compiler::model

#endif  // DIAPASON_TESTS_COMPILER_MODEL_DEFAULT_SCHEDULES_H_
