#include "db/stored_decisions.h"

#include "absl/strings/str_cat.h"
#include "db/decision_rule.h"
#include "db/stored_rows.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

constexpr absl::string_view kDecisionColumns =
    "workload_id, target_fingerprint, trial_id, default_trial_id, verdict, speed_up, incumbent_trial_id, "
    "threads";
v1::Decision ReadDecision(const Statement& row) {
  v1::Decision decision;
  decision.set_workload_id(row.Text(0));
  decision.set_target_fingerprint(row.Text(1));
  decision.set_trial_id(row.Text(2));
  decision.set_default_trial_id(row.Text(3));
  decision.set_verdict(static_cast<v1::Verdict>(row.Int(4)));
  decision.set_speed_up(row.Real(5));
  decision.set_incumbent_trial_id(row.Text(6));
  decision.set_threads(static_cast<int32_t>(row.Int(7)));
  return decision;
}

absl::StatusOr<bool> IsStored(Connection& connection, const v1::Decision& decision) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(
          "SELECT 1 FROM winner WHERE trial_id = ? AND workload_id = ? AND target_fingerprint = ? "
          "AND threads = ?"));
  return select.BindText(decision.trial_id())
      .BindText(decision.workload_id())
      .BindText(decision.target_fingerprint())
      .BindInt(decision.threads())
      .Step();
}

}  // namespace

absl::StatusOr<v1::Decision> ReadStandingDecision(Connection& connection, const TaskKey& task) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(
          absl::StrCat("SELECT ", kDecisionColumns,
                       " FROM decision WHERE workload_id = ? AND target_fingerprint = ? AND threads = ?")));
  select.BindText(task.workload_id).BindText(task.target_fingerprint).BindInt(task.threads);
  DIAPASON_RETURN_IF_ERROR(StepToRow(select, "decision for workload", task.workload_id));
  return ReadDecision(select);
}

absl::StatusOr<v1::Decision> FindDecision(Connection& connection, absl::string_view trial_id) {
  DIAPASON_ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(absl::StrCat("SELECT ", kDecisionColumns,
                                      " FROM winner WHERE trial_id = ? ORDER BY sequence DESC LIMIT 1")));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(trial_id), "decision for trial", trial_id));
  return ReadDecision(select);
}

absl::Status InsertDecision(Connection& connection, const v1::Decision& decision) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(decision.trial_id(), "trial id"));
  DIAPASON_RETURN_IF_ERROR(CheckKey(decision.target_fingerprint(), "target fingerprint"));
  if (decision.threads() <= 0)
    return absl::InvalidArgumentError("cannot store the decision: it has no number of threads");
  DIAPASON_ASSIGN_OR_RETURN(const bool known, IsStored(connection, decision));
  if (known) return absl::OkStatus();
  const auto standing = ReadStandingDecision(
      connection, {decision.workload_id(), decision.target_fingerprint(), decision.threads()});
  if (!standing.ok() && !absl::IsNotFound(standing.status())) return standing.status();
  const bool counts = !standing.ok() || Replaces(*standing, decision);
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO winner (workload_id, target_fingerprint, trial_id, default_trial_id, "
                         "verdict, speed_up, incumbent_trial_id, threads, counts) "
                         "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.BindText(decision.workload_id())
      .BindText(decision.target_fingerprint())
      .BindText(decision.trial_id());
  BindOptionalText(insert, decision.default_trial_id());
  insert.BindInt(decision.verdict()).BindReal(decision.speed_up());
  BindOptionalText(insert, decision.incumbent_trial_id());
  const absl::Status status = insert.BindInt(decision.threads()).BindInt(counts ? 1 : 0).Run();
  if (!absl::IsNotFound(status)) return status;
  return absl::NotFoundError(absl::StrCat("cannot store the decision for trial ", decision.trial_id(),
                                          ": that trial, its default ", decision.default_trial_id(),
                                          " or the workload ", decision.workload_id(),
                                          " is not stored; store them first"));
}

}  // namespace diapason::db
