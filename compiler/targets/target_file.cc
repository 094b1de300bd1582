#include "compiler/targets/target_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_kind.h"

namespace diapason::compiler::targets {
namespace {

// Reads one mapping of the file. Every field that is read counts as known. The first error is kept;
// after it, all fields read as zero or empty.
class Fields {
 public:
  Fields(const std::string& path, const YAML::Node& node, const std::string& what)
      : path_(path), node_(node) {
    if (!node_.IsMap()) Fail(node_, absl::StrCat(what, " must be a mapping of fields to values"));
  }

  int64_t Integer(const char* key, int64_t least, int64_t most) {
    const YAML::Node value = Required(key);
    int64_t number = 0;
    if (!status_.ok()) return 0;
    if (!value.IsScalar() || !YAML::convert<int64_t>::decode(value, number) || number < least ||
        number > most) {
      Fail(value, absl::StrCat("'", key, "' must be an integer from ", least, " to ", most));
      return 0;
    }
    return number;
  }

  std::string Text(const char* key) {
    const YAML::Node value = Required(key);
    if (!status_.ok()) return "";
    if (!value.IsScalar()) Fail(value, absl::StrCat("'", key, "' must be a string"));
    return status_.ok() ? value.Scalar() : "";
  }

  // Returns `fallback` if the field is missing.
  std::string OptionalText(const char* key, const std::string& fallback) {
    if (node_.IsMap() && node_[key]) return Text(key);
    known_.push_back(key);
    return fallback;
  }

  // Returns the elements of a list. An optional list that is missing is empty.
  std::vector<YAML::Node> List(const char* key, bool required) {
    if (!required && (!node_.IsMap() || !node_[key])) {
      known_.push_back(key);
      return {};
    }
    const YAML::Node value = Required(key);
    if (!status_.ok()) return {};
    if (!value.IsSequence()) Fail(value, absl::StrCat("'", key, "' must be a list"));
    return status_.ok() ? std::vector<YAML::Node>(value.begin(), value.end()) : std::vector<YAML::Node>();
  }

  void Fail(const YAML::Node& at, const std::string& what) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(absl::StrCat(path_, ":", at.Mark().line + 1, ": ", what));
  }

  // Returns the first error, or an error if the file has fields that were not read.
  absl::Status Finish() {
    if (!status_.ok()) return status_;
    for (const auto& field : node_) {
      if (std::find(known_.begin(), known_.end(), field.first.Scalar()) != known_.end()) continue;
      Fail(field.first, absl::StrCat("unknown field '", field.first.Scalar(), "'; the known fields are ",
                                     absl::StrJoin(known_, ", ")));
    }
    return status_;
  }

 private:
  YAML::Node Required(const char* key) {
    known_.push_back(key);
    if (!status_.ok()) return YAML::Node();
    const YAML::Node value = node_[key];
    if (!value) Fail(node_, absl::StrCat("the field '", key, "' is missing"));
    return value;
  }

  const std::string& path_;
  const YAML::Node node_;
  std::vector<std::string> known_;
  absl::Status status_;
};

void ReadFeatures(Fields& fields, v1::Target& target) {
  std::vector<std::string> features;
  for (const YAML::Node& node : fields.List("features", /*required=*/false)) {
    const std::string name = node.IsScalar() ? node.Scalar() : "";
    if (name.empty() || name[0] == '+' || name[0] == '-') {
      fields.Fail(node,
                  absl::StrCat("'features' must hold LLVM's feature names without a sign, not '", name, "'"));
    }
    features.push_back(name);
  }
  std::sort(features.begin(), features.end());
  target.mutable_features()->Add(features.begin(), features.end());
}

void ReadKind(Fields& fields, const YAML::Node& root, v1::Target& target) {
  const std::string cpu = TargetKindName(v1::TARGET_KIND_CPU);
  const std::string kind = fields.OptionalText("kind", cpu);
  if (kind != cpu) fields.Fail(root["kind"], absl::StrCat("'kind' must be ", cpu, ", not '", kind, "'"));
  target.set_kind(v1::TARGET_KIND_CPU);
}

absl::Status ReadCaches(const std::string& path, Fields& fields, v1::Target& target) {
  for (const YAML::Node& node : fields.List("caches", /*required=*/true)) {
    Fields cache_fields(path, node, "a cache");
    v1::Cache cache;
    cache.set_level(static_cast<int32_t>(cache_fields.Integer("level", 1, 4)));
    cache.set_size_bytes(1024 * cache_fields.Integer("size_kib", 1, 1 << 24));
    cache.set_line_bytes(static_cast<int32_t>(cache_fields.Integer("line_bytes", 16, 1024)));
    cache.set_sharing_cores(static_cast<int32_t>(cache_fields.Integer("sharing_cores", 1, 1024)));
    if (target.caches_size() > 0 && cache.level() <= target.caches(target.caches_size() - 1).level()) {
      cache_fields.Fail(node, "caches must be listed by ascending level");
    }
    DIAPASON_RETURN_IF_ERROR(cache_fields.Finish());
    *target.add_caches() = cache;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Target> ReadTarget(const YAML::Node& root, const std::string& path) {
  Fields fields(path, root, "a target file");
  v1::Target target;
  target.set_name(std::filesystem::path(path).stem().string());
  ReadKind(fields, root, target);
  target.set_triple(fields.Text("triple"));
  target.set_cpu(fields.Text("cpu"));
  target.set_vector_bits(static_cast<int32_t>(fields.Integer("vector_bits", 32, 4096)));
  target.set_vector_registers(static_cast<int32_t>(fields.Integer("vector_registers", 1, 1024)));
  target.set_cores(static_cast<int32_t>(fields.Integer("cores", 1, 1024)));
  ReadFeatures(fields, target);
  DIAPASON_RETURN_IF_ERROR(ReadCaches(path, fields, target));
  DIAPASON_RETURN_IF_ERROR(fields.Finish());
  return target;
}

}  // namespace

absl::StatusOr<v1::Target> ParseTarget(const std::string& text, const std::string& path) {
  // yaml-cpp throws exceptions. None of them leaves this function.
  try {
    return ReadTarget(YAML::Load(text), path);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ":", error.mark.line + 1, ": ", error.msg));
  }
}

}  // namespace diapason::compiler::targets
