// Reports how a job ended, on stdout and by the exit code. `tune`, which waits for its job, and `watch`
// use it.
#ifndef DIAPASON_TUNER_CLI_JOB_CONCLUSION_H_
#define DIAPASON_TUNER_CLI_JOB_CONCLUSION_H_

#include <string>

#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// What is printed besides the job's status.
struct ConclusionOptions {
  bool json = false;
  bool verbose = false;
  std::string log;    // options that name the log, e.g. "--db sqlite:tuning.db"
  std::string extra;  // lines about other results; may be empty
  std::string next;   // the command to run next; if empty, the one that compiles the job's model
};

// Prints the table of the job's tasks, its log and the next command, or the status as JSON.
void PrintConclusion(const v1::JobStatus& status, const ConclusionOptions& options);

// Prints to stderr what failed, and returns the exit code.
int ReportJob(const v1::JobStatus& status);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_JOB_CONCLUSION_H_
