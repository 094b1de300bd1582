#include "compiler/targets/target_registry.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/runtime/host_target.h"
#include "compiler/targets/target_file.h"

namespace diapason::compiler::targets {
namespace {

namespace fs = std::filesystem;
constexpr absl::string_view kExtension = ".yaml";
constexpr absl::string_view kHost = "host";

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

absl::StatusOr<v1::Target> ReadTargetFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::InvalidArgumentError(
        absl::StrCat(path.string(), ": the target file is empty or cannot be read"));
  }
  return ParseTarget(text.str(), path.string());
}

}  // namespace

absl::StatusOr<v1::Target> FindTarget(absl::string_view name, const std::string& folder) {
  if (name == kHost) return runtime::HostTarget();
  const bool is_path = absl::StrContains(name, '/') || absl::EndsWith(name, kExtension);
  const fs::path path =
      is_path ? fs::path(std::string(name)) : fs::path(folder) / absl::StrCat(name, kExtension);
  if (IsFile(path)) return ReadTargetFile(path);
  if (is_path) return absl::NotFoundError(absl::StrCat("there is no target file ", path.string()));
  return absl::NotFoundError(absl::StrCat("unknown target '", name, "'; the known targets are ", kHost, ", ",
                                          absl::StrJoin(TargetNames(folder), ", "),
                                          "; it can also be the path of a .yaml file"));
}

std::vector<std::string> TargetNames(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (fs::directory_iterator it(folder, missing), end; it != end; it.increment(missing)) {
    if (it->path().extension() == fs::path(std::string(kExtension)))
      names.push_back(it->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace diapason::compiler::targets
