#include "compiler/model/manifest.h"

#include "absl/strings/str_cat.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "proto/base/nesting.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace json = llvm::json;

static constexpr char kVersionField[] = "manifest_version";

// These functions are not in a nameless namespace, because llvm::json and WriteList find them by the
// namespace of their arguments.

// ---- writing

template <typename T>
void WriteList(json::OStream& out, llvm::StringRef name, const std::vector<T>& list) {
  out.attributeArray(name, [&] {
    for (const T& item : list) Write(out, item);
  });
}

static void Write(json::OStream& out, const ManifestKnob& knob) {
  out.object([&] {
    out.attribute("name", knob.name);
    out.attribute("value", knob.value);
  });
}

static void Write(json::OStream& out, const ManifestTensor& tensor) {
  out.object([&] {
    out.attribute("name", tensor.name);
    out.attribute("type", std::string(ElementTypeName(tensor.element_type)));
    out.attribute("shape", json::Array(tensor.shape));
    if (tensor.run_time_dim >= 0) out.attribute("run_time_dim", tensor.run_time_dim);
  });
}

static void Write(json::OStream& out, const ManifestTask& task) {
  out.object([&] {
    out.attribute("workload_id", task.workload_id);
    out.attribute("summary", task.summary);
    out.attribute("weight", task.weight);
    out.attributeObject("schedule", [&] {
      out.attribute("sketch", task.schedule.sketch);
      out.attribute("sketch_hash", task.schedule.sketch_hash);
      WriteList(out, "knobs", task.schedule.knobs);
    });
    out.attribute("rung", task.rung);
    out.attribute("reason", task.reason);
    out.attribute("measured_us", task.measured_us);
  });
}

static void Write(json::OStream& out, const ManifestCall& call) {
  out.object([&] {
    out.attribute("name", call.name);
    out.attribute("task", call.task);
  });
}

// ---- reading

static bool fromJSON(const json::Value& value, ManifestTensor& tensor, json::Path path) {
  json::ObjectMapper map(value, path);
  std::string type;
  if (!map || !map.map("name", tensor.name) || !map.map("type", type) || !map.map("shape", tensor.shape) ||
      !map.mapOptional("run_time_dim", tensor.run_time_dim))
    return false;
  tensor.element_type = ElementTypeNamed(type);
  if (tensor.element_type != v1::ELEMENT_TYPE_UNSPECIFIED) return true;
  path.field("type").report("unknown element type");
  return false;
}

static bool fromJSON(const json::Value& value, ManifestKnob& knob, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", knob.name) && map.map("value", knob.value);
}

static bool fromJSON(const json::Value& value, ManifestSchedule& schedule, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("sketch", schedule.sketch) && map.map("sketch_hash", schedule.sketch_hash) &&
         map.map("knobs", schedule.knobs);
}

static bool fromJSON(const json::Value& value, ManifestTask& task, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("workload_id", task.workload_id) && map.map("summary", task.summary) &&
         map.map("weight", task.weight) && map.map("schedule", task.schedule) && map.map("rung", task.rung) &&
         map.map("reason", task.reason) && map.map("measured_us", task.measured_us);
}

static bool fromJSON(const json::Value& value, ManifestCall& call, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", call.name) && map.map("task", call.task);
}

static bool fromJSON(const json::Value& value, Manifest& m, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("name", m.name) && map.map("library", m.library) && map.map("header", m.header) &&
         map.map("target", m.target) && map.map("target_fingerprint", m.target_fingerprint) &&
         map.map("triple", m.triple) && map.map("cpu", m.cpu) && map.mapOptional("features", m.features) &&
         map.map("compiler_version", m.compiler_version) && map.map("inputs", m.inputs) &&
         map.map("outputs", m.outputs) && map.map("arena_bytes", m.arena_bytes) &&
         map.map("packed_bytes", m.packed_bytes) && map.map("weight_bytes", m.weight_bytes) &&
         map.map("border_bytes", m.border_bytes) && map.map("tasks", m.tasks) && map.map("calls", m.calls);
}

std::string ManifestText(const Manifest& m) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream out(stream, /*IndentSize=*/2);
  out.object([&] {
    out.attribute(kVersionField, kManifestVersion);
    out.attribute("name", m.name);
    out.attribute("library", m.library);
    out.attribute("header", m.header);
    out.attribute("target", m.target);
    out.attribute("target_fingerprint", m.target_fingerprint);
    out.attribute("triple", m.triple);
    out.attribute("cpu", m.cpu);
    out.attribute("features", json::Array(m.features));
    out.attribute("compiler_version", m.compiler_version);
    WriteList(out, "inputs", m.inputs);
    WriteList(out, "outputs", m.outputs);
    out.attribute("arena_bytes", m.arena_bytes);
    out.attribute("packed_bytes", m.packed_bytes);
    out.attribute("weight_bytes", m.weight_bytes);
    out.attribute("border_bytes", m.border_bytes);
    WriteList(out, "tasks", m.tasks);
    WriteList(out, "calls", m.calls);
  });
  stream << '\n';
  return text;
}

absl::StatusOr<Manifest> ParseManifest(absl::string_view text) {
  if (NestingDepth(text) > kMaxNesting) return absl::InvalidArgumentError("it is nested too deeply");
  llvm::Expected<json::Value> value = json::parse({text.data(), text.size()});
  if (!value) return absl::InvalidArgumentError(llvm::toString(value.takeError()));
  const json::Object* object = value->getAsObject();
  const auto version = object != nullptr ? object->getInteger(kVersionField) : std::nullopt;
  if (!version) return absl::InvalidArgumentError(absl::StrCat("it has no '", kVersionField, "'"));
  if (*version != kManifestVersion) {
    return absl::FailedPreconditionError(absl::StrCat("it has version ", *version,
                                                      ", but this program reads version ", kManifestVersion,
                                                      "; compile the model again"));
  }
  Manifest manifest;
  json::Path::Root root("manifest");
  if (!fromJSON(*value, manifest, root)) return absl::InvalidArgumentError(llvm::toString(root.getError()));
  return manifest;
}

}  // namespace diapason::compiler::model
