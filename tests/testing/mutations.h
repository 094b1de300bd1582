// Damaged texts for the tests of parsers: whatever a file or a pipe holds, a parser says what is wrong, and
// nothing else happens.
#ifndef DIAPASON_TESTS_TESTING_MUTATIONS_H_
#define DIAPASON_TESTS_TESTING_MUTATIONS_H_

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace diapason::testing {

// `text` cut off, with bits turned over, with a part missing, repeated or moved, with one of its numbers
// replaced by an extreme one, or with brackets nested deeply; one to four of these.
std::string Mutated(std::string text, std::mt19937_64& engine);

// `text` as somebody who writes MLIR could have written it, wrongly: lines removed, repeated or swapped; two
// values or two numbers of a line swapped, a value or a number replaced by another one; elements of a list
// removed, repeated or added; one to three of these. Most of it still parses.
std::string Restructured(std::string text, std::mt19937_64& engine);

// Parses `rounds` mutations of `texts`, and prints the seed. An error must have one of `codes` and a message
// of one line; some mutations must be refused. DIAPASON_FUZZ_ROUNDS overrides `rounds`, DIAPASON_FUZZ_SEED
// the seed; DIAPASON_FUZZ_FIRST is the round to begin with, for one that crashed (rounds are made in
// hundreds).
//
// The rounds run in child processes, so that a crash names its text; it is then made again in this process,
// where a debugger or a sanitizer sees it. Texts at which `is_foreign_crash` blames a library for the crash
// are skipped.
void ExpectMutationsAreRefusedOrRead(
    const std::vector<std::string>& texts, int rounds,
    const std::function<absl::Status(const std::string&)>& parse,
    const std::vector<absl::StatusCode>& codes = {absl::StatusCode::kInvalidArgument},
    std::string (*mutate)(std::string, std::mt19937_64&) = Mutated,
    const std::function<bool(const std::string&)>& is_foreign_crash = nullptr);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_MUTATIONS_H_
