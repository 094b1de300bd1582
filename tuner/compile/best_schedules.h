// Chooses the schedule that each workload of one target is compiled with: the best one that the tuning log
// knows, as far as it is legal and builds here, and the sketches' defaults where the log knows none.
#ifndef DIAPASON_TUNER_COMPILE_BEST_SCHEDULES_H_
#define DIAPASON_TUNER_COMPILE_BEST_SCHEDULES_H_

#include <functional>
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

// Asks a log or a tuner-server what is known about a workload on the target.
using LookupFunction = std::function<absl::StatusOr<v1::LookupResult>(const v1::Workload&)>;

// What a compilation for `target` asks a log for: schedules of kernels on one thread, since a model does not
// know yet on how many it will run, and of this release's back end, exactly or not. InvalidArgument: this
// build has no back end for the target's kind.
absl::StatusOr<v1::LookupOptions> LookupOptionsFor(const v1::Target& target, v1::Match match);

// How long one kernel may take to build before its next schedule is tried. A kernel builds in a tenth of a
// second, the largest ones in one or two seconds; the machine may be busy with other work.
inline constexpr absl::Duration kKernelTime = absl::Seconds(30);

// Not thread-safe: one caller at a time. Owns one builder worker, a child process, which is killed with this
// object. MLIR runs there, so that a schedule which crashes or hangs MLIR is a failed build and never the end
// of the caller.
class BestSchedules {
 public:
  // Reads the built-in sketches. Without a `lookup`, Choose gives the sketches' defaults. Returns the errors
  // of LoadSketches.
  static absl::StatusOr<std::unique_ptr<BestSchedules>> Create(const Installation& installation,
                                                               const v1::Target& target,
                                                               LookupFunction lookup,
                                                               absl::Duration kernel_time = kKernelTime);

  // Walks the candidates of the look-up until one is legal for the workload. A candidate that was never built
  // for this workload (any rung but the exact one) must also build. If none is left, the result is the
  // default schedule of a sketch or, where no sketch fits, the plain lowering. Returns the errors of the
  // look-up.
  absl::StatusOr<compiler::model::ScheduleChoice> Choose(const v1::Workload& workload);

  // What to compile with if the choice does not build: number 0, 1, ... of a list with the default of each
  // sketch that fits, then the fallback sketch's default, then the plain lowering. NotFound: `number` is
  // beyond the end of the list.
  absl::StatusOr<compiler::model::ScheduleChoice> Alternative(const v1::Workload& workload, int number) const;

  // Builds one kernel in the worker process. `cancelled` is asked every few milliseconds; once it returns
  // true, the result is the outcome CANCELLED.
  v1::BuildResponse Build(const v1::BuildRequest& request, const std::function<bool()>& cancelled);

  const v1::Target& target() const { return target_; }

 private:
  BestSchedules(const Installation& installation, v1::Target target, std::vector<v1::Sketch> sketches,
                LookupFunction lookup, absl::Duration kernel_time);

  bool Builds(const v1::Workload& workload, const std::string& script);
  absl::StatusOr<compiler::model::ScheduleChoice> ChooseDefault(const v1::Workload& workload,
                                                                absl::string_view reason) const;

  const v1::Target target_;
  const std::vector<v1::Sketch> sketches_;
  const LookupFunction lookup_;
  const SystemClock clock_;
  BuilderPool builder_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_BEST_SCHEDULES_H_
