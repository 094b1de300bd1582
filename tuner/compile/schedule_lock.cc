#include "tuner/compile/schedule_lock.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/space/schedule_space.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "proto/base/content_hash.h"
#include "proto/base/nesting.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fingerprint.h"

namespace diapason::tuner {
namespace {

namespace json = llvm::json;

constexpr char kVersionField[] = "lock_version";
constexpr int64_t kLockVersion = 1;
constexpr size_t kMaxNamed = 3;  // how many missing workloads a message names

// Reads a field that must be text. Returns an empty string if it is not there.
std::string TextOf(const json::Object& object, llvm::StringRef field) {
  return object.getString(field).value_or("").str();
}

// Returns the objects of a list. Everything else in it is left out.
std::vector<const json::Object*> ObjectsOf(const json::Object& object, llvm::StringRef field) {
  std::vector<const json::Object*> objects;
  if (const json::Array* list = object.getArray(field)) {
    for (const json::Value& value : *list) {
      if (const json::Object* item = value.getAsObject()) objects.push_back(item);
    }
  }
  return objects;
}

}  // namespace

ScheduleLock::ScheduleLock(const v1::Target& target, std::string compiler_version)
    : target_name_(target.name()),
      target_fingerprint_(TargetFingerprint(target)),
      compiler_version_(std::move(compiler_version)) {}

absl::StatusOr<ScheduleLock> ScheduleLock::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::stringstream text;
  text << file.rdbuf();
  absl::StatusOr<ScheduleLock> lock = Parse(text.str());
  if (!lock.ok()) return WithContext(lock.status(), path);
  return lock;
}

absl::StatusOr<ScheduleLock> ScheduleLock::Parse(absl::string_view text) {
  ScheduleLock lock;
  DIAPASON_RETURN_IF_ERROR(lock.Load(text));
  return lock;
}

absl::Status ScheduleLock::Load(absl::string_view text) {
  if (NestingDepth(text) > kMaxNesting) return absl::InvalidArgumentError("it is nested too deeply");
  llvm::Expected<json::Value> value = json::parse({text.data(), text.size()});
  if (!value) return absl::InvalidArgumentError(llvm::toString(value.takeError()));
  const json::Object* object = value->getAsObject();
  const auto version = object != nullptr ? object->getInteger(kVersionField) : std::nullopt;
  if (!version) return absl::InvalidArgumentError("it is not a file that `diapason compile --lock` wrote");
  if (*version != kLockVersion) {
    return absl::FailedPreconditionError(absl::StrCat("it has version ", *version,
                                                      ", but this program reads version ", kLockVersion,
                                                      "; remove the file to pin schedules again"));
  }
  target_name_ = TextOf(*object, "target");
  target_fingerprint_ = TextOf(*object, "target_fingerprint");
  compiler_version_ = TextOf(*object, "compiler_version");
  for (const json::Object* entry : ObjectsOf(*object, "sketches")) {
    v1::Sketch sketch;
    sketch.set_hash(TextOf(*entry, "hash"));
    sketch.set_name(TextOf(*entry, "name"));
    sketch.set_text(TextOf(*entry, "text"));
    if (ContentHash(sketch.text()) != sketch.hash()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the text of the sketch ", sketch.name(), " was changed"));
    }
    sketches_[sketch.hash()] = sketch;
  }
  for (const json::Object* entry : ObjectsOf(*object, "schedules")) {
    Pinned pinned{
        TextOf(*entry, "workload_id"), TextOf(*entry, "summary"), TextOf(*entry, "sketch_hash"), {}};
    if (!pinned.sketch_hash.empty() && !sketches_.contains(pinned.sketch_hash)) {
      return absl::InvalidArgumentError(absl::StrCat("the sketch of ", pinned.summary, " is missing"));
    }
    for (const json::Object* item : ObjectsOf(*entry, "knobs")) {
      v1::KnobValue knob;
      knob.set_name(TextOf(*item, "name"));
      knob.set_value(item->getInteger("value").value_or(0));
      pinned.knobs.push_back(knob);
    }
    pinned_[pinned.workload_id] = pinned;
  }
  return absl::OkStatus();
}

std::string ScheduleLock::Text() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream out(stream, /*IndentSize=*/1);
  out.object([&] {
    out.attribute(kVersionField, kLockVersion);
    out.attribute("target", target_name_);
    out.attribute("target_fingerprint", target_fingerprint_);
    out.attribute("compiler_version", compiler_version_);
    out.attributeArray("schedules", [&] {
      for (const auto& [id, pinned] : pinned_) {
        out.object([&] {
          out.attribute("workload_id", id);
          out.attribute("summary", pinned.summary);
          out.attribute("sketch_hash", pinned.sketch_hash);
          out.attributeArray("knobs", [&] {
            for (const v1::KnobValue& knob : pinned.knobs) {
              out.object([&] {
                out.attribute("name", knob.name());
                out.attribute("value", knob.value());
              });
            }
          });
        });
      }
    });
    out.attributeArray("sketches", [&] {
      for (const auto& [hash, sketch] : sketches_) {
        out.object([&] {
          out.attribute("hash", hash);
          out.attribute("name", sketch.name());
          out.attribute("text", sketch.text());
        });
      }
    });
  });
  stream << '\n';
  return text;
}

absl::Status ScheduleLock::Write(const std::string& path) const {
  const std::string staged = absl::StrCat(path, ".", getpid(), ".tmp");
  std::ofstream file(staged, std::ios::binary);
  if (!file) return absl::PermissionDeniedError(absl::StrCat("cannot create ", path));
  file << Text();
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(staged, path, error);
  if (file && !error) return absl::OkStatus();
  std::error_code ignored;
  std::filesystem::remove(staged, ignored);
  if (error) return absl::PermissionDeniedError(absl::StrCat("cannot replace ", path, ": ", error.message()));
  return absl::ResourceExhaustedError(
      absl::StrCat("cannot write ", path, "; check that the disk is not full"));
}

void ScheduleLock::Pin(const v1::Workload& workload, const v1::Schedule& schedule, const v1::Sketch* sketch) {
  Pinned pinned{workload.id(), workload.summary(), "", {}};
  if (sketch != nullptr) {
    pinned.sketch_hash = sketch->hash();
    pinned.knobs.assign(schedule.knobs().begin(), schedule.knobs().end());
    sketches_[sketch->hash()] = *sketch;
  }
  pinned_[workload.id()] = std::move(pinned);
}

absl::Status ScheduleLock::CheckFits(const compiler::graph::Program& program,
                                     const v1::Target& target) const {
  if (TargetFingerprint(target) != target_fingerprint_) {
    return absl::FailedPreconditionError(absl::StrCat("it pins schedules for another machine than this ",
                                                      target.name(), " (it was written for ", target_name_,
                                                      "); use a lock of its own for each target"));
  }
  std::vector<std::string> missing;
  for (const v1::Workload& workload : program.workloads) {
    if (!pinned_.contains(workload.id())) missing.push_back(workload.summary());
  }
  if (missing.empty()) return absl::OkStatus();
  const size_t count = missing.size();
  missing.resize(std::min(count, kMaxNamed));
  return absl::FailedPreconditionError(
      absl::StrCat("it has no schedule for ", count, " of ", program.workloads.size(), " tasks (",
                   absl::StrJoin(missing, "; "), count > kMaxNamed ? "; ..." : "",
                   "); remove the file to pin all schedules again"));
}

absl::StatusOr<compiler::model::ScheduleChoice> ScheduleLock::Choose(const v1::Workload& workload,
                                                                     const v1::Target& target) const {
  const auto found = pinned_.find(workload.id());
  if (found == pinned_.end()) return absl::NotFoundError("the lock has no schedule");
  const Pinned& pinned = found->second;
  compiler::model::ScheduleChoice choice;
  choice.rung = v1::RUNG_EXACT;
  choice.reason = "pinned by the lock";
  if (pinned.sketch_hash.empty()) return choice;
  const v1::Sketch& sketch = sketches_.at(pinned.sketch_hash);
  v1::Schedule schedule;
  schedule.set_sketch_hash(sketch.hash());
  schedule.set_sketch_name(sketch.name());
  schedule.mutable_knobs()->Add(pinned.knobs.begin(), pinned.knobs.end());
  const auto space = compiler::space::ScheduleSpace::Create(workload.text(), {sketch}, target);
  absl::StatusOr<compiler::space::ScheduleConfig> config =
      space.ok() ? (*space)->FromSchedule(schedule) : space.status();
  if (!config.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the pinned schedule is not legal: ", config.status().message()));
  }
  DIAPASON_ASSIGN_OR_RETURN(choice.script, (*space)->Render(*config));
  choice.schedule = (*space)->ToSchedule(*config);
  return choice;
}

}  // namespace diapason::tuner
