// The objects that every job of an engine uses.
#ifndef DIAPASON_TUNER_JOB_JOB_DEPENDENCIES_H_
#define DIAPASON_TUNER_JOB_JOB_DEPENDENCIES_H_

#include <string>

#include "db/record_store.h"
#include "proto/base/clock.h"
#include "tuner/build/builder.h"
#include "tuner/job/measurer.h"
#include "tuner/search/task_search.h"

namespace diapason::tuner {

// The referenced objects must outlive the engine and its jobs.
struct JobDependencies {
  db::RecordStore& store;
  Builder& builder;
  Measurer& measurer;
  const Clock& clock;
  TaskSearchFactory searches;
  // The name and the version of the back end that builds candidates (compiler/codegen/kernel_backend.h).
  // Each record stores both.
  std::string backend;
  std::string backend_version;
  // Under this name the engine claims jobs (db::RecordStore::ClaimJobs). Each engine has its own.
  std::string server_id;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_DEPENDENCIES_H_
