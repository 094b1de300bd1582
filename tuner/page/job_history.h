// What the log says about a job's trials, as its report needs it.
#ifndef DIAPASON_TUNER_PAGE_JOB_HISTORY_H_
#define DIAPASON_TUNER_PAGE_JOB_HISTORY_H_

#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "tuner/report/report_history.h"
#include "tuner/report/report_records.h"

namespace diapason::tuner {

struct JobRecordsView {
  JobHistory history;     // the best times, in the order in which the search found them
  RecordSummary summary;  // of all records
};

// Reads the records of the job with this status. The history's times are those of the records
// (RecordTimeUs), not scaled to one clock speed as the search scales them. Returns the errors of
// RecordStore::VisitRecords.
absl::StatusOr<JobRecordsView> ReadRecords(const db::RecordStore& store, const v1::JobStatus& status);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_JOB_HISTORY_H_
