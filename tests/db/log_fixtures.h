// Made-up workloads, sketches and records for the tests of the log, and a folder for its file.
#ifndef DIAPASON_TESTS_DB_LOG_FIXTURES_H_
#define DIAPASON_TESTS_DB_LOG_FIXTURES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "db/record_store.h"
#include "db/sqlite.h"

namespace diapason::db {

// Removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A convolution of the structure "conv" with these loop extents; its id is made of both.
v1::Workload MakeWorkload(const std::string& structure, const std::vector<int64_t>& extents);
// The same as an earlier release stored it: with another id and another structure id.
v1::Workload MakeOldWorkload(const std::string& structure, const std::vector<int64_t>& extents);
// Gives an old workload the ids that MakeWorkload gives. InvalidArgument: its structure is "refused".
absl::StatusOr<v1::Workload> TodaysIdentity(const v1::Workload& workload);
v1::Sketch MakeSketch(const std::string& name);
v1::Target MakeTarget(const std::string& name, const std::string& cpu, int vector_bits = 512);

// A good trial of `workload` on `target` with one thread and one knob `tile`.
v1::Record MakeRecord(const std::string& trial_id, const v1::Workload& workload, const v1::Target& target,
                      int tile, double time_us);
v1::Record MakeFailure(const std::string& trial_id, const v1::Workload& workload, const v1::Target& target,
                       int tile, v1::OutcomeKind kind);

// A decision between two stored records.
struct DecisionOptions {
  std::string trial_id;
  std::string default_trial_id;
  v1::Verdict verdict = v1::VERDICT_FASTER;
  double speed_up = 1.25;
  int threads = 1;
};
v1::Decision MakeDecision(const v1::Workload& workload, const v1::Target& target,
                          const DecisionOptions& options);

// The task of a workload on a target, with one thread.
TaskKey TaskOf(const v1::Workload& workload, const v1::Target& target);

// The sketch that the records above refer to.
v1::Sketch TheSketch();

// An open store, or the test ends.
std::unique_ptr<RecordStore> OpenOrDie(const std::string& url, OpenMode mode = OpenMode::kReadWrite);

// The log's file as SQLite sees it, or the test ends.
std::unique_ptr<Connection> ConnectOrDie(const std::string& path);
// The number that a query gives.
int64_t Number(Connection& connection, absl::string_view sql);

// Makes a log of version 2 at `path`: tests/db/data/log_v2.sql, which a tuner-server of that release wrote.
// Its three jobs are of the target box-1; the last one, of the workload "gemm 48x32x40", was stopped after
// three trials.
void WriteLogOfVersion2(const std::string& path);

// Trial ids in the order given.
std::vector<std::string> TrialIds(const std::vector<v1::Record>& records);

}  // namespace diapason::db

#endif  // DIAPASON_TESTS_DB_LOG_FIXTURES_H_
