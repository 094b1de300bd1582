#include "compiler/codegen/linker.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lld/Common/Driver.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

LLD_HAS_DRIVER(elf)

namespace diapason::compiler::codegen {
namespace {

// Returns lld's name for the ELF variant of the triple, or null if it is not known here.
const char* EmulationOf(const llvm::Triple& triple) {
  switch (triple.getArch()) {
    case llvm::Triple::x86_64:
      return "elf_x86_64";
    case llvm::Triple::x86:
      return "elf_i386";
    case llvm::Triple::aarch64:
      return "aarch64linux";
    case llvm::Triple::arm:
    case llvm::Triple::thumb:
      return "armelf_linux_eabi";
    case llvm::Triple::riscv64:
      return "elf64lriscv";
    default:
      return nullptr;
  }
}

// A file in memory that has no name. It is deleted together with this object.
class MemoryFile {
 public:
  explicit MemoryFile(absl::string_view contents) : fd_(memfd_create("link", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !contents.empty()) {
      const ssize_t written = write(fd_, contents.data(), contents.size());
      if (written <= 0) break;
      contents.remove_prefix(written);
    }
    complete_ = fd_ >= 0 && contents.empty();
  }
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool complete() const { return complete_; }
  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

 private:
  int fd_;
  bool complete_;
};

std::string ReadAll(int fd) {
  std::string bytes;
  char block[1 << 16];
  for (ssize_t count; (count = read(fd, block, sizeof block)) != 0;) {
    if (count > 0) {
      bytes.append(block, count);
    } else if (errno != EINTR) {
      break;
    }
  }
  return bytes;
}

// Runs lld with the arguments, and then the inputs and the output of `options`.
absl::Status RunLld(const LinkOptions& options, const std::vector<std::string>& extra) {
  const char* emulation = EmulationOf(llvm::Triple(options.triple));
  if (emulation == nullptr) {
    return absl::InternalError(absl::StrCat("linking: objects for ", options.triple, " cannot be linked"));
  }
  std::vector<std::string> arguments = {
      "ld.lld", "-m", emulation,     "-nostdlib", "--threads=1", "--build-id=none", "--no-mmap-output-file",
      "-O0",    "-o", options.output};
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  arguments.insert(arguments.end(), options.inputs.begin(), options.inputs.end());
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());

  std::string output, errors;
  llvm::raw_string_ostream output_stream(output), error_stream(errors);
  lld::Result result = lld::lldMain(argv, output_stream, error_stream, {{lld::Gnu, &lld::elf::link}});
  if (!result.canRunAgain)
    return absl::InternalError(absl::StrCat("linking: lld failed and cannot run again: ", errors));
  if (result.retCode != 0) return absl::InternalError(absl::StrCat("linking: ", errors));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> LinkObject(absl::string_view triple, absl::string_view object) {
  const MemoryFile input(object);
  int ends[2];
  if (!input.complete() || pipe2(ends, O_CLOEXEC) != 0) {
    return absl::InternalError(
        "linking: cannot make a temporary file: memory or file descriptors are used up");
  }
  // lld writes to a pipe, not to a file without a name: it replaces regular files by renaming a temporary
  // file, and that fails if the file has no name. No file is left behind if the process is killed.
  std::string bytes;
  std::thread reader([&bytes, fd = ends[0]] { bytes = ReadAll(fd); });
  LinkOptions options;
  options.triple = std::string(triple);
  options.inputs = {input.path()};
  options.output = absl::StrCat("/proc/self/fd/", ends[1]);
  const absl::Status status = LinkShared(options);
  close(ends[1]);
  reader.join();
  close(ends[0]);
  if (!status.ok()) return status;
  return bytes;
}

absl::Status LinkShared(const LinkOptions& options) {
  std::vector<std::string> arguments = {"-shared", "--hash-style=gnu", "-z", "noseparate-code"};
  std::string exports;
  if (!options.exports.empty()) {
    exports = absl::StrCat("{ global: ", absl::StrJoin(options.exports, "; "), "; local: *; };");
  }
  const MemoryFile version_script(exports);
  if (!version_script.complete()) return absl::InternalError("linking: cannot make a temporary file");
  if (!exports.empty()) arguments.push_back(absl::StrCat("--version-script=", version_script.path()));
  if (!options.soname.empty()) arguments.insert(arguments.end(), {"-soname", options.soname});
  return RunLld(options, arguments);
}

absl::Status LinkRelocatable(const LinkOptions& options) { return RunLld(options, {"-r"}); }

}  // namespace diapason::compiler::codegen
