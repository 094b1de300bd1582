#include "db/stored_inputs.h"

#include "absl/strings/str_cat.h"
#include "db/stored_message.h"
#include "db/stored_rows.h"
#include "proto/base/status_macros.h"

namespace diapason::db {

absl::Status InsertWorkload(Connection& connection, const v1::Workload& workload) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(workload.id(), "workload id"));
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert, connection.Prepare("INSERT INTO workload VALUES (?, ?, ?) ON CONFLICT DO NOTHING"));
  return insert.BindText(workload.id())
      .BindText(workload.structure_id())
      .BindBlob(workload.SerializeAsString())
      .Run();
}

absl::Status InsertSketch(Connection& connection, const v1::Sketch& sketch) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(sketch.hash(), "sketch hash"));
  DIAPASON_ASSIGN_OR_RETURN(Statement insert,
                            connection.Prepare("INSERT INTO sketch VALUES (?, ?) ON CONFLICT DO NOTHING"));
  return insert.BindText(sketch.hash()).BindBlob(sketch.SerializeAsString()).Run();
}

absl::StatusOr<v1::Workload> ReadWorkload(Connection& connection, absl::string_view id) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT body FROM workload WHERE workload_id = ?"));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(id), "workload", id));
  return ReadMessage<v1::Workload>(select, 0);
}

absl::StatusOr<v1::Sketch> ReadSketch(Connection& connection, absl::string_view hash) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT body FROM sketch WHERE sketch_hash = ?"));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(hash), "sketch", hash));
  return ReadMessage<v1::Sketch>(select, 0);
}

absl::Status ReplaceCostModel(Connection& connection, const v1::CostModel& model) {
  DIAPASON_RETURN_IF_ERROR(CheckKey(model.target_fingerprint(), "target fingerprint"));
  DIAPASON_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO cost_model VALUES (?, ?) ON CONFLICT (target_fingerprint) "
                         "DO UPDATE SET body = excluded.body"));
  return insert.BindText(model.target_fingerprint()).BindBlob(model.SerializeAsString()).Run();
}

absl::StatusOr<v1::CostModel> ReadCostModel(Connection& connection, absl::string_view target_fingerprint) {
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT body FROM cost_model WHERE target_fingerprint = ?"));
  DIAPASON_RETURN_IF_ERROR(StepToRow(select.BindText(target_fingerprint), "cost model", target_fingerprint));
  return ReadMessage<v1::CostModel>(select, 0);
}

absl::StatusOr<std::vector<v1::Workload>> FindWorkloads(Connection& connection, absl::string_view prefix) {
  // Identifiers are ASCII, and DEL (7f) sorts after all other ASCII characters.
  DIAPASON_ASSIGN_OR_RETURN(Statement select,
                            connection.Prepare("SELECT body FROM workload WHERE workload_id >= ? AND "
                                               "workload_id < ? ORDER BY workload_id"));
  select.BindText(prefix).BindText(absl::StrCat(prefix, "\x7f"));
  return ReadMessages<v1::Workload>(select);
}

}  // namespace diapason::db
