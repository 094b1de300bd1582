// The manifest of a compiled model: manifest.json next to its library. README.md has the schema. It is
// plain JSON and not a proto message, because users' scripts read it, and protobuf's JSON writes 64-bit
// numbers as strings.
#ifndef DIAPASON_COMPILER_MODEL_MANIFEST_H_
#define DIAPASON_COMPILER_MODEL_MANIFEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::model {

// The version of the manifest's form, and the name of its file in a model's folder.
inline constexpr int64_t kManifestVersion = 1;
inline constexpr char kManifestFile[] = "manifest.json";

// An input or output of the model.
struct ManifestTensor {
  std::string name;
  v1::ElementType element_type = v1::ELEMENT_TYPE_F32;  // in the file: "type", by its name
  std::vector<int64_t> shape;
  // A dimension whose size is known only when the model has run, or -1; `shape` has the largest size that it
  // may have. In the file only if there is one.
  int64_t run_time_dim = -1;
};

// A knob of a sketch, and the value that the schedule gives to it (KnobValue in schedule.proto).
struct ManifestKnob {
  std::string name;
  int64_t value = 0;  // the value itself, not an index
};

// The schedule of a workload: a sketch, and the values of its knobs.
struct ManifestSchedule {
  std::string sketch;  // the sketch's name
  std::string sketch_hash;
  std::vector<ManifestKnob> knobs;
};

// One workload of the model, and the schedule with which it was compiled.
struct ManifestTask {
  std::string workload_id;  // empty for a portable kernel, which is not tuned
  std::string summary;
  int64_t weight = 0;  // how often the model calls it
  ManifestSchedule schedule;
  std::string rung;  // "exact", "same_class", "nearest_shape", "default"
  std::string reason;
  double measured_us = 0;  // the time of one call, from the log; 0 if it was not measured
};

// One kernel call of the model.
struct ManifestCall {
  std::string name;  // the names of the model's nodes that it computes
  int64_t task = 0;  // an index into `tasks`
};

// Everything that the manifest says. Names of files are relative to the manifest's folder.
struct Manifest {
  std::string name;
  std::string library;
  std::string header;
  std::string target;  // the target's name, for people
  std::string target_fingerprint;
  std::string triple;
  std::string cpu;
  std::vector<std::string> features;  // of the target (v1::Target.features); empty in older manifests
  std::string compiler_version;
  std::vector<ManifestTensor> inputs;
  std::vector<ManifestTensor> outputs;
  int64_t arena_bytes = 0;   // activations
  int64_t packed_bytes = 0;  // constants in memory, as `prepare` packs them
  int64_t weight_bytes = 0;  // constants in the library
  int64_t border_bytes = 0;  // borders that every run must set again
  std::vector<ManifestTask> tasks;
  std::vector<ManifestCall> calls;  // in order of execution
};

// Returns the manifest as JSON: indented, with fields in a fixed order, and with a line feed at the end.
std::string ManifestText(const Manifest& manifest);

// Parses a manifest. Returns InvalidArgument if the text is not a manifest; the message says where.
// Returns FailedPrecondition if the manifest has another version.
absl::StatusOr<Manifest> ParseManifest(absl::string_view text);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MANIFEST_H_
