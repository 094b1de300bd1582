// What every job of an engine works with.
#ifndef DIAPASON_TUNER_JOB_JOB_DEPENDENCIES_H_
#define DIAPASON_TUNER_JOB_JOB_DEPENDENCIES_H_

#include <string>

#include "db/record_store.h"
#include "proto/base/clock.h"
#include "tuner/build/builder.h"
#include "tuner/job/measurer.h"
#include "tuner/search/task_search.h"

namespace diapason::tuner {

// The referenced objects outlive the engine and its jobs.
struct JobDependencies {
  db::RecordStore& store;
  Builder& builder;
  Measurer& measurer;
  const Clock& clock;
  TaskSearchFactory searches;
  // The back end that builds candidates (compiler/codegen/kernel_backend.h), and its version. Both stand in
  // each record.
  std::string backend;
  std::string backend_version;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_DEPENDENCIES_H_
