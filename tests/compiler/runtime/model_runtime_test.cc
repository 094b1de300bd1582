// Tests the run-time on a table that is written by hand. An input is copied to a buffer with a border,
// and then every element becomes the weighted sum of its 3x3 neighbourhood.
#include "compiler/runtime/model_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using ::testing::HasSubstr;

constexpr int64_t kRows = 37;
constexpr int64_t kColumns = 11;
constexpr int64_t kPitch = kColumns + 2;
constexpr int64_t kElements = kRows * kColumns;
constexpr float kBorder = -2.5f;
std::atomic<int> prepared = 0;  // several threads make instances

void Copy(void* const* arguments, void*, void*, int64_t begin, int64_t end) {
  const auto* in = static_cast<const float*>(arguments[0]);
  auto* out = static_cast<float*>(arguments[1]);
  for (int64_t y = begin; y < end; ++y)
    std::memcpy(out + y * kPitch, in + y * kColumns, kColumns * sizeof(float));
}

// The packed weights are twice the weights. The scratch holds a row of sums.
void Prepare(void* const* arguments, void*) {
  ++prepared;
  for (int i = 0; i < 9; ++i) {
    static_cast<float*>(arguments[3])[i] = 2 * static_cast<const float*>(arguments[1])[i];
  }
}

void Sum(void* const* arguments, void* workspace, void* scratch, int64_t begin, int64_t end) {
  const auto* in = static_cast<const float*>(arguments[0]);
  const auto* packed = static_cast<const float*>(arguments[3]);
  auto* row = static_cast<float*>(scratch);
  for (int64_t y = begin; y < end; ++y) {
    for (int64_t x = 0; x < kColumns; ++x) {
      row[x] = 0;
      for (int64_t k = 0; k < 9; ++k) row[x] += packed[k] * in[(y + k / 3) * kPitch + x + k % 3];
    }
    std::memcpy(static_cast<float*>(workspace) + y * kColumns, row, kColumns * sizeof(float));
  }
}

void CopyOut(void* const* arguments, void* workspace, void*, int64_t begin, int64_t end) {
  std::memcpy(static_cast<float*>(arguments[2]) + begin * kColumns,
              static_cast<float*>(workspace) + begin * kColumns, (end - begin) * kColumns * sizeof(float));
}

constexpr int64_t kPackedBytes[] = {9 * sizeof(float)};
constexpr diapason_stage kCopyStages[] = {{Copy, kRows}};
constexpr diapason_stage kSumStages[] = {{Sum, kRows}, {CopyOut, kRows}};
constexpr diapason_kernel kCopy = {DIAPASON_KERNEL_ABI_VERSION, 2, 0, 1, 0, 0, nullptr, kCopyStages, nullptr};
constexpr diapason_kernel kSum = {DIAPASON_KERNEL_ABI_VERSION,
                                  3,
                                  1,
                                  2,
                                  kElements * sizeof(float),
                                  kColumns * sizeof(float),
                                  kPackedBytes,
                                  kSumStages,
                                  Prepare};

constexpr float kWeights[9] = {1, -2, 3, 4, 0.5f, -6, 7, 8, -9};
constexpr int64_t kShape[] = {kRows, kColumns};
constexpr int64_t kInside = (kPitch + 1) * sizeof(float);

// There are two outputs: the second call's, and the third's, which computes the same again.
class ModelRuntimeTest : public ::testing::Test {
 protected:
  ModelRuntimeTest() {
    std::mt19937 random(7);
    for (float& value : input_) value = std::uniform_real_distribution<float>(-1, 1)(random);
  }

  ~ModelRuntimeTest() override { diapason_model_destroy(model_); }

  int32_t Create(int threads) { return diapason_model_create(&table_, threads, &model_); }

  DLTensor Tensor(float* data) {
    DLTensor tensor{};
    tensor.data = data;
    tensor.device = {kDLCPU, 0};
    tensor.ndim = 2;
    tensor.dtype = {kDLFloat, 32, 1};
    tensor.shape = shape_;
    return tensor;
  }

  int32_t Run() {
    DLTensor outputs[] = {Tensor(output_.data()), Tensor(again_.data())};
    const DLTensor input = Tensor(input_.data());
    return diapason_model_run(model_, &input, 1, outputs, 2);
  }

  // Returns the error of a run after `change` has changed a tensor.
  template <typename Change>
  std::string ErrorOf(Change change) {
    DLTensor outputs[] = {Tensor(output_.data()), Tensor(again_.data())};
    DLTensor input = Tensor(input_.data());
    change(input);
    EXPECT_EQ(diapason_model_run(model_, &input, 1, outputs, 2), DIAPASON_INVALID_ARGUMENT);
    return diapason_model_last_error();
  }

  std::vector<float> Expected() const {
    std::vector<float> expected(kElements);
    for (int64_t i = 0; i < kElements; ++i) {
      for (int64_t k = 0; k < 9; ++k) {
        const int64_t y = i / kColumns + k / 3 - 1;
        const int64_t x = i % kColumns + k % 3 - 1;
        const bool inside = y >= 0 && y < kRows && x >= 0 && x < kColumns;
        expected[i] += 2 * kWeights[k] * (inside ? input_[y * kColumns + x] : kBorder);
      }
    }
    return expected;
  }

  int64_t shape_[2] = {kRows, kColumns};
  std::vector<float> input_ = std::vector<float>(kElements);
  std::vector<float> output_ = std::vector<float>(kElements);
  std::vector<float> again_ = std::vector<float>(kElements);
  diapason_model* model_ = nullptr;

  const diapason_tensor_info inputs_[1] = {{"x", kShape, 2, {kDLFloat, 32, 1}, -1}};
  const diapason_tensor_info outputs_[2] = {{"y", kShape, 2, {kDLFloat, 32, 1}, -1},
                                            {"z", kShape, 2, {kDLFloat, 32, 1}, -1}};
  const char* const calls_[3] = {"copy", "sum", "sum again"};
  diapason_model_info info_ = {"hand", "host", inputs_, outputs_, calls_, 1, 2, 3};
  const void* constants_[1] = {kWeights};
  int64_t constant_bytes_[1] = {sizeof kWeights};
  const int64_t size_of_output_[2] = {-1, -1};
  const diapason_model_argument copy_[2] = {{DIAPASON_INPUT, 0, 0}, {DIAPASON_ARENA, 0, 64 + kInside}};
  const diapason_model_argument sum_[3] = {
      {DIAPASON_ARENA, 0, 64}, {DIAPASON_CONSTANT, 0, 0}, {DIAPASON_OUTPUT, 0, 0}};
  const diapason_model_argument sum_again_[3] = {
      {DIAPASON_ARENA, 0, 64}, {DIAPASON_CONSTANT, 0, 0}, {DIAPASON_OUTPUT, 1, 0}};
  const diapason_model_call table_calls_[3] = {
      {&kCopy, copy_, 2, 0}, {&kSum, sum_, 3, 1}, {&kSum, sum_again_, 3, 1}};
  // The first row of the border is set at load, and the rest before the first call.
  const diapason_model_fill fills_[3] = {
      {-1, 64, kPitch * 4, 1, 0, 4, Bits(kBorder)},
      {0, 64 + kPitch * 4 - 4, 8, kRows + 1, kPitch * 4, 4, Bits(kBorder)},
      {0, 64 + (kRows + 1) * kPitch * 4, kPitch * 4, 1, 0, 4, Bits(kBorder)}};
  diapason_model_table table_ = {DIAPASON_MODEL_TABLE_VERSION,
                                 &info_,
                                 128 + (kRows + 2) * kPitch * 4,
                                 constants_,
                                 table_calls_,
                                 fills_,
                                 3,
                                 1,
                                 constant_bytes_,
                                 size_of_output_,
                                 0};

  static int64_t Bits(float value) {
    int32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
  }
};

// Returns how many bytes of a mapping are in this process's memory.
int64_t ResidentBytes(const void* mapping) {
  std::ifstream maps("/proc/self/smaps");
  std::ostringstream start;
  start << std::hex << reinterpret_cast<uintptr_t>(mapping) << "-";
  std::string line;
  while (std::getline(maps, line) && line.rfind(start.str(), 0) != 0) {
  }
  int64_t kilobytes = -1;
  while (std::getline(maps, line) && std::sscanf(line.c_str(), "Rss: %ld kB", &kilobytes) != 1) {
  }
  return kilobytes * 1024;
}

// The weights lie in a file, as those of a library do.
TEST_F(ModelRuntimeTest, ThePagesOfPackedConstantsAreGivenBack) {
  constexpr int64_t kBytes = 1 << 20;
  std::vector<float> weights(kBytes / sizeof(float), 1.0f);
  std::copy(kWeights, kWeights + 9, weights.begin());
  FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(std::fwrite(weights.data(), 1, kBytes, file), static_cast<size_t>(kBytes));
  ASSERT_EQ(std::fflush(file), 0);
  void* mapping = mmap(nullptr, kBytes, PROT_READ, MAP_PRIVATE, fileno(file), 0);
  ASSERT_NE(mapping, MAP_FAILED);
  EXPECT_EQ(std::memcmp(mapping, weights.data(), kBytes), 0);
  ASSERT_EQ(ResidentBytes(mapping), kBytes);
  constants_[0] = mapping;
  constant_bytes_[0] = kBytes;
  ASSERT_EQ(Create(2), DIAPASON_OK) << diapason_model_last_error();
  EXPECT_EQ(ResidentBytes(mapping), 0);
  ASSERT_EQ(Run(), DIAPASON_OK) << diapason_model_last_error();
  EXPECT_EQ(output_, Expected());
  EXPECT_EQ(std::memcmp(mapping, weights.data(), kBytes), 0);
  munmap(mapping, kBytes);
  std::fclose(file);
}

TEST_F(ModelRuntimeTest, ComputesTheSameBitsOnAnyNumberOfThreads) {
  for (int threads : {1, 2, 4, 0}) {
    ASSERT_EQ(Create(threads), DIAPASON_OK) << diapason_model_last_error();
    for (int i = 0; i < 20; ++i) {
      std::fill(output_.begin(), output_.end(), 0.0f);
      ASSERT_EQ(Run(), DIAPASON_OK) << diapason_model_last_error();
      ASSERT_EQ(output_, Expected()) << threads << " threads, run " << i;
      ASSERT_EQ(again_, Expected());
    }
    diapason_model_destroy(model_);
  }
  model_ = nullptr;
}

TEST_F(ModelRuntimeTest, CallsWithTheSameConstantsSharePackedOnes) {
  prepared = 0;
  ASSERT_EQ(Create(1), DIAPASON_OK);
  EXPECT_EQ(prepared, 1);
}

TEST_F(ModelRuntimeTest, ConstantsAmongTheInputsArePackedOnceForEachAddress) {
  // Both sums take the second input as their weights.
  std::vector<float> weights(kWeights, kWeights + 9);
  int64_t weights_shape[] = {9};
  const diapason_tensor_info inputs[] = {inputs_[0], {"w", weights_shape, 1, {kDLFloat, 32, 1}, -1}};
  info_.inputs = inputs;
  info_.num_inputs = 2;
  diapason_model_argument sum[] = {sum_[0], {DIAPASON_INPUT_CONSTANT, 1, 0}, sum_[2]};
  diapason_model_argument again[] = {sum_again_[0], {DIAPASON_INPUT_CONSTANT, 1, 0}, sum_again_[2]};
  const diapason_model_call calls[] = {table_calls_[0], {&kSum, sum, 3, 1}, {&kSum, again, 3, 1}};
  table_.calls = calls;
  const auto run = [&](float* data) {
    DLTensor tensors[] = {Tensor(input_.data()), Tensor(data)};
    tensors[1].ndim = 1;
    tensors[1].shape = weights_shape;
    DLTensor outputs[] = {Tensor(output_.data()), Tensor(again_.data())};
    return diapason_model_run(model_, tensors, 2, outputs, 2);
  };
  prepared = 0;
  ASSERT_EQ(Create(2), DIAPASON_OK) << diapason_model_last_error();
  EXPECT_EQ(prepared, 0);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(run(weights.data()), DIAPASON_OK) << diapason_model_last_error();
    EXPECT_EQ(output_, Expected());
    EXPECT_EQ(again_, Expected());
  }
  EXPECT_EQ(prepared, 1);
  std::vector<float> zeros(9, 0.0f);
  ASSERT_EQ(run(zeros.data()), DIAPASON_OK);
  EXPECT_EQ(prepared, 2);
  EXPECT_EQ(output_, std::vector<float>(kElements, 0.0f));
  ASSERT_EQ(run(weights.data()), DIAPASON_OK);
  EXPECT_EQ(output_, Expected());
}

TEST_F(ModelRuntimeTest, InstancesAreIndependent) {
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user) {
    users.emplace_back([&] {
      diapason_model* model = nullptr;
      ASSERT_EQ(diapason_model_create(&table_, 2, &model), DIAPASON_OK);
      std::vector<float> y(kElements), z(kElements);
      const std::vector<float> expected = Expected();
      for (int i = 0; i < 50; ++i) {
        const DLTensor input = Tensor(input_.data());
        DLTensor outputs[] = {Tensor(y.data()), Tensor(z.data())};
        ASSERT_EQ(diapason_model_run(model, &input, 1, outputs, 2), DIAPASON_OK);
        ASSERT_EQ(y, expected);
      }
      diapason_model_destroy(model);
    });
  }
  for (std::thread& user : users) user.join();
}

TEST_F(ModelRuntimeTest, TimesEachCall) {
  ASSERT_EQ(Create(1), DIAPASON_OK);
  DLTensor outputs[] = {Tensor(output_.data()), Tensor(again_.data())};
  const DLTensor input = Tensor(input_.data());
  double call_us[3] = {-1, -1, -1};
  ASSERT_EQ(diapason_model_run_timed(model_, &input, 1, outputs, 2, call_us), DIAPASON_OK);
  for (double us : call_us) EXPECT_GE(us, 0);
  EXPECT_EQ(diapason_model_run_timed(model_, &input, 1, outputs, 2, nullptr), DIAPASON_INVALID_ARGUMENT);
  EXPECT_EQ(output_, Expected());
}

TEST_F(ModelRuntimeTest, TakesTensorsAsTheyAre) {
  ASSERT_EQ(Create(1), DIAPASON_OK);
  std::vector<float> shifted(kElements + 3);
  std::copy(input_.begin(), input_.end(), shifted.begin() + 3);
  DLTensor input = Tensor(shifted.data());
  input.byte_offset = 3 * sizeof(float);
  int64_t strides[] = {kColumns, 1};
  input.strides = strides;
  DLTensor outputs[] = {Tensor(output_.data()), Tensor(again_.data())};
  ASSERT_EQ(diapason_model_run(model_, &input, 1, outputs, 2), DIAPASON_OK) << diapason_model_last_error();
  EXPECT_EQ(output_, Expected());
}

// Frameworks give tensors without elements any address, including null, and any strides.
TEST_F(ModelRuntimeTest, TensorsWithoutElementsNeedNoData) {
  const int64_t no_rows[] = {0, kColumns};
  const diapason_tensor_info empty[1] = {{"none", no_rows, 2, {kDLFloat, 32, 1}, -1}};
  info_ = {"hand", "host", empty, empty, nullptr, 1, 1, 0};
  table_ = {DIAPASON_MODEL_TABLE_VERSION, &info_, 0, nullptr, nullptr, nullptr, 0, 0, nullptr, nullptr, 0};
  ASSERT_EQ(Create(1), DIAPASON_OK);
  DLTensor input = Tensor(nullptr), output = Tensor(nullptr);
  EXPECT_EQ(diapason_model_run(model_, &input, 1, &output, 1), DIAPASON_INVALID_ARGUMENT);
  shape_[0] = 0;
  int64_t strides[] = {1, 7};
  input.strides = strides;
  output.byte_offset = 1;
  EXPECT_EQ(diapason_model_run_timed(model_, &input, 1, &output, 1, nullptr),
            DIAPASON_OK);  // without calls there are no times
  EXPECT_EQ(diapason_model_run(model_, &input, 1, &output, 1), DIAPASON_OK) << diapason_model_last_error();
}

TEST_F(ModelRuntimeTest, SaysWhatIsWrongWithATensor) {
  ASSERT_EQ(Create(1), DIAPASON_OK);
  EXPECT_EQ(ErrorOf([](DLTensor& t) { t.data = nullptr; }), "input 0 (x) has no data");
  EXPECT_EQ(ErrorOf([](DLTensor& t) { t.device.device_type = kDLCUDA; }),
            "input 0 (x) is not in the CPU's memory");
  EXPECT_EQ(ErrorOf([](DLTensor& t) { t.dtype.code = kDLInt; }),
            "input 0 (x) must be of type float32, not int32");
  EXPECT_EQ(ErrorOf([](DLTensor& t) { t.dtype.lanes = 4; }),
            "input 0 (x) must be of type float32, not another type");
  EXPECT_EQ(ErrorOf([](DLTensor& t) { t.ndim = 1; }), "input 0 (x) must have the shape [37, 11], not [37]");
  EXPECT_EQ(ErrorOf([](DLTensor& t) { t.shape = nullptr; }),
            "input 0 (x) must have the shape [37, 11], not []");
  EXPECT_EQ(ErrorOf([](DLTensor& t) { t.byte_offset = 2; }), "input 0 (x) is not aligned to its elements");
  int64_t transposed[] = {1, kRows};
  EXPECT_EQ(ErrorOf([&](DLTensor& t) { t.strides = transposed; }), "input 0 (x) is not dense and row-major");
  std::vector<int64_t> many(100, 1234567890123);
  EXPECT_THAT(ErrorOf([&](DLTensor& t) { t.ndim = 100, t.shape = many.data(); }),
              HasSubstr("[37, 11], not [1234"));
}

TEST_F(ModelRuntimeTest, SaysWhatIsWrongWithACall) {
  EXPECT_EQ(diapason_model_create(&table_, 1, nullptr), DIAPASON_INVALID_ARGUMENT);
  EXPECT_EQ(Create(-1), DIAPASON_INVALID_ARGUMENT);
  EXPECT_THAT(diapason_model_last_error(),
              HasSubstr("the number of threads is -1; it must be from 1 to 1024"));
  EXPECT_EQ(model_, nullptr);
  EXPECT_EQ(Run(), DIAPASON_INVALID_ARGUMENT);
  EXPECT_STREQ(diapason_model_last_error(), "the model is null");
  ASSERT_EQ(Create(1), DIAPASON_OK);
  const DLTensor input = Tensor(input_.data());
  DLTensor output = Tensor(output_.data());
  EXPECT_EQ(diapason_model_run(model_, &input, 1, &output, 1), DIAPASON_INVALID_ARGUMENT);
  EXPECT_STREQ(diapason_model_last_error(), "the model has 2 outputs, not 1");
  EXPECT_EQ(diapason_model_run(model_, nullptr, 1, &output, 2), DIAPASON_INVALID_ARGUMENT);
  EXPECT_STREQ(diapason_model_last_error(), "the array of inputs is null");
}

TEST_F(ModelRuntimeTest, RefusesATableItDoesNotKnow) {
  table_.version = 99;
  EXPECT_EQ(Create(1), DIAPASON_BROKEN);
  EXPECT_THAT(diapason_model_last_error(), HasSubstr("version 99"));
  table_.version = DIAPASON_MODEL_TABLE_VERSION;
  table_.arena_bytes = int64_t{1} << 60;
  EXPECT_EQ(Create(1), DIAPASON_OUT_OF_MEMORY);
  EXPECT_EQ(model_, nullptr);
}

}  // namespace
