#include "tests/db/log_fixtures.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "proto/base/content_hash.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::db {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "diapason-log-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

namespace {

constexpr absl::string_view kOldStructure = "old ";

std::string TodaysId(const std::string& text) { return ContentHash("today " + text); }

}  // namespace

v1::Workload MakeWorkload(const std::string& structure, const std::vector<int64_t>& extents) {
  v1::Workload workload;
  workload.set_text(absl::StrCat("func @", structure, "_", absl::StrJoin(extents, "x")));
  workload.set_id(TodaysId(workload.text()));
  workload.set_summary(absl::StrCat(structure, " ", absl::StrJoin(extents, "x")));
  workload.set_structure_id(structure);
  for (const int64_t extent : extents) workload.add_extents(extent);
  return workload;
}

v1::Workload MakeOldWorkload(const std::string& structure, const std::vector<int64_t>& extents) {
  v1::Workload workload = MakeWorkload(structure, extents);
  workload.set_id(ContentHash(workload.text()));
  workload.set_structure_id(absl::StrCat(kOldStructure, structure));
  return workload;
}

absl::StatusOr<v1::Workload> TodaysIdentity(const v1::Workload& workload) {
  if (workload.structure_id() == "old refused") return absl::InvalidArgumentError("refused");
  v1::Workload updated = workload;
  updated.set_id(TodaysId(workload.text()));
  updated.set_structure_id(std::string(absl::StripPrefix(workload.structure_id(), kOldStructure)));
  return updated;
}

v1::Sketch MakeSketch(const std::string& name) {
  v1::Sketch sketch;
  sketch.set_name(name);
  sketch.set_text(absl::StrCat("module { // ", name, "\n}"));
  sketch.set_hash(ContentHash(sketch.text()));
  return sketch;
}

v1::Sketch TheSketch() { return MakeSketch("conv_direct"); }

v1::Target MakeTarget(const std::string& name, const std::string& cpu, int vector_bits) {
  v1::Target target;
  target.set_name(name);
  target.set_triple("x86_64-unknown-linux-gnu");
  target.set_cpu(cpu);
  target.set_vector_bits(vector_bits);
  target.set_cores(2);
  return target;
}

v1::Record MakeFailure(const std::string& trial_id, const v1::Workload& workload, const v1::Target& target,
                       int tile, v1::OutcomeKind kind) {
  v1::Record record;
  record.set_trial_id(trial_id);
  record.set_job_id("job-1");
  record.set_workload_id(workload.id());
  record.set_target_fingerprint(TargetFingerprint(target));
  *record.mutable_target() = target;
  record.mutable_schedule()->set_sketch_hash(TheSketch().hash());
  record.mutable_schedule()->set_sketch_name(TheSketch().name());
  v1::KnobValue& knob = *record.mutable_schedule()->add_knobs();
  knob.set_name("tile");
  knob.set_value(tile);
  record.mutable_outcome()->set_kind(kind);
  if (kind != v1::OUTCOME_KIND_OK) record.mutable_outcome()->set_message("what went wrong");
  record.set_protocol_version(1);
  record.set_threads(1);
  record.set_backend("cpu");
  record.set_backend_version("version 1");
  return record;
}

v1::Record MakeRecord(const std::string& trial_id, const v1::Workload& workload, const v1::Target& target,
                      int tile, double time_us) {
  v1::Record record = MakeFailure(trial_id, workload, target, tile, v1::OUTCOME_KIND_OK);
  record.mutable_measurement()->set_median_us(time_us);
  record.mutable_measurement()->add_samples_us(time_us);
  return record;
}

v1::Decision MakeDecision(const v1::Workload& workload, const v1::Target& target,
                          const DecisionOptions& options) {
  v1::Decision decision;
  decision.set_workload_id(workload.id());
  decision.set_target_fingerprint(TargetFingerprint(target));
  decision.set_trial_id(options.trial_id);
  decision.set_default_trial_id(options.default_trial_id);
  decision.set_verdict(options.verdict);
  decision.set_speed_up(options.speed_up);
  decision.set_threads(options.threads);
  return decision;
}

TaskKey TaskOf(const v1::Workload& workload, const v1::Target& target) {
  return {workload.id(), TargetFingerprint(target), 1};
}

std::unique_ptr<RecordStore> OpenOrDie(const std::string& url, OpenMode mode) {
  auto store = OpenRecordStore(url, mode, TodaysIdentity);
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
    std::abort();
  }
  return *std::move(store);
}

std::unique_ptr<SqliteConnection> ConnectOrDie(const std::string& path) {
  auto connection = SqliteConnection::Open(path, OpenMode::kReadWrite);
  if (!connection.ok()) std::abort();
  return *std::move(connection);
}

int64_t Number(Connection& connection, absl::string_view sql) {
  auto statement = connection.Prepare(sql);
  if (!statement.ok() || !statement->Step().value()) std::abort();
  return statement->Int(0);
}

void WriteLogOfVersion2(const std::string& path) {
  std::ifstream file(absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/tests/db/data/log_v2.sql"));
  std::stringstream dump;
  dump << file.rdbuf();
  if (!file || !ConnectOrDie(path)->Execute(dump.str()).ok()) std::abort();
}

std::vector<std::string> TrialIds(const std::vector<v1::Record>& records) {
  std::vector<std::string> ids;
  for (const v1::Record& record : records) ids.push_back(record.trial_id());
  return ids;
}

}  // namespace diapason::db
