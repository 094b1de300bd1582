#include "compiler/model/zip_file.h"

#include <archive.h>
#include <archive_entry.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::model {

void ZipFile::Closer::operator()(archive* archive) const { archive_write_free(archive); }

absl::StatusOr<ZipFile> ZipFile::Create(const std::string& path) {
  ZipFile file(path, archive_write_new());
  DIAPASON_RETURN_IF_ERROR(file.Check(archive_write_set_format_zip(file.archive_.get())));
  DIAPASON_RETURN_IF_ERROR(file.Check(archive_write_zip_set_compression_store(file.archive_.get())));
  DIAPASON_RETURN_IF_ERROR(file.Check(archive_write_open_filename(file.archive_.get(), path.c_str())));
  return file;
}

absl::Status ZipFile::Add(const std::string& name, absl::string_view contents, bool executable) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), executable ? 0755 : 0644);
  archive_entry_set_size(entry.get(), static_cast<int64_t>(contents.size()));
  // ZIP has times from 1980 on. An earlier one becomes the start of 1980 in every time zone.
  archive_entry_set_mtime(entry.get(), 0, 0);
  DIAPASON_RETURN_IF_ERROR(Check(archive_write_header(archive_.get(), entry.get())));
  while (!contents.empty()) {
    const la_ssize_t written = archive_write_data(archive_.get(), contents.data(), contents.size());
    if (written <= 0) return Check(ARCHIVE_FATAL);
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return Check(archive_write_finish_entry(archive_.get()));
}

absl::Status ZipFile::Finish() { return Check(archive_write_close(archive_.get())); }

absl::Status ZipFile::Check(int code) const {
  if (code == ARCHIVE_OK) return absl::OkStatus();
  const char* reason = archive_error_string(archive_.get());
  return absl::ResourceExhaustedError(
      absl::StrCat("cannot write ", path_, ": ", reason != nullptr ? reason : "not enough memory"));
}

}  // namespace diapason::compiler::model
