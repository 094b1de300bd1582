// A file that pins the schedules of a model, so that the same library is made again later, bit for bit and
// without a tuning log. It contains schedules and their sketches, but no times.
#ifndef DIAPASON_TUNER_COMPILE_SCHEDULE_LOCK_H_
#define DIAPASON_TUNER_COMPILE_SCHEDULE_LOCK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "compiler/graph/program.h"
#include "compiler/model/model_compiler.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::tuner {

// The schedules of a model's workloads for one target. Not thread-safe.
class ScheduleLock {
 public:
  // Makes a lock without schedules. `compiler_version` is that of the back end, as the manifest has it.
  ScheduleLock(const v1::Target& target, std::string compiler_version);

  // Reads a lock. Returns NotFound if there is no such file, InvalidArgument if it is not a lock or was
  // damaged, and FailedPrecondition if it has another version.
  static absl::StatusOr<ScheduleLock> Read(const std::string& path);

  // Parse and write the text of the file, which is JSON. Equal locks give equal texts.
  static absl::StatusOr<ScheduleLock> Parse(absl::string_view text);
  std::string Text() const;

  // Writes the file, or replaces it when the new one is complete. Returns PermissionDenied if it cannot be
  // created, and ResourceExhausted if the disk does not accept it.
  absl::Status Write(const std::string& path) const;

  // Pins the schedule of a workload. `sketch` is the schedule's sketch; null means the plain lowering, which
  // has no schedule.
  void Pin(const v1::Workload& workload, const v1::Schedule& schedule, const v1::Sketch* sketch);

  // Returns OK if the lock has a schedule for every workload of the program on this target. Otherwise returns
  // FailedPrecondition; the message says which workloads are missing, or that the target is another one.
  absl::Status CheckFits(const compiler::graph::Program& program, const v1::Target& target) const;

  // Returns the pinned schedule of a workload. Returns NotFound if there is none, and FailedPrecondition if
  // it is not legal for the workload on this target.
  absl::StatusOr<compiler::model::ScheduleChoice> Choose(const v1::Workload& workload,
                                                         const v1::Target& target) const;

  const std::string& compiler_version() const { return compiler_version_; }
  size_t size() const { return pinned_.size(); }

 private:
  struct Pinned {
    std::string workload_id;
    std::string summary;
    std::string sketch_hash;  // empty for the plain lowering
    std::vector<v1::KnobValue> knobs;
  };

  ScheduleLock() = default;
  absl::Status Load(absl::string_view text);

  std::string target_name_;
  std::string target_fingerprint_;
  std::string compiler_version_;
  std::map<std::string, v1::Sketch> sketches_;  // by hash
  std::map<std::string, Pinned> pinned_;        // by workload id
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_SCHEDULE_LOCK_H_
