// Workloads, sketches and records for the tests of the log, and a folder for the log's file.
#ifndef DIAPASON_TESTS_DB_LOG_FIXTURES_H_
#define DIAPASON_TESTS_DB_LOG_FIXTURES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "db/record_store.h"
#include "db/sqlite.h"

namespace diapason::db {

// A temporary folder. The destructor deletes it with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Makes a workload of this structure with these loop extents. Its id is made of both.
v1::Workload MakeWorkload(const std::string& structure, const std::vector<int64_t>& extents);
// Makes the same workload as an earlier release stored it, with another id and another structure id.
v1::Workload MakeOldWorkload(const std::string& structure, const std::vector<int64_t>& extents);
// Gives an old workload the ids that MakeWorkload gives. Returns InvalidArgument if its structure is
// "refused".
absl::StatusOr<v1::Workload> TodaysIdentity(const v1::Workload& workload);
v1::Sketch MakeSketch(const std::string& name);
v1::Target MakeTarget(const std::string& name, const std::string& cpu, int vector_bits = 512);

// Make a trial of `workload` on `target` with one thread and one knob `tile`. MakeRecord makes one that
// succeeded.
v1::Record MakeRecord(const std::string& trial_id, const v1::Workload& workload, const v1::Target& target,
                      int tile, double time_us);
v1::Record MakeFailure(const std::string& trial_id, const v1::Workload& workload, const v1::Target& target,
                       int tile, v1::OutcomeKind kind);

// A decision between two records that are stored.
struct DecisionOptions {
  std::string trial_id;
  std::string default_trial_id;
  v1::Verdict verdict = v1::VERDICT_FASTER;
  double speed_up = 1.25;
  int threads = 1;
};
v1::Decision MakeDecision(const v1::Workload& workload, const v1::Target& target,
                          const DecisionOptions& options);

// Returns the task of a workload on a target, with one thread.
TaskKey TaskOf(const v1::Workload& workload, const v1::Target& target);

// The sketch that the records above refer to.
v1::Sketch TheSketch();

// Opens a store. Ends the test program if this fails.
std::unique_ptr<RecordStore> OpenOrDie(const std::string& url, OpenMode mode = OpenMode::kReadWrite);

// Opens the log's file with SQLite. Ends the test program if this fails.
std::unique_ptr<SqliteConnection> ConnectOrDie(const std::string& path);
// Returns the number that a query selects.
int64_t Number(Connection& connection, absl::string_view sql);

// Writes a log of version 2 to `path`. It is tests/db/data/log_v2.sql, which a tuner-server of that
// release wrote. Its three jobs have the target box-1. The last job, of the workload "gemm 48x32x40", was
// stopped after three trials.
void WriteLogOfVersion2(const std::string& path);

// Returns the trial ids in the order of the records.
std::vector<std::string> TrialIds(const std::vector<v1::Record>& records);

}  // namespace diapason::db

#endif  // DIAPASON_TESTS_DB_LOG_FIXTURES_H_
