#include "tuner/cli/log_source.h"

#include "absl/strings/str_format.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"
#include "tuner/compile/tuning_log.h"

namespace diapason::tuner {

void AddLogOptions(CLI::App& command, LogOption& option) {
  command.add_option("--db", option.db, "the tuning log, sqlite:PATH or postgresql://HOST/DATABASE")
      ->capture_default_str();
  AddServerOptions(command, option.server, /*required=*/false);
}

absl::StatusOr<std::unique_ptr<LogSource>> LogSource::Open(const LogOption& option) {
  auto source = std::make_unique<LogSource>();
  if (option.server.server.empty()) {
    DIAPASON_ASSIGN_OR_RETURN(source->store_, OpenTuningLog(option.db, db::OpenMode::kReadOnly));
  } else {
    DIAPASON_ASSIGN_OR_RETURN(source->server_, ServerConnection::Connect(option.server));
  }
  return source;
}

absl::StatusOr<v1::LookupResult> LogSource::Lookup(const v1::Workload& workload, const v1::Target& target,
                                                   const v1::LookupOptions& options) {
  return store_ != nullptr ? store_->Lookup(workload, target, options)
                           : server_->Lookup(workload, target, options);
}

absl::StatusOr<v1::Target> LogSource::FindDevice(const std::string& device_id) {
  return store_ != nullptr ? store_->FindTargetOfDevice(device_id) : server_->FindDevice(device_id);
}

std::string CostModelLine(const LogOption& option, const v1::Target& target) {
  if (!option.server.server.empty()) return "";
  const auto source = LogSource::Open(option);
  if (!source.ok()) return "";
  const auto model = (*source)->store()->GetCostModel(TargetFingerprint(target));
  if (!model.ok()) return "";
  return absl::StrFormat("cost model: trained on %d trials, rank correlation of held-out tasks %.2f\n",
                         model->records(), model->rank_correlation());
}

}  // namespace diapason::tuner
