// What a compiled model is, as manifest.json beside its library says it (README.md has the schema). JSON by
// hand rather than a proto message: users' scripts read it, and protobuf's JSON writes 64-bit numbers as
// texts.
#ifndef DIAPASON_COMPILER_MODEL_MANIFEST_H_
#define DIAPASON_COMPILER_MODEL_MANIFEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::model {

inline constexpr int64_t kManifestVersion = 1;
inline constexpr char kManifestFile[] = "manifest.json";

struct ManifestTensor {
  std::string name;
  v1::ElementType element_type = v1::ELEMENT_TYPE_F32;  // "type" in the file, by its name
  std::vector<int64_t> shape;
};

struct ManifestKnob {
  std::string name;
  int64_t value = 0;
};

struct ManifestSchedule {
  std::string sketch;  // its name
  std::string sketch_hash;
  std::vector<ManifestKnob> knobs;
};

// One workload of the model, and the schedule it was compiled with.
struct ManifestTask {
  std::string workload_id;
  std::string summary;
  int64_t weight = 0;  // how often the model calls it
  ManifestSchedule schedule;
  std::string rung;  // "exact", "same_class", "nearest_shape", "default"
  std::string reason;
  double measured_us = 0;  // of one call, from the log; 0: not measured
};

struct ManifestCall {
  std::string name;  // the model's nodes that it does
  int64_t task = 0;  // index into `tasks`
};

struct Manifest {
  std::string name;
  std::string library;  // file names, beside the manifest
  std::string header;
  std::string target;  // its name, for people
  std::string target_fingerprint;
  std::string triple;
  std::string cpu;
  std::string compiler_version;
  std::vector<ManifestTensor> inputs;
  std::vector<ManifestTensor> outputs;
  int64_t arena_bytes = 0;   // activations
  int64_t packed_bytes = 0;  // constants as `prepare` packs them, in memory
  int64_t weight_bytes = 0;  // constants in the library
  int64_t border_bytes = 0;  // borders that every run sets again
  std::vector<ManifestTask> tasks;
  std::vector<ManifestCall> calls;  // in the order of execution
};

// Indented, fields in a fixed order, a line feed at the end.
std::string ManifestText(const Manifest& manifest);

// InvalidArgument: it is no manifest; says where. FailedPrecondition: it is of another version.
absl::StatusOr<Manifest> ParseManifest(absl::string_view text);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MANIFEST_H_
