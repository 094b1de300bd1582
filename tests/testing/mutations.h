// Damages texts for the tests of parsers. Whatever a file or a pipe contains, a parser must return an
// error or a result, and nothing else may happen.
#ifndef DIAPASON_TESTS_TESTING_MUTATIONS_H_
#define DIAPASON_TESTS_TESTING_MUTATIONS_H_

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace diapason::testing {

// Returns `text` with one to four of these changes: cut off; bits flipped; a part removed, repeated or
// moved; a number replaced by an extreme one; brackets nested deeply.
std::string Mutated(std::string text, std::mt19937_64& engine);

// Returns `text` with one to three mistakes that a person who writes MLIR could make: lines removed,
// repeated or swapped; two values or two numbers of a line swapped; a value or a number replaced by
// another one; elements of a list removed, repeated or added. Most of the text still parses.
std::string Restructured(std::string text, std::mt19937_64& engine);

// Parses `rounds` mutations of `texts`, and prints the seed. An error must have one of `codes` and a
// message of one line, and some mutations must be refused. Environment variables change this:
// DIAPASON_FUZZ_ROUNDS replaces `rounds`, DIAPASON_FUZZ_SEED replaces the seed, and DIAPASON_FUZZ_FIRST is
// the first round, to repeat one that crashed (rounds are made in hundreds).
//
// The rounds run in child processes, so that the text of a crash is known. It is then parsed again in this
// process, where a debugger or a sanitizer sees the crash. Texts for which `is_foreign_crash` says that a
// library is at fault are skipped.
void ExpectMutationsAreRefusedOrRead(
    const std::vector<std::string>& texts, int rounds,
    const std::function<absl::Status(const std::string&)>& parse,
    const std::vector<absl::StatusCode>& codes = {absl::StatusCode::kInvalidArgument},
    std::string (*mutate)(std::string, std::mt19937_64&) = Mutated,
    const std::function<bool(const std::string&)>& is_foreign_crash = nullptr);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_MUTATIONS_H_
