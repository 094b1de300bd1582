// How a job ended, on stdout and as an exit code: the same for `tune`, which waited for it, and for `watch`.
#ifndef DIAPASON_TUNER_CLI_JOB_CONCLUSION_H_
#define DIAPASON_TUNER_CLI_JOB_CONCLUSION_H_

#include <string>

#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

struct ConclusionOptions {
  bool json = false;
  bool verbose = false;
  std::string log;    // options that name the log, e.g. "--db sqlite:tuning.db"
  std::string extra;  // lines about what was made besides; empty: nothing was
  std::string next;   // the command to go on with; empty: to compile the job's model, where it is known
};

// Prints the job's table, its log and what to run next; or the status as JSON.
void PrintConclusion(const v1::JobStatus& status, const ConclusionOptions& options);

// Says on stderr what failed, and returns the exit code.
int ReportJob(const v1::JobStatus& status);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_JOB_CONCLUSION_H_
