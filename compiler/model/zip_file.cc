#include "compiler/model/zip_file.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"

namespace diapason::compiler::model {
namespace {

// The numbers of the format that this writer needs ("APPNOTE.TXT" of PKWARE).
constexpr uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kEndOfDirectory = 0x06054b50;
constexpr uint16_t kVersion = 20;            // 2.0, the first one with folders
constexpr uint16_t kMadeByUnix = 3 << 8;     // the attributes below are Unix permissions
constexpr uint16_t kNamesAreUtf8 = 1 << 11;  // a flag
constexpr uint16_t kStored = 0;              // the method: not compressed
constexpr uint16_t kTime = 0, kDate = 0x21;  // midnight of 1980-01-01, the first time that can be written
constexpr uint32_t kRegularFile = 0100000;   // of a Unix file's mode
constexpr size_t kMaxFiles = std::numeric_limits<uint16_t>::max();
constexpr uint64_t kMaxBytes = std::numeric_limits<uint32_t>::max();

// Appends an integer in little-endian order.
template <typename Integer>
void Put(std::string& bytes, Integer value) {
  for (size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

// Appends what a file's header and its entry in the directory have in common.
void PutCommon(std::string& bytes, uint32_t checksum, uint32_t size, size_t name_size) {
  Put(bytes, kVersion);
  Put(bytes, kNamesAreUtf8);
  Put(bytes, kStored);
  Put(bytes, kTime);
  Put(bytes, kDate);
  Put(bytes, checksum);
  Put(bytes, size);  // compressed
  Put(bytes, size);
  Put(bytes, static_cast<uint16_t>(name_size));
  Put(bytes, uint16_t{0});  // no extra fields
}

}  // namespace

ZipFile::ZipFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {}

absl::Status ZipFile::Add(const std::string& name, absl::string_view contents, bool executable) {
  // The directory at the end repeats each name, and needs some room.
  uint64_t bytes = position_ + contents.size() + 1024;
  for (const Entry& entry : entries_) bytes += entry.name.size() + 64;
  if (bytes > kMaxBytes || entries_.size() == kMaxFiles) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, " would be larger than 4 GiB, which the ZIP format cannot hold"));
  }
  Entry entry;
  entry.name = name;
  entry.checksum =
      llvm::crc32(llvm::arrayRefFromStringRef(llvm::StringRef(contents.data(), contents.size())));
  entry.size = static_cast<uint32_t>(contents.size());
  entry.offset = static_cast<uint32_t>(position_);
  entry.executable = executable;
  std::string header;
  Put(header, kLocalHeader);
  PutCommon(header, entry.checksum, entry.size, name.size());
  header += name;
  file_.write(header.data(), static_cast<std::streamsize>(header.size()));
  file_.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  position_ += header.size() + contents.size();
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::Status ZipFile::Finish() {
  std::string directory;
  for (const Entry& entry : entries_) {
    Put(directory, kDirectoryEntry);
    Put(directory, static_cast<uint16_t>(kMadeByUnix | kVersion));
    PutCommon(directory, entry.checksum, entry.size, entry.name.size());
    Put(directory, uint16_t{0});  // no comment
    Put(directory, uint16_t{0});  // the number of the disk
    Put(directory, uint16_t{0});  // internal attributes
    Put(directory, (kRegularFile | (entry.executable ? 0755U : 0644U)) << 16);
    Put(directory, entry.offset);
    directory += entry.name;
  }
  const auto size = static_cast<uint32_t>(directory.size());
  const auto count = static_cast<uint16_t>(entries_.size());
  Put(directory, kEndOfDirectory);
  Put(directory, uint16_t{0});  // the number of this disk, and of the directory's first one
  Put(directory, uint16_t{0});
  Put(directory, count);  // entries on this disk, and in all
  Put(directory, count);
  Put(directory, size);
  Put(directory, static_cast<uint32_t>(position_));
  Put(directory, uint16_t{0});  // no comment
  file_.write(directory.data(), static_cast<std::streamsize>(directory.size()));
  file_.close();
  if (file_) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("cannot write ", path_, "; check that the disk is not full"));
}

}  // namespace diapason::compiler::model
