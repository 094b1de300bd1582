// A Program to one shared library, a C header and a manifest.
#ifndef DIAPASON_COMPILER_MODEL_MODEL_COMPILER_H_
#define DIAPASON_COMPILER_MODEL_MODEL_COMPILER_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::compiler::model {

// The schedule of one workload, and where it came from.
struct ScheduleChoice {
  std::string script;  // rendered; empty: no schedule, the naive lowering
  v1::Schedule schedule;
  v1::Rung rung = v1::RUNG_DEFAULT;
  std::string reason;      // one line
  double measured_us = 0;  // from the record; 0: not measured
};

using ScheduleSource = std::function<absl::StatusOr<ScheduleChoice>(const v1::Workload&)>;

// What to take where the choice does not build: the schedules number 0, 1, ... of a list that a caller keeps.
// NotFound: the list is at its end.
using OtherSchedules = std::function<absl::StatusOr<ScheduleChoice>(const v1::Workload&, int number)>;

struct ModelFiles {
  std::string library;   // DIR/libNAME.so
  std::string header;    // DIR/NAME.h: DLPack tensors in and out
  std::string manifest;  // DIR/manifest.json (manifest.h)
};

struct ModelOptions {
  v1::Target target;
  std::string directory;  // made where it is not there; files appear in it only when all are complete
  // Asked before each kernel; true ends it: Cancelled, and the directory is as it was. None: never.
  std::function<bool()> cancelled;
  // Builds one kernel; outcome CANCELLED ends the compilation. None: in this process, which a bad schedule
  // may crash or keep busy for ever.
  std::function<v1::BuildResponse(const v1::BuildRequest&)> build;
  OtherSchedules other_schedules;  // none: a schedule that does not build is an error
  // Told the folder that holds what is not complete, for a process that must end without cleaning up.
  std::function<void(const std::string&)> staged;
  std::string runtime_archive;  // share/diapason/runtime/ARCHITECTURE/libdiapason_model_runtime.a
};

// Equal inputs give equal bytes. Where a schedule does not build, all kernels of its workload get the next of
// `other_schedules`, and the manifest's reason says so.
// InvalidArgument: no back end builds for the target. NotFound: no run-time archive. Internal: a kernel that
// builds with none of them (says which) or is built as what cannot be linked, a broken program, the linker.
// PermissionDenied: the directory. ResourceExhausted: the disk is full. Cancelled: `cancelled` said so.
absl::StatusOr<ModelFiles> CompileModel(const graph::Program& program, const ScheduleSource& schedules,
                                        const ModelOptions& options);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MODEL_COMPILER_H_
