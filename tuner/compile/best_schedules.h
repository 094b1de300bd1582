// Chooses the schedule with which each workload of a model is compiled: the best one that the tuning log
// has, if it is legal and builds for this target, or else the default of a sketch.
#ifndef DIAPASON_TUNER_COMPILE_BEST_SCHEDULES_H_
#define DIAPASON_TUNER_COMPILE_BEST_SCHEDULES_H_

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "compiler/model/model_compiler.h"
#include "diapason/v1/tuner.pb.h"
#include "proto/base/clock.h"
#include "tuner/build/builder_pool.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// Asks a tuning log or a tuner-server for the best known schedules of a workload on the target.
using LookupFunction = std::function<absl::StatusOr<v1::LookupResult>(const v1::Workload&)>;

// Returns what a compilation for `target` asks a log for: schedules for `threads` threads, made by this
// release's back end (`match` says how exactly). Returns InvalidArgument if this build has no back end for
// the target's kind.
absl::StatusOr<v1::LookupOptions> LookupOptionsFor(const v1::Target& target, v1::Match match,
                                                   int threads = 1);

// How long one kernel may take to build before its next schedule is tried. Most kernels build in a tenth
// of a second and the largest ones in two seconds, but the machine may be busy with other work.
inline constexpr absl::Duration kKernelTime = absl::Seconds(30);

// Not thread-safe. Owns builder workers, one for each processor, which are child processes that are
// killed with this object. MLIR runs there, so that a schedule which crashes or hangs MLIR is a failed
// build and does not end the caller. A worker is started when there is something to build for it.
class BestSchedules {
 public:
  // Reads the built-in sketches. If `lookup` is empty, Choose returns the default schedule of a sketch for
  // `threads` threads.
  // Returns the errors of LoadSketches.
  static absl::StatusOr<std::unique_ptr<BestSchedules>> Create(const Installation& installation,
                                                               const v1::Target& target,
                                                               LookupFunction lookup,
                                                               absl::Duration kernel_time = kKernelTime,
                                                               int threads = 1);

  // Returns the first candidate of the look-up that is legal for the workload. A candidate of any rung but
  // the exact one was never built for this workload, so it must also build. If no candidate is left,
  // returns the default schedule of a sketch or, if no sketch fits, the plain lowering. Returns the errors
  // of the look-up.
  absl::StatusOr<compiler::model::ScheduleChoice> Choose(const v1::Workload& workload);

  // Returns what to compile with if the choice does not build. The alternatives are numbered from 0: the
  // default of each sketch that fits, then the fallback sketch's default, then the plain lowering. Returns
  // NotFound if `number` is past the last one.
  absl::StatusOr<compiler::model::ScheduleChoice> Alternative(const v1::Workload& workload, int number) const;

  // Starts to build one kernel in a worker process. The future gets its response, which is the outcome
  // CANCELLED if this object is destroyed before.
  std::future<v1::BuildResponse> Build(const v1::BuildRequest& request);

  const v1::Target& target() const { return target_; }

  // Returns the built-in sketch with this hash, or the one that came with a chosen schedule. Returns null if
  // there is none. It lives as long as this object.
  const v1::Sketch* FindSketch(const std::string& hash) const;

 private:
  BestSchedules(const Installation& installation, v1::Target target, std::vector<v1::Sketch> sketches,
                LookupFunction lookup, absl::Duration kernel_time, int threads);

  bool Builds(const v1::Workload& workload, const std::string& script);
  absl::StatusOr<compiler::model::ScheduleChoice> ChooseDefault(const v1::Workload& workload,
                                                                absl::string_view reason) const;

  const v1::Target target_;
  const std::vector<v1::Sketch> sketches_;
  const int threads_;
  std::map<std::string, v1::Sketch> chosen_sketches_;  // by hash; those that came from look-ups
  const LookupFunction lookup_;
  const SystemClock clock_;
  BuilderPool builder_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_BEST_SCHEDULES_H_
