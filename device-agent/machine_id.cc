#include "device-agent/machine_id.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "proto/base/content_hash.h"

namespace diapason::device_agent {
namespace {

constexpr size_t kIdDigits = 16;
constexpr size_t kNameDigits = 6;  // digits of the id in a default name; enough for a lab

// Reads a file of one word. The serial number in the device tree ends with a zero byte, which is removed.
std::string ReadWord(const FileReader& read, const std::string& path) {
  std::string text = read(path);
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
  return std::string(absl::StripAsciiWhitespace(text));
}

// Boards without a serial number have zeros there. A machine-id is hexadecimal, or the word
// "uninitialized".
bool IsId(const std::string& text, size_t least) {
  return text.size() >= least && std::any_of(text.begin(), text.end(), [](char c) { return c != '0'; }) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); });
}

std::string RawId(const FileReader& read) {
  const std::string serial = ReadWord(read, "/proc/device-tree/serial-number");
  if (IsId(serial, 8)) return absl::StrCat("serial ", serial);
  for (const char* path : {"/etc/machine-id", "/var/lib/dbus/machine-id"}) {
    const std::string id = ReadWord(read, path);
    if (IsId(id, 32)) return absl::StrCat("machine ", id);
  }
  return "";
}

}  // namespace

std::string MachineId(const FileReader& read, absl::string_view emulated) {
  const std::string raw = RawId(read);
  if (raw.empty()) return "";
  return ContentHash(absl::StrCat("diapason device-agent ", raw, " ", emulated)).substr(0, kIdDigits);
}

std::string MachineId(absl::string_view emulated) {
  const FileReader read = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  };
  return MachineId(read, emulated);
}

std::string DefaultDeviceName(absl::string_view host_name, absl::string_view machine_id) {
  if (machine_id.empty()) return std::string(host_name);
  return absl::StrCat(host_name, "-", machine_id.substr(0, kNameDigits));
}

std::string DefaultDeviceName(absl::string_view machine_id) {
  char host_name[256] = {};
  const bool is_known = gethostname(host_name, sizeof host_name - 1) == 0;
  return DefaultDeviceName(is_known ? host_name : "device", machine_id);
}

}  // namespace diapason::device_agent
