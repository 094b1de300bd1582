// Loads changed models: those of ONNX's own tests of every operator, with changes that still parse. Each
// is loaded or refused in one line, in bounded time and memory. DIAPASON_FUZZ_ROUNDS=10000 tries more of
// them.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/model/program_check.h"
#include "proto/base/sanitized.h"
#include "tests/compiler/importer/onnx_mutations.h"
#include "tests/compiler/importer/onnx_text.h"
#include "tests/testing/mutations.h"

namespace diapason::compiler::importer {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = "/usr/share/libonnx-testdata/data";

std::vector<std::string> Models() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(kFolder)) {
    if (entry.path().filename() == "model.onnx" && entry.file_size() < 100'000) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::shuffle(paths.begin(), paths.end(), std::mt19937(1));  // so that a few rounds have many operators
  std::vector<std::string> models;
  for (const fs::path& path : paths) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    models.push_back(bytes.str());
  }
  return models;
}

// Returns the error of loading, or an Internal error if this takes too long or gives a broken program.
absl::Status Try(const std::string& bytes) {
  constexpr double kMostSeconds = kSanitized ? 60 : 10;
  const std::clock_t begin = std::clock();
  const auto program = LoadBytes(bytes);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (seconds > kMostSeconds) return absl::InternalError(absl::StrCat("loading took ", seconds, " s"));
  if (!program.ok()) return program.status();
  const absl::Status sound = model::CheckProgram(*program);
  return sound.ok() ? sound : absl::InternalError(sound.message());
}

TEST(ChangedModelsTest, AreRefusedInOneLineOrLoaded) {
  if (!fs::exists(kFolder)) GTEST_SKIP() << "libonnx-testdata is not installed, so nothing was tested";
  const rlimit memory = {rlim_t{4} << 30, rlim_t{4} << 30};
  if (!kSanitized) ASSERT_EQ(setrlimit(RLIMIT_AS, &memory), 0);  // a sanitizer reserves much more
  testing::ExpectMutationsAreRefusedOrRead(
      Models(), 500, Try, {absl::StatusCode::kInvalidArgument, absl::StatusCode::kUnimplemented},
      ChangedModel);
}

}  // namespace
}  // namespace diapason::compiler::importer
