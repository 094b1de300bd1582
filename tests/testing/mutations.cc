#include "tests/testing/mutations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <new>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/processes/try_in_child.h"
#include "tests/testing/status_matchers.h"

namespace diapason::testing {
namespace {

constexpr uint64_t kSeed = 20261121;

uint64_t NumberFromEnvironment(const char* name, uint64_t absent) {
  const char* text = std::getenv(name);
  return text == nullptr ? absent : std::strtoull(text, nullptr, 10);
}

void ReplaceNumber(std::string& text, std::mt19937_64& engine) {
  static const char* const kNumbers[] = {"0",  "-1", "1e999", "9223372036854775807", "-9223372036854775808",
                                         "nan"};
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const auto from = text.begin() + static_cast<std::ptrdiff_t>(engine() % text.size());
  const auto begin = std::find_if(from, text.end(), is_digit);
  text.replace(begin, std::find_if_not(begin, text.end(), is_digit),
               kNumbers[engine() % std::size(kNumbers)]);
}

void NestDeeply(std::string& text, size_t at, std::mt19937_64& engine) {
  static const char* const kOpening[] = {"[", "{", "(", "<", "{\"a\":", "- "};
  const std::string opening = kOpening[engine() % std::size(kOpening)];
  std::string nested;
  for (int i = 0; i < 20000; ++i) nested += opening;
  text.insert(at, nested);
}

void MutateOnce(std::string& text, std::mt19937_64& engine) {
  if (text.empty()) return;
  const size_t at = engine() % text.size();
  const size_t length = 1 + engine() % std::min<size_t>(text.size(), 64);
  switch (engine() % 32) {
    case 0:
      return NestDeeply(text, at, engine);
    case 1:
    case 2:
      return text.resize(at);
    case 3:
    case 4:
    case 5:
    case 6:
      text.erase(at, length);
      return;
    case 7:
    case 8:
    case 9:
    case 10:
      text.insert(engine() % text.size(), text.substr(at, length));
      return;
    case 11:
    case 12:
    case 13:
    case 14:
      return ReplaceNumber(text, engine);
    default:
      text[at] = static_cast<char>(text[at] ^ 1 << engine() % 8);
  }
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Returns the ranges [begin, end) of the numbers of `line`, or of its values (%name).
std::vector<std::pair<size_t, size_t>> Words(const std::string& line, bool numbers) {
  std::vector<std::pair<size_t, size_t>> words;
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '#' || c == ':';
  };
  for (size_t i = 0; i < line.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(line[i])) != 0;
    size_t end = i + 1;
    if (numbers && digit) {
      while (end < line.size() && std::isdigit(static_cast<unsigned char>(line[end])) != 0) ++end;
      words.emplace_back(i, end);
    } else if (!numbers && line[i] == '%') {
      while (end < line.size() && is_word(line[end])) ++end;
      if (line[end - 1] == ':') --end;
      words.emplace_back(i, end);
    } else if (is_word(line[i]) || line[i] == '%') {
      while (end < line.size() && is_word(line[end])) ++end;
    }
    i = end - 1;
  }
  return words;
}

void ReplaceWord(std::string& line, const std::pair<size_t, size_t>& word, const std::string& by) {
  line.replace(word.first, word.second - word.first, by);
}

std::string TextOf(const std::string& line, const std::pair<size_t, size_t>& word) {
  return line.substr(word.first, word.second - word.first);
}

void ChangeWords(std::vector<std::string>& lines, std::string& line, bool numbers, std::mt19937_64& engine) {
  static const char* const kNumbers[] = {"0", "1",  "2",   "3",  "4",  "5",          "7",
                                         "8", "16", "100", "-1", "-2", "4294967296", "9223372036854775807"};
  const auto words = Words(line, numbers);
  if (words.empty()) return;
  const auto& word = words[engine() % words.size()];
  if (words.size() > 1 && engine() % 3 == 0) {  // two of them are swapped
    const auto& other = words[engine() % words.size()];
    const std::string a = TextOf(line, word), b = TextOf(line, other);
    const bool first = word.first < other.first;
    ReplaceWord(line, first ? other : word, first ? a : b);
    ReplaceWord(line, first ? word : other, first ? b : a);
  } else if (numbers) {
    ReplaceWord(line, word, kNumbers[engine() % std::size(kNumbers)]);
  } else {
    const std::string& donor = lines[engine() % lines.size()];
    const auto values = Words(donor, false);
    if (!values.empty()) ReplaceWord(line, word, TextOf(donor, values[engine() % values.size()]));
  }
}

// Removes an element from a list of the line, repeats one, or adds a new one.
void ChangeList(std::string& line, std::mt19937_64& engine) {
  std::vector<size_t> opening;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '[' || line[i] == '(') opening.push_back(i);
  }
  if (opening.empty()) return;
  const size_t begin = opening[engine() % opening.size()] + 1;
  const size_t end = line.find_first_of("])", begin);
  if (end == std::string::npos || end == begin) return;
  std::vector<std::string> elements;
  std::string element;
  for (size_t i = begin; i <= end; ++i) {
    if (i < end && line[i] != ',') {
      element += line[i];
      continue;
    }
    elements.push_back(element);
    element.clear();
  }
  const size_t at = engine() % elements.size();
  const std::string copy = elements[at];
  const auto place = elements.begin() + static_cast<std::ptrdiff_t>(at);
  switch (engine() % 4) {
    case 0:
      elements.erase(place);
      break;
    case 1:
      elements.insert(place, copy);
      break;
    case 2:
      elements.insert(place, 1 + engine() % 6, copy);
      break;
    default:
      elements.insert(place, engine() % 2 == 0 ? " 0" : " 2");
  }
  std::string list;
  for (size_t i = 0; i < elements.size(); ++i) list += (i > 0 ? "," : "") + elements[i];
  line.replace(begin, end - begin, list);
}

void RestructureOnce(std::vector<std::string>& lines, std::mt19937_64& engine) {
  if (lines.empty()) return;
  const size_t at = engine() % lines.size(), other = engine() % lines.size();
  const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
  switch (engine() % 12) {
    case 0:
      lines.erase(place);
      return;
    case 1:
      lines.insert(place, std::string(lines[other]));
      return;
    case 2:
      std::swap(lines[at], lines[other]);
      return;
    case 3:
    case 4:
    case 5:
      return ChangeList(lines[at], engine);
    case 6:
    case 7:
    case 8:
    case 9:
      return ChangeWords(lines, lines[at], /*numbers=*/true, engine);
    default:
      return ChangeWords(lines, lines[at], /*numbers=*/false, engine);
  }
}

}  // namespace

std::string Restructured(std::string text, std::mt19937_64& engine) {
  std::vector<std::string> lines = Lines(text);
  for (uint64_t count = 1 + engine() % 3; count > 0; --count) RestructureOnce(lines, engine);
  std::string joined;
  for (const std::string& line : lines) joined += line + "\n";
  return joined;
}

std::string Mutated(std::string text, std::mt19937_64& engine) {
  for (uint64_t count = 1 + engine() % 4; count > 0; --count) MutateOnce(text, engine);
  return text;
}

namespace {

using Parse = std::function<absl::Status(const std::string&)>;

// Written by a child process and read by its parent, even after the child has crashed.
struct Progress {
  uint64_t round = 0;  // the round that is running
  uint64_t refused = 0;
};

// Parses one text. Returns an error if it was refused with a wrong error, or if `parse` made a check fail.
absl::Status CheckRound(const std::string& text, const Parse& parse,
                        const std::vector<absl::StatusCode>& codes, Progress& progress) {
  const absl::Status status = parse(text);
  if (::testing::Test::HasFailure()) return absl::UnknownError("a check of the test failed");
  if (status.ok()) return status;
  ++progress.refused;
  const bool expected = std::find(codes.begin(), codes.end(), status.code()) != codes.end();
  if (expected && !status.message().empty() && !absl::StrContains(status.message(), '\n'))
    return absl::OkStatus();
  return absl::UnknownError(absl::StrCat("refused with a wrong error: ", status.ToString()));
}

// Parses the texts of a block from the round `progress.round` on, until one is refused with a wrong error.
// `first` is the round of the block's first text.
absl::Status CheckRounds(const std::vector<std::string>& block, uint64_t first, const Parse& parse,
                         const std::vector<absl::StatusCode>& codes, Progress& progress) {
  for (; progress.round < first + block.size(); ++progress.round) {
    const absl::Status status = CheckRound(block[progress.round - first], parse, codes, progress);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

void ExpectMutationsAreRefusedOrRead(const std::vector<std::string>& texts, int rounds, const Parse& parse,
                                     const std::vector<absl::StatusCode>& codes,
                                     std::string (*mutate)(std::string, std::mt19937_64&),
                                     const std::function<bool(const std::string&)>& is_foreign_crash) {
  constexpr uint64_t kRoundsOfChild = 100;
  const uint64_t seed = NumberFromEnvironment("DIAPASON_FUZZ_SEED", kSeed);
  const uint64_t begin = NumberFromEnvironment("DIAPASON_FUZZ_FIRST", 0);
  const uint64_t count = NumberFromEnvironment("DIAPASON_FUZZ_ROUNDS", static_cast<uint64_t>(rounds));
  std::cout << "seed " << seed << ", " << count << " rounds" << std::endl;
  void* const shared =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  Progress& progress = *new (shared) Progress;
  std::mt19937_64 engine(seed);
  uint64_t foreign_crashes = 0;
  while (progress.round < count) {
    const uint64_t first = progress.round;
    std::vector<std::string> block;
    for (uint64_t i = first; i < std::min(count, first + kRoundsOfChild); ++i)
      block.push_back(mutate(texts[i % texts.size()], engine));
    if (first + block.size() <= begin) {
      progress.round += block.size();
      continue;
    }
    const auto check = [&] { return CheckRounds(block, first, parse, codes, progress); };
    while (progress.round < first + block.size()) {
      const absl::Status status = TryInChild(check, absl::Minutes(10));
      if (status.ok()) break;
      const std::string& text = block[progress.round - first];
      ASSERT_TRUE(absl::IsAborted(status)) << "round " << progress.round << ": " << status << "\n" << text;
      if (is_foreign_crash != nullptr && is_foreign_crash(text)) {
        ++foreign_crashes;
      } else {
        std::cout << "round " << progress.round << " crashes: " << status << "\n" << text << std::endl;
        ASSERT_THAT(CheckRound(text, parse, codes, progress), IsOk());
      }
      ++progress.round;
    }
  }
  if (foreign_crashes > 0) std::cout << foreign_crashes << " texts skipped\n";
  EXPECT_GT(progress.refused, (count - begin) / 10)
      << "hardly any mutation is refused; check that this is the right text";
  munmap(shared, sizeof(Progress));
}

}  // namespace diapason::testing
