#include "compiler/model/staging_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace diapason::compiler::model {

namespace fs = std::filesystem;

absl::StatusOr<std::unique_ptr<StagingFolder>> StagingFolder::Create(const std::string& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot create the folder ", folder, ": ", error.message()));
  }
  std::string staging = absl::StrCat(folder, "/.diapason-XXXXXX");
  if (mkdtemp(staging.data()) == nullptr) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot write to the folder ", folder, ": ", strerror(errno)));
  }
  return absl::WrapUnique(new StagingFolder(folder, staging, made));
}

StagingFolder::~StagingFolder() {
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
  if (made_folder_ && fs::is_empty(folder_, ignored)) fs::remove(folder_, ignored);
}

std::string StagingFolder::Staged(absl::string_view name) const {
  return (fs::path(staging_) / std::string(name)).string();
}

std::string StagingFolder::Final(absl::string_view name) const {
  return (fs::path(folder_) / std::string(name)).string();
}

absl::Status StagingFolder::Write(absl::string_view name, absl::string_view contents) const {
  std::ofstream file(Staged(name), std::ios::binary);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  file.close();
  if (file) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("cannot write ", contents.size(), " bytes to ",
                                                   Staged(name), "; check that the disk is not full"));
}

absl::Status StagingFolder::Publish(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::error_code error;
    fs::rename(Staged(name), Final(name), error);
    if (error) {
      return absl::PermissionDeniedError(
          absl::StrCat("cannot create or replace ", Final(name), ": ", error.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler::model
