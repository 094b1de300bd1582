// Tests outputs of the model run-time whose size is known only after a run, on a table that is written by
// hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "compiler/runtime/model_runtime.h"

namespace {

constexpr int64_t kElements = 6;
constexpr int64_t kShape[] = {kElements};
constexpr int64_t kPairs[] = {kElements, 2};

// Writes the elements above 0, and into the size how many there are.
void TakePositive(void* const* arguments, void*, void*, int64_t, int64_t) {
  const float* x = static_cast<const float*>(arguments[0]);
  float* end =
      std::copy_if(x, x + kElements, static_cast<float*>(arguments[1]), [](float e) { return e > 0; });
  *static_cast<int64_t*>(arguments[2]) = end - static_cast<float*>(arguments[1]);
}

constexpr diapason_stage kStages[] = {{TakePositive, 1}};
constexpr diapason_kernel kKernel = {DIAPASON_KERNEL_ABI_VERSION, 3, 0, 1, 0, 0, nullptr, kStages, nullptr};
constexpr diapason_tensor_info kInputs[] = {{"x", kShape, 1, {kDLFloat, 32, 1}, -1}};
constexpr diapason_tensor_info kOutputs[] = {{"all", kPairs, 2, {kDLFloat, 32, 1}, -1},
                                             {"positive", kShape, 1, {kDLFloat, 32, 1}, 0}};
constexpr const char* kNames[] = {"positive"};
constexpr diapason_model_info kInfo = {"hand", "host", kInputs, kOutputs, kNames, 1, 2, 1};
// Of the two sizes, the output has number 1.
constexpr diapason_model_argument kArguments[] = {
    {DIAPASON_INPUT, 0, 0}, {DIAPASON_OUTPUT, 1, 0}, {DIAPASON_SIZE, 1, 0}};
constexpr diapason_model_call kCalls[] = {{&kKernel, kArguments, 3, 0}};
constexpr int64_t kSizeOfOutput[] = {-1, 1};
constexpr diapason_model_table kTable = {
    DIAPASON_MODEL_TABLE_VERSION, &kInfo, 64, nullptr, kCalls, nullptr, 0, 0, nullptr, kSizeOfOutput, 2};

DLTensor Tensor(std::vector<float>& data, const int64_t* shape, int ndim) {
  DLTensor tensor{};
  tensor.data = data.data();
  tensor.device = {kDLCPU, 0};
  tensor.ndim = ndim;
  tensor.dtype = {kDLFloat, 32, 1};
  tensor.shape = const_cast<int64_t*>(shape);
  return tensor;
}

TEST(ModelSizesTest, ARunFindsTheSizesOfOutputs) {
  diapason_model* model = nullptr;
  ASSERT_EQ(diapason_model_create(&kTable, 2, &model), DIAPASON_OK) << diapason_model_last_error();
  EXPECT_EQ(diapason_model_output_size(model, 1, 0), 0);  // before the first run
  for (const int64_t above : {3, 0, 6}) {
    std::vector<float> x(kElements, -1), all(2 * kElements), positive(kElements);
    std::fill(x.begin(), x.begin() + above, 1.0f);
    const DLTensor input = Tensor(x, kShape, 1);
    DLTensor outputs[] = {Tensor(all, kPairs, 2), Tensor(positive, kShape, 1)};
    ASSERT_EQ(diapason_model_run(model, &input, 1, outputs, 2), DIAPASON_OK) << diapason_model_last_error();
    EXPECT_EQ(diapason_model_output_size(model, 1, 0), above);
    EXPECT_EQ(diapason_model_output_size(model, 0, 0), kElements);
    EXPECT_EQ(diapason_model_output_size(model, 0, 1), 2);
  }
  for (const auto& [output, dim] : {std::pair(-1, 0), {2, 0}, {1, -1}, {1, 1}})
    EXPECT_EQ(diapason_model_output_size(model, output, dim), -1);
  EXPECT_EQ(diapason_model_output_size(nullptr, 0, 0), -1);
  diapason_model_destroy(model);
}

}  // namespace
