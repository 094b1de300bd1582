#include "db/identity_migration.h"

#include <string>
#include <utility>
#include <vector>

#include "db/identity_update.h"
#include "db/migrated_rows.h"
#include "db/stored_message.h"
#include "proto/base/status_macros.h"

namespace diapason::db {
namespace {

// A workload with a new id gets a new row. The old row is deleted later, when no record refers to it any
// more.
absl::Status UpdateWorkloads(Connection& connection, IdentityUpdate& update,
                             std::vector<std::string>& replaced) {
  return ForEachRow(
      connection, "workload", "workload_id, body, NULL", [&](const MigratedRow& row) -> absl::Status {
        DIAPASON_ASSIGN_OR_RETURN(v1::Workload workload, ParseStored<v1::Workload>(row.body));
        DIAPASON_RETURN_IF_ERROR(update.Update(workload));
        if (workload.id() == row.key) return absl::OkStatus();
        replaced.push_back(row.key);
        DIAPASON_ASSIGN_OR_RETURN(
            Statement insert,
            connection.Prepare("INSERT INTO workload (workload_id, structure_id, body) VALUES (?, ?, ?) "
                               "ON CONFLICT DO NOTHING"));
        return insert.BindText(workload.id())
            .BindText(workload.structure_id())
            .BindBlob(workload.SerializeAsString())
            .Run();
      });
}

absl::Status UpdateRecords(Connection& connection, IdentityUpdate& update) {
  return ForEachRow(
      connection, "record", "trial_id, body, NULL", [&](const MigratedRow& row) -> absl::Status {
        DIAPASON_ASSIGN_OR_RETURN(v1::Record record, ParseStored<v1::Record>(row.body));
        update.Update(record);
        DIAPASON_ASSIGN_OR_RETURN(
            Statement write,
            connection.Prepare("UPDATE record SET workload_id = ?, target_fingerprint = ?, threads = ?, "
                               "backend = ?, backend_version = ?, body = ? WHERE rowid = ?"));
        return write.BindText(record.workload_id())
            .BindText(record.target_fingerprint())
            .BindInt(record.threads())
            .BindText(record.backend())
            .BindText(record.backend_version())
            .BindBlob(record.SerializeAsString())
            .BindInt(row.rowid)
            .Run();
      });
}

absl::Status UpdateJobs(Connection& connection, IdentityUpdate& update) {
  return ForEachRow(
      connection, "job", "job_id, request, status", [&](const MigratedRow& row) -> absl::Status {
        DIAPASON_ASSIGN_OR_RETURN(v1::SubmitJobRequest request, ParseStored<v1::SubmitJobRequest>(row.body));
        DIAPASON_ASSIGN_OR_RETURN(v1::JobStatus status, ParseStored<v1::JobStatus>(row.second_body));
        DIAPASON_RETURN_IF_ERROR(update.Update(row.key, request));
        update.Update(status);
        DIAPASON_ASSIGN_OR_RETURN(
            Statement write, connection.Prepare("UPDATE job SET request = ?, status = ? WHERE rowid = ?"));
        return write.BindBlob(request.SerializeAsString())
            .BindBlob(status.SerializeAsString())
            .BindInt(row.rowid)
            .Run();
      });
}

}  // namespace

absl::Status MigrateIdentities(Connection& connection, const WorkloadIdentity& identity) {
  IdentityUpdate update(identity);
  std::vector<std::string> replaced;
  DIAPASON_RETURN_IF_ERROR(UpdateWorkloads(connection, update, replaced));
  DIAPASON_RETURN_IF_ERROR(UpdateRecords(connection, update));
  // A decision belongs to the task of its records.
  DIAPASON_RETURN_IF_ERROR(connection.Execute(
      "UPDATE winner SET (workload_id, target_fingerprint, threads) = "
      "(SELECT workload_id, target_fingerprint, threads FROM record WHERE trial_id = winner.trial_id)"));
  for (const std::string& id : replaced) {
    DIAPASON_ASSIGN_OR_RETURN(Statement erase,
                              connection.Prepare("DELETE FROM workload WHERE workload_id = ?"));
    DIAPASON_RETURN_IF_ERROR(erase.BindText(id).Run());
  }
  return UpdateJobs(connection, update);
}

}  // namespace diapason::db
