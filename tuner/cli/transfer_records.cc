#include "tuner/cli/transfer_records.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "db/json_lines.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"
#include "tuner/cli/command.h"
#include "tuner/cli/target_option.h"
#include "tuner/compile/tuning_log.h"

namespace diapason::tuner {
namespace {

absl::StatusOr<std::vector<db::RecordQuery>> Queries(const ModelOption& model, const std::string& target_name,
                                                     const LogOption& log) {
  std::vector<db::RecordQuery> queries;
  if (model.path.empty()) {
    queries.emplace_back();  // all of the log
    return queries;
  }
  DIAPASON_ASSIGN_OR_RETURN(const compiler::graph::Program program, LoadProgram(model));
  DIAPASON_ASSIGN_OR_RETURN(const v1::Target target, ResolveTarget(target_name, FindInstallation(), log));
  for (const v1::Workload& workload : program.workloads) {
    queries.emplace_back().workload_id = workload.id();
    queries.back().target_fingerprint = TargetFingerprint(target);
  }
  return queries;
}

}  // namespace

int ExportRecords(const ModelOption& model, const std::string& target, const LogOption& log) {
  const auto queries = Queries(model, target, log);
  if (!queries.ok()) return Report(queries.status());
  const auto store = OpenTuningLog(log.db, db::OpenMode::kReadOnly);
  if (!store.ok()) return Report(store.status());
  int64_t records = 0;
  for (const db::RecordQuery& query : *queries) {
    const auto written = db::ExportJsonLines(**store, query, std::cout);
    if (!written.ok()) return Report(written.status(), kExitFailed);
    records += *written;
  }
  std::cout.flush();
  if (!std::cout)
    return Report(absl::UnavailableError("cannot write all records; check whether the disk is full"),
                  kExitFailed);
  std::fprintf(stderr, "%lld records exported\n", static_cast<long long>(records));
  return kExitOk;
}

int ImportRecords(const std::string& path, const std::string& db) {
  std::ifstream file(path);
  if (!file) return Report(absl::NotFoundError(absl::StrCat("cannot read the file ", path)));
  const auto store = OpenTuningLog(db, db::OpenMode::kReadWrite);
  if (!store.ok()) return Report(store.status());
  const auto result = db::ImportJsonLines(file, **store, TodaysIdentity);
  if (!result.ok()) return Report(WithContext(result.status(), path));
  std::fprintf(stderr, "%lld records added to %s, %lld were there already\n",
               static_cast<long long>(result->records), db.c_str(), static_cast<long long>(result->known));
  return kExitOk;
}

}  // namespace diapason::tuner
