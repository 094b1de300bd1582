#include "db/column_migration.h"

#include "db/migrated_rows.h"
#include "db/stored_jobs.h"
#include "db/stored_message.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "proto/base/status_macros.h"

namespace diapason::db {

absl::Status MigrateColumns(Connection& connection, const WorkloadIdentity& /*identity*/) {
  DIAPASON_RETURN_IF_ERROR(
      ForEachRow(connection, "record", "trial_id, body, NULL", [&](const MigratedRow& row) -> absl::Status {
        DIAPASON_ASSIGN_OR_RETURN(const v1::Record record, ParseStored<v1::Record>(row.body));
        DIAPASON_ASSIGN_OR_RETURN(Statement write,
                                  connection.Prepare("UPDATE record SET device_id = ? WHERE rowid = ?"));
        return write.BindText(record.device_id()).BindInt(row.rowid).Run();
      }));
  return ForEachRow(connection, "job", "job_id, status, NULL", [&](const MigratedRow& row) -> absl::Status {
    DIAPASON_ASSIGN_OR_RETURN(const v1::JobStatus status, ParseStored<v1::JobStatus>(row.body));
    DIAPASON_ASSIGN_OR_RETURN(Statement write,
                              connection.Prepare("UPDATE job SET ended = ? WHERE rowid = ?"));
    return write.BindInt(HasEnded(status.state()) ? 1 : 0).BindInt(row.rowid).Run();
  });
}

}  // namespace diapason::db
