// Compiles a Program to a shared library, a C header and a manifest.
#ifndef DIAPASON_COMPILER_MODEL_MODEL_COMPILER_H_
#define DIAPASON_COMPILER_MODEL_MODEL_COMPILER_H_

#include <functional>
#include <future>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::compiler::model {

// The schedule of one workload, and where it came from.
struct ScheduleChoice {
  std::string script;  // the rendered script; empty for the naive lowering without a schedule
  v1::Schedule schedule;
  v1::Rung rung = v1::RUNG_DEFAULT;
  std::string reason;      // one line
  double measured_us = 0;  // from the record; 0 if it was not measured
};

// Chooses the schedule of a workload.
using ScheduleSource = std::function<absl::StatusOr<ScheduleChoice>(const v1::Workload&)>;

// Returns what to use if the chosen schedule does not build: schedule number 0, 1, ... of a list that
// the caller keeps. Returns NotFound at the end of the list.
using OtherSchedules = std::function<absl::StatusOr<ScheduleChoice>(const v1::Workload&, int number)>;

// What CompileModel writes in addition to the library, the header and the manifest.
struct ModelProducts {
  bool archive = false;                 // DIR/libNAME.a, for programs that are linked statically
  bool wheel = false;                   // a Python wheel (wheel.h)
  std::string wheel_version = "1.0.0";  // the wheel's version
};

// The paths of the files that CompileModel has written.
struct ModelFiles {
  std::string library;   // DIR/libNAME.so
  std::string header;    // DIR/NAME.h
  std::string manifest;  // DIR/manifest.json (manifest.h)
  std::string archive;   // DIR/libNAME.a; empty if it was not asked for
  std::string wheel;     // DIR/NAME-VERSION-TAG.whl; empty if it was not asked for
};

// What CompileModel needs to know.
struct ModelOptions {
  v1::Target target;
  ModelProducts products;
  // The directory for the files. It is created if it does not exist. Files appear in it only when all of them
  // are complete.
  std::string directory;
  // Called before each kernel. If it returns true, the compilation ends with Cancelled, and the directory is
  // left as it was. May be empty.
  std::function<bool()> cancelled;
  // Starts to build one kernel, and returns what will be its response. The outcome CANCELLED ends the
  // compilation. Responses may still be outstanding when CompileModel returns an error. If it is empty,
  // kernels are built in this process, one after another, which a bad schedule may crash or keep busy
  // for ever.
  std::function<std::future<v1::BuildResponse>(const v1::BuildRequest&)> build;
  // May be empty. A schedule that does not build is then an error.
  OtherSchedules other_schedules;
  // Receives the schedule with which the kernels of each workload were built. May be empty.
  std::function<void(const v1::Workload&, const ScheduleChoice&)> chosen;
  // Receives the folder that holds incomplete files, for a process that must end without cleaning up.
  std::function<void(const std::string&)> staged;
  std::string runtime_archive;  // share/diapason/runtime/ARCHITECTURE/libdiapason_model_runtime.a
};

// Compiles the program. Equal inputs give equal bytes. If a schedule does not build, all kernels of its
// workload get the next one of `other_schedules`, and the manifest's reason says so. Errors:
//   InvalidArgument: no back end builds for the target, or a wheel cannot have the version or the name.
//   NotFound: the run-time archive does not exist.
//   Internal: a kernel builds with none of the schedules (the message says which kernel), a kernel is of
//     a kind that cannot be linked, the program is broken, or the linker fails.
//   PermissionDenied: the directory cannot be created or written.
//   ResourceExhausted: the disk is full.
//   Cancelled: `cancelled` returned true.
absl::StatusOr<ModelFiles> CompileModel(const graph::Program& program, const ScheduleSource& schedules,
                                        const ModelOptions& options);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MODEL_COMPILER_H_
