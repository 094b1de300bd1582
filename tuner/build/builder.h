// Turns build requests into artifacts, asynchronously. The job engine knows only this interface, so that
// its tests need no worker processes and no MLIR.
#ifndef DIAPASON_TUNER_BUILD_BUILDER_H_
#define DIAPASON_TUNER_BUILD_BUILDER_H_

#include <functional>

#include "diapason/v1/builder.pb.h"

namespace diapason::tuner {

class Builder {
 public:
  // Receives the result of one build.
  using Done = std::function<void(const v1::BuildResponse&)>;

  virtual ~Builder() = default;

  // Queues the request and returns. `done` is called exactly once: either on a thread of the builder or
  // before Build returns. It must not block for long. If the build fails, the response's outcome says how;
  // the outcome CANCELLED means that the builder is shutting down. The builder overwrites `request.id`.
  // Thread-safe.
  virtual void Build(v1::BuildRequest request, Done done) = 0;

  // Returns how many requests are built at the same time.
  virtual int parallelism() const = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILDER_H_
