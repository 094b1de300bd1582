#include "proto/processes/captured_stderr.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace diapason {
namespace {

constexpr off_t kMaxText = 64 << 10;

}  // namespace

CapturedStderr::CapturedStderr() : fd_(memfd_create("stderr", MFD_CLOEXEC)) {}

CapturedStderr::~CapturedStderr() {
  if (fd_ >= 0) close(fd_);
}

std::string CapturedStderr::path() const { return fd_ >= 0 ? absl::StrCat("/proc/self/fd/", fd_) : ""; }

void CapturedStderr::Clear() {
  if (fd_ >= 0 && ftruncate(fd_, 0) != 0) return;  // the old text then stays
}

std::string CapturedStderr::Text() const {
  struct stat info = {};
  if (fd_ < 0 || fstat(fd_, &info) != 0) return "";
  const off_t from = std::max<off_t>(info.st_size - kMaxText, 0);
  std::string text(static_cast<size_t>(info.st_size - from), '\0');
  const ssize_t got = pread(fd_, text.data(), text.size(), from);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace diapason
