#include "tests/testing/mutations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>

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

}  // namespace

std::string Mutated(std::string text, std::mt19937_64& engine) {
  for (uint64_t count = 1 + engine() % 4; count > 0; --count) MutateOnce(text, engine);
  return text;
}

void ExpectMutationsAreRefusedOrRead(const std::vector<std::string>& texts, int rounds,
                                     const std::function<absl::Status(const std::string&)>& parse,
                                     const std::vector<absl::StatusCode>& codes) {
  const uint64_t seed = NumberFromEnvironment("DIAPASON_FUZZ_SEED", kSeed);
  const uint64_t count = NumberFromEnvironment("DIAPASON_FUZZ_ROUNDS", static_cast<uint64_t>(rounds));
  const char* input_file = std::getenv("DIAPASON_FUZZ_INPUT");
  std::printf("seed %llu, %llu rounds\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(count));
  std::mt19937_64 engine(seed);
  uint64_t refused = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const std::string text = Mutated(texts[i % texts.size()], engine);
    if (input_file != nullptr) std::ofstream(input_file, std::ios::binary) << text;
    const absl::Status status = parse(text);
    if (status.ok()) continue;
    ++refused;
    ASSERT_NE(std::find(codes.begin(), codes.end(), status.code()), codes.end())
        << "round " << i << ": " << status << "\n"
        << text.substr(0, 4000);
    ASSERT_FALSE(status.message().empty()) << "round " << i;
    ASSERT_EQ(status.message().find('\n'), absl::string_view::npos) << "round " << i << ": " << status;
  }
  EXPECT_GT(refused, count / 10) << "mutations change nothing: is this the right text?";
}

}  // namespace diapason::testing
