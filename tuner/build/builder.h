// Turns build requests into artifacts, asynchronously: the seam between the job engine and the worker
// processes.
#ifndef DIAPASON_TUNER_BUILD_BUILDER_H_
#define DIAPASON_TUNER_BUILD_BUILDER_H_

#include <functional>

#include "diapason/v1/builder.pb.h"

namespace diapason::tuner {

class Builder {
 public:
  using Done = std::function<void(const v1::BuildResponse&)>;

  virtual ~Builder() = default;

  // Queues the request and returns. `done` is called exactly once, on a thread of the builder's own or before
  // Build returns; it must not block for long. What goes wrong is the response's outcome; CANCELLED: the
  // builder is shutting down. `request.id` is the builder's to use. Thread-safe.
  virtual void Build(v1::BuildRequest request, Done done) = 0;

  // How many requests are worked on at a time.
  virtual int parallelism() const = 0;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_BUILD_BUILDER_H_
