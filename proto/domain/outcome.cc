#include "proto/domain/outcome.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace diapason {
namespace {

constexpr size_t kMaxMessageBytes = 2'000;

bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

// Returns the number of bytes of the UTF-8 character at the beginning of `text`, or 0 if there is no valid
// one. Overlong forms and surrogates are not valid: the range of the second byte depends on the first one
// (RFC 3629, section 4).
size_t CharacterBytes(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const size_t bytes = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (bytes == 0 || text.size() < bytes) return 0;
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < bytes; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return bytes;
}

std::string OneShortLine(absl::string_view text) {
  std::string line;
  while (!text.empty()) {
    if (IsSpace(text.front())) {
      text.remove_prefix(1);
      if (!line.empty() && line.back() != ' ') line += ' ';
      continue;
    }
    const size_t bytes = CharacterBytes(text);
    const absl::string_view character = bytes == 0 ? "?" : text.substr(0, bytes);
    if (line.size() + character.size() > kMaxMessageBytes) break;
    line.append(character.data(), character.size());
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  line.resize(std::min(line.size(), kMaxMessageBytes));
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

OutcomeSubject SubjectOf(v1::OutcomeKind kind) {
  switch (kind) {
    case v1::OUTCOME_KIND_OK:
    case v1::OUTCOME_KIND_REJECTED:
    case v1::OUTCOME_KIND_COMPILE_ERROR:
    case v1::OUTCOME_KIND_COMPILE_TIMEOUT:
    case v1::OUTCOME_KIND_LOAD_ERROR:
    case v1::OUTCOME_KIND_WRONG_OUTPUT:
    case v1::OUTCOME_KIND_RUN_ERROR:
    case v1::OUTCOME_KIND_RUN_TIMEOUT:
    case v1::OUTCOME_KIND_CRASHED:
    case v1::OUTCOME_KIND_OUT_OF_MEMORY:
      return OutcomeSubject::kSchedule;
    case v1::OUTCOME_KIND_REFERENCE_FAILED:
      return OutcomeSubject::kReference;
    case v1::OUTCOME_KIND_CANCELLED:
      return OutcomeSubject::kNothing;
    default:
      return OutcomeSubject::kDevice;
  }
}

v1::Outcome MakeOutcome(v1::OutcomeKind kind, absl::string_view message) {
  v1::Outcome outcome;
  outcome.set_kind(kind);
  outcome.set_message(OneShortLine(message));
  return outcome;
}

v1::Outcome WithContext(const v1::Outcome& outcome, absl::string_view context) {
  return MakeOutcome(outcome.kind(), absl::StrCat(context, ": ", outcome.message()));
}

std::string OutcomeKindWord(v1::OutcomeKind kind) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::OutcomeKind_Name(kind), "OUTCOME_KIND_"));
}

}  // namespace diapason
