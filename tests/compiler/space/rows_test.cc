// Tests the sketch for rows on random chains of every kind, with rows along memory and across it. Each
// sampled schedule must compute what the interpreter computes in double precision, and the same bits on one,
// two and three threads. DIAPASON_ROWS_SAMPLES is the number of schedules, and DIAPASON_ROWS_SEED the seed.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/random/distributions.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/workload/workload.h"
#include "gtest/gtest.h"
#include "tests/compiler/codegen/test_kernel.h"

namespace diapason::compiler::space {
namespace {

constexpr double kTolerance = 2e-6;  // relative to the largest output

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  int64_t value = otherwise;
  if (text != nullptr) EXPECT_TRUE(absl::SimpleAtoi(text, &value)) << name;
  return value;
}

// Writes a kernel with the loops r, s over rows and c over columns. In memory the input is r x s x c if
// `last`, and otherwise r x c x s.
class Chain {
 public:
  Chain(int64_t r, int64_t s, int64_t c, bool last)
      : full_(Type(last ? std::vector<int64_t>{r, s, c} : std::vector<int64_t>{r, c, s})),
        rows_(Type({r, s})),
        reads_all_(last ? "affine_map<(r, s, c) -> (r, s, c)>" : "affine_map<(r, s, c) -> (r, c, s)>"),
        row_of_element_(last ? "affine_map<(i, j, k) -> (i, j)>" : "affine_map<(i, j, k) -> (i, k)>") {}

  // Appends a reduction of `input`. %x is an element, %a the accumulator, and the body yields %y.
  std::string Reduce(const std::string& input, const std::string& start, const std::string& body) {
    const std::string empty = Name(), filled = Name(), sum = Name();
    absl::StrAppend(&text_, empty, " = tensor.empty() : ", rows_, "\n", filled,
                    " = linalg.generic {indexing_maps = [affine_map<(r, s) -> (r, s)>], iterator_types = "
                    "[\"parallel\", \"parallel\"]} outs(",
                    empty, " : ", rows_, ") {\n^bb0(%o: f32):\nlinalg.yield ", start, " : f32\n} -> ", rows_,
                    "\n", sum, " = linalg.generic {indexing_maps = [", reads_all_,
                    ", affine_map<(r, s, c) -> (r, s)>], iterator_types = [\"parallel\", \"parallel\", "
                    "\"reduction\"]} ins(",
                    input, " : ", full_, ") outs(", filled, " : ", rows_, ") {\n^bb0(%x: f32, %a: f32):\n",
                    body, "linalg.yield %y : f32\n} -> ", rows_, "\n");
    return sum;
  }

  // Appends an elementwise op on `input` (%x) and, if it is not empty, the rows' value `row` (%z).
  std::string Map(const std::string& input, const std::string& row, const std::string& body,
                  const std::string& destination = "") {
    const std::string result = Name(), same = "affine_map<(i, j, k) -> (i, j, k)>";
    std::string target = destination;
    if (target.empty()) {
      target = Name();
      absl::StrAppend(&text_, target, " = tensor.empty() : ", full_, "\n");
    }
    absl::StrAppend(&text_, result, " = linalg.generic {indexing_maps = [", same, ", ",
                    row.empty() ? "" : absl::StrCat(row_of_element_, ", "), same,
                    "], iterator_types = [\"parallel\", \"parallel\", \"parallel\"]} ins(", input,
                    row.empty() ? "" : absl::StrCat(", ", row), " : ", full_,
                    row.empty() ? "" : absl::StrCat(", ", rows_), ") outs(", target, " : ", full_,
                    ") {\n^bb0(%x: f32", row.empty() ? "" : ", %z: f32", ", %o: f32):\n", body,
                    "linalg.yield %y : f32\n} -> ", full_, "\n");
    return result;
  }

  // Returns the kernel, whose result is `value`: a row's value if `is_rows`.
  std::string Finish(const std::string& value, bool is_rows) const {
    const std::string& type = is_rows ? rows_ : full_;
    return absl::StrCat("func.func @f(%in: ", full_, ", %out: ", type, ") -> ", type, " {\n",
                        "%zero = arith.constant 0.0 : f32\n%lowest = arith.constant 0xFF800000 : f32\n"
                        "%one = arith.constant 1.0 : f32\n%tenth = arith.constant 0.1 : f32\n",
                        text_, "return ", value, " : ", type, "\n}\n");
  }

 private:
  static std::string Type(const std::vector<int64_t>& shape) {
    return absl::StrCat("tensor<", absl::StrJoin(shape, "x"), "xf32>");
  }
  std::string Name() { return absl::StrCat("%v", count_++); }

  const std::string full_, rows_, reads_all_, row_of_element_;
  std::string text_;
  int count_ = 0;
};

constexpr char kAdd[] = "%y = arith.addf %a, %x fastmath<contract> : f32\n";
constexpr char kAddSquare[] =
    "%q = arith.mulf %x, %x fastmath<contract> : f32\n%y = arith.addf %a, %q fastmath<contract> : f32\n";
constexpr char kLarger[] = "%g = arith.cmpf ogt, %x, %a : f32\n%y = arith.select %g, %x, %a : f32\n";
constexpr char kMaximum[] = "%y = arith.maximumf %a, %x fastmath<contract> : f32\n";
constexpr char kExp[] = "%d = arith.subf %x, %z : f32\n%y = math.exp %d : f32\n";
constexpr char kShare[] = "%i = arith.divf %one, %z : f32\n%y = arith.mulf %x, %i : f32\n";
constexpr char kCentre[] = "%m = arith.mulf %z, %tenth : f32\n%y = arith.subf %x, %m : f32\n";
constexpr char kNormal[] =
    "%e = arith.addf %z, %tenth : f32\n%q = math.sqrt %e : f32\n%y = arith.divf %x, %q : f32\n";

std::string RandomKernel(absl::BitGenRef random, std::string& name) {
  const auto pick = [&](const std::vector<int64_t>& values) {
    return values[absl::Uniform<size_t>(random, 0, values.size())];
  };
  const int64_t r = pick({1, 2, 3, 5}), s = pick({1, 2, 7, 16, 19, 40, 100});
  const int64_t c = pick({1, 2, 3, 5, 16, 24, 31, 33, 64, 100, 197});
  const bool last = absl::Bernoulli(random, 0.6);
  Chain chain(r, s, c, last);
  const int64_t kind = pick({0, 1, 2, 3, 4});
  name = absl::StrCat(std::vector<const char*>{"softmax", "norm", "sum", "maximum", "squares"}[kind], " ", r,
                      " x ", s, " x ", c, last ? "" : ", columns across memory");
  if (kind == 0) {
    const std::string power = chain.Map("%in", chain.Reduce("%in", "%lowest", kLarger), kExp);
    return chain.Finish(chain.Map(power, chain.Reduce(power, "%zero", kAdd), kShare, "%out"), false);
  }
  if (kind == 1) {
    const std::string centred = chain.Map("%in", chain.Reduce("%in", "%zero", kAdd), kCentre);
    return chain.Finish(chain.Map(centred, chain.Reduce(centred, "%zero", kAddSquare), kNormal, "%out"),
                        false);
  }
  if (kind == 2) return chain.Finish(chain.Reduce("%in", "%zero", kAdd), true);
  if (kind == 3) return chain.Finish(chain.Reduce("%in", "%lowest", kMaximum), true);
  return chain.Finish(chain.Reduce(chain.Map("%in", "", "%y = math.exp %x : f32\n"), "%zero", kAddSquare),
                      true);
}

TEST(RowsTest, RandomSchedulesOfRandomChainsAreRight) {
  const int64_t samples = FromEnvironment("DIAPASON_ROWS_SAMPLES", 60);
  const int64_t seed = FromEnvironment("DIAPASON_ROWS_SEED", 1);
  std::cout << "seed " << seed << ", " << samples << " samples\n";
  auto sketches = LoadSketches(absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/compiler/sketches"));
  ASSERT_TRUE(sketches.ok()) << sketches.status();
  std::erase_if(*sketches, [](const v1::Sketch& sketch) { return sketch.name() != "rows"; });
  ASSERT_EQ(sketches->size(), 1u);
  const auto backend = codegen::BackendForTests();
  double worst = 0;
  for (int64_t i = 0; i < samples; ++i) {
    std::mt19937_64 random(static_cast<uint64_t>(seed) * 1'000'003 + static_cast<uint64_t>(i));
    std::string name;
    const std::string text = RandomKernel(random, name);
    SCOPED_TRACE(absl::StrCat("sample ", i, ": ", name));
    const auto workload = workload::MakeWorkload(text);
    ASSERT_TRUE(workload.ok()) << workload.status() << "\n" << text;
    auto space = ScheduleSpace::Create(workload->text(), *sketches, codegen::HostForTests());
    ASSERT_TRUE(space.ok()) << space.status();
    const ScheduleConfig config = (*space)->Sample(random);
    const v1::Schedule schedule = (*space)->ToSchedule(config);
    for (const v1::KnobValue& knob : schedule.knobs())
      absl::StrAppend(&name, " ", knob.name(), "=", knob.value());
    SCOPED_TRACE(name);
    v1::BuildRequest request;
    *request.mutable_target() = codegen::HostForTests();
    request.set_workload_text(workload->text());
    request.set_script(*(*space)->Render(config));
    auto kernel = codegen::LoadArtifact(backend->Build(request));
    ASSERT_NE(kernel, nullptr);
    const codegen::Arguments inputs(*workload, {}, random);
    const auto expected = codegen::Interpret(workload->text(), inputs.Tensors());
    ASSERT_TRUE(expected.ok()) << expected.status();
    std::vector<codegen::NumberTensor> results;
    for (int threads = 1; threads <= 3; ++threads) {
      codegen::Arguments arguments = inputs;
      Call(*kernel, arguments, threads);
      EXPECT_TRUE(arguments.GuardsIntact()) << "writes outside of its arguments";
      const double error = LargestError(*workload, arguments, *expected);
      EXPECT_LT(error, kTolerance);
      worst = std::max(worst, error);
      results.push_back(arguments.Tensors().back());
      for (size_t e = 0; e < results[0].elements.size(); ++e) {
        ASSERT_EQ(memcmp(&results.back().elements[e].f, &results[0].elements[e].f, sizeof(double)), 0)
            << threads << " threads compute another element " << e;
      }
    }
  }
  std::cout << "the largest error is " << worst << " of the largest output\n";
}

}  // namespace
}  // namespace diapason::compiler::space
