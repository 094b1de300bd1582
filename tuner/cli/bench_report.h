// What `diapason bench --against` found, as a page and as JSON. Pure functions.
#ifndef DIAPASON_TUNER_CLI_BENCH_REPORT_H_
#define DIAPASON_TUNER_CLI_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "compiler/model/manifest.h"
#include "tuner/cli/bench_against.h"
#include "tuner/cli/time_breakdown.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {

// A comparison with other engines, and where Diapason's time goes.
struct BenchReport {
  std::string machine;  // for people: the processor
  int threads = 1;
  std::vector<int> processors;          // on which all engines ran
  std::vector<Contestant> contestants;  // Diapason first
  compiler::model::Manifest manifest;
  TimeBreakdown breakdown;
  std::vector<double> limits_us;  // by task of the manifest, of one call; empty if they are not known
  std::string no_limits;          // why not; empty if they are known
};

// Returns a page without scripts that loads nothing.
std::string BenchHtml(const BenchReport& report);

// Returns a table of the engines and one of the tasks with their limits, for a terminal.
std::string BenchText(const BenchReport& report);

// Adds "contestants" and the task's "limit_us" to what AddBreakdown has written.
void AddComparison(const BenchReport& report, JsonObject& object);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_BENCH_REPORT_H_
