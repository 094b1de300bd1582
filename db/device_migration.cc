#include "db/device_migration.h"

#include "db/migrated_rows.h"
#include "db/stored_message.h"
#include "diapason/v1/trial.pb.h"
#include "proto/base/status_macros.h"

namespace diapason::db {

absl::Status MigrateDevices(Connection& connection, const WorkloadIdentity& /*identity*/) {
  return ForEachRow(
      connection, "record", "trial_id, body, NULL", [&](const MigratedRow& row) -> absl::Status {
        DIAPASON_ASSIGN_OR_RETURN(const v1::Record record, ParseStored<v1::Record>(row.body));
        DIAPASON_ASSIGN_OR_RETURN(Statement write,
                                  connection.Prepare("UPDATE record SET device_id = ? WHERE rowid = ?"));
        return write.BindText(record.device_id()).BindInt(row.rowid).Run();
      });
}

}  // namespace diapason::db
