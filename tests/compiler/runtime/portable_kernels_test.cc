// Compares the portable kernels with plain computations in double precision, on random tensors.
#include "compiler/runtime/portable/portable_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

namespace {

using Shape = std::vector<int64_t>;

int64_t Count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

template <typename T>
struct Tensor {
  Shape shape;
  std::vector<T> data;
};

template <typename T>
constexpr int64_t kTypeOf = DIAPASON_PORTABLE_BOOL;
template <>
constexpr int64_t kTypeOf<float> = DIAPASON_PORTABLE_F32;
template <>
constexpr int64_t kTypeOf<int32_t> = DIAPASON_PORTABLE_I32;
template <>
constexpr int64_t kTypeOf<int64_t> = DIAPASON_PORTABLE_I64;

// A call of a kernel. Memory is allocated exactly, so that a sanitizer sees every access outside of it.
class KernelCall {
 public:
  template <typename T>
  KernelCall& With(const Tensor<T>& operand) {
    Describe(kTypeOf<T>, operand.shape);
    arguments_.push_back(const_cast<T*>(operand.data.data()));
    return *this;
  }
  KernelCall& Integers(const std::vector<int64_t>& integers) {
    std::copy(integers.begin(), integers.end(), call_.integers);
    return *this;
  }
  KernelCall& Number(double number) {
    call_.number = number;
    return *this;
  }
  // Runs the units in parts of random sizes, as threads do. `memory` is the size of the workspace and of the
  // scratch.
  template <typename T, typename Kernel>
  Tensor<T> Run(Kernel kernel, const Shape& shape, int64_t units, int64_t memory, std::mt19937& random) {
    Tensor<T> result{shape, std::vector<T>(static_cast<size_t>(Count(shape)), T(77))};
    Describe(kTypeOf<T>, shape);
    arguments_.insert(arguments_.begin(), &call_);
    arguments_.push_back(result.data.data());
    std::vector<int64_t> workspace(static_cast<size_t>(memory / 8)), scratch = workspace;
    for (int64_t begin = 0; begin < units;) {
      const int64_t end = std::min<int64_t>(units, begin + 1 + random() % 4);
      kernel(arguments_.data(), workspace.data(), scratch.data(), begin, end);
      begin = end;
    }
    return result;
  }

 private:
  void Describe(int64_t type, const Shape& shape) {
    diapason_portable_tensor& tensor = call_.tensors[tensors_++];
    tensor.type = type;
    tensor.rank = static_cast<int64_t>(shape.size());
    std::copy(shape.begin(), shape.end(), tensor.shape);
  }

  diapason_portable_call call_{};
  int tensors_ = 0;
  std::vector<void*> arguments_;
};

class PortableKernelsTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    seed_ = GetParam();
    random_.seed(static_cast<unsigned>(seed_));
  }

  int64_t Below(int64_t limit) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(limit)); }
  Shape RandomShape(size_t least_rank, size_t most_rank) {
    Shape shape(least_rank + random_() % (most_rank - least_rank + 1));
    for (int64_t& extent : shape) extent = 1 + Below(6);
    return shape;
  }
  // Few different numbers, so that many are equal.
  template <typename T>
  Tensor<T> RandomTensor(const Shape& shape, bool special = false) {
    Tensor<T> tensor{shape, {}};
    for (int64_t i = 0; i < Count(shape); ++i) {
      T number = static_cast<T>(Below(9) - 4);
      if constexpr (std::is_same_v<T, float>) {
        const float specials[] = {std::numeric_limits<float>::quiet_NaN(), -0.0f,
                                  std::numeric_limits<float>::infinity(),
                                  -std::numeric_limits<float>::infinity()};
        number *= 0.37f;
        if (special && Below(4) == 0) number = specials[Below(4)];
      }
      tensor.data.push_back(number);
    }
    return tensor;
  }

  int seed_ = 0;
  std::mt19937 random_;
};

// A double that is larger for a larger element. NaN is the largest, and above infinity.
double Key(float x) {
  return std::isnan(x) ? std::numeric_limits<double>::max() : std::isinf(x) ? std::copysign(1e300, x) : x;
}
double Key(int64_t x) { return static_cast<double>(x); }
double Key(int32_t x) { return x; }

template <typename T>
void CheckTopK(const Tensor<T>& x, size_t axis, int64_t k, bool largest, std::mt19937& random) {
  Shape shape = x.shape;
  shape[axis] = k;
  const int64_t extent = x.shape[axis], inner = Count(Shape(x.shape.begin() + axis + 1, x.shape.end())),
                rows = Count(x.shape) / extent;
  KernelCall call;
  call.With(x).Integers({static_cast<int64_t>(axis), largest});
  const int64_t scratch = k * static_cast<int64_t>(sizeof(diapason_candidate));
  const Tensor<int64_t> got = call.Run<int64_t>(diapason_top_k, shape, rows, scratch, random);
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t start = row / inner * extent * inner + row % inner;
    std::vector<int64_t> order(extent);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      const double p = Key(x.data[start + a * inner]), q = Key(x.data[start + b * inner]);
      return largest ? p > q : p < q;
    });
    for (int64_t i = 0; i < k; ++i)
      ASSERT_EQ(got.data[row / inner * k * inner + i * inner + row % inner], order[i]) << "row " << row;
  }
}

TEST_P(PortableKernelsTest, TopKIsAStableSort) {
  const Shape shape = RandomShape(1, 4);
  const size_t axis = Below(static_cast<int64_t>(shape.size()));
  const int64_t k = 1 + Below(shape[axis]);
  CheckTopK(RandomTensor<float>(shape, true), axis, k, true, random_);
  CheckTopK(RandomTensor<float>(shape, true), axis, k, false, random_);
  CheckTopK(RandomTensor<int64_t>(shape), axis, k, Below(2) != 0, random_);
  CheckTopK(RandomTensor<int32_t>({200}), 0, 1 + Below(200), Below(2) != 0, random_);
}

double Combine(int64_t how, double a, double b) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  switch (how) {
    case DIAPASON_SCATTER_ADD:
      return a + b;
    case DIAPASON_SCATTER_MUL:
      return a * b;
    case DIAPASON_SCATTER_MIN:
      return std::isnan(a) || std::isnan(b) ? nan : std::min(a, b);
    case DIAPASON_SCATTER_MAX:
      return std::isnan(a) || std::isnan(b) ? nan : std::max(a, b);
    default:
      return b;
  }
}

void ExpectNear(const std::vector<float>& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(wanted[i]) || std::isinf(wanted[i]))
      ASSERT_EQ(std::isnan(got[i]) ? 0 : got[i], std::isnan(wanted[i]) ? 0 : wanted[i]) << i;
    else
      ASSERT_NEAR(got[i], wanted[i], 1e-5 * (1 + std::abs(wanted[i]))) << i;
  }
}

TEST_P(PortableKernelsTest, ScatterElementsCombinesInOrder) {
  const Shape shape = RandomShape(1, 4);
  const size_t axis = Below(static_cast<int64_t>(shape.size()));
  Shape updated = shape;
  for (size_t d = 0; d < shape.size(); ++d) updated[d] = 1 + Below(d == axis ? 9 : shape[d]);
  const int64_t how = Below(5);
  const Tensor<float> data = RandomTensor<float>(shape, true), updates = RandomTensor<float>(updated, true);
  Tensor<int32_t> indices{updated, {}};
  // One more than there are on both sides, which are left out.
  for (int64_t i = 0; i < Count(updated); ++i)
    indices.data.push_back(static_cast<int32_t>(Below(2 * shape[axis] + 2) - shape[axis] - 1));
  std::vector<double> wanted(data.data.begin(), data.data.end());
  for (int64_t i = 0; i < Count(updated); ++i) {
    int64_t index = indices.data[i] < 0 ? indices.data[i] + shape[axis] : indices.data[i];
    if (index < 0 || index >= shape[axis]) continue;
    int64_t place = 0, rest = i, stride = 1;
    for (size_t d = shape.size(); d-- > 0; rest /= updated[d], stride *= shape[d])
      place += (d == axis ? index : rest % updated[d]) * stride;
    wanted[place] = Combine(how, wanted[place], updates.data[i]);
  }
  const Tensor<float> got = KernelCall()
                                .With(data)
                                .With(indices)
                                .With(updates)
                                .Integers({static_cast<int64_t>(axis), how})
                                .Run<float>(diapason_scatter_elements, shape, 1, 0, random_);
  ExpectNear(got.data, wanted);
}

TEST_P(PortableKernelsTest, ScatterNDCombinesSlicesInOrder) {
  const Shape shape = RandomShape(1, 4);
  const int64_t named = 1 + Below(static_cast<int64_t>(shape.size())), count = 1 + Below(9), how = Below(5);
  const Shape inner(shape.begin() + named, shape.end());
  Shape updated = {count};
  updated.insert(updated.end(), inner.begin(), inner.end());
  const Tensor<int64_t> data = RandomTensor<int64_t>(shape), updates = RandomTensor<int64_t>(updated);
  Tensor<int64_t> indices{{count, named}, {}};
  for (int64_t i = 0; i < count * named; ++i)
    indices.data.push_back(Below(2 * shape[i % named] + 2) - shape[i % named] - 1);
  std::vector<double> wanted(data.data.begin(), data.data.end());
  for (int64_t i = 0; i < count; ++i) {
    int64_t place = 0;
    bool exists = true;
    for (int64_t d = 0; d < named; ++d) {
      int64_t index = indices.data[i * named + d];
      if (index < 0) index += shape[d];
      exists &= index >= 0 && index < shape[d];
      place = place * shape[d] + index;
    }
    for (int64_t k = 0; exists && k < Count(inner); ++k) {
      double& element = wanted[place * Count(inner) + k];
      element = Combine(how, element, static_cast<double>(updates.data[i * Count(inner) + k]));
    }
  }
  const Tensor<int64_t> got =
      KernelCall().With(data).With(indices).With(updates).Integers({how}).Run<int64_t>(diapason_scatter_nd,
                                                                                       shape, 1, 0, random_);
  for (size_t i = 0; i < wanted.size(); ++i) ASSERT_EQ(got.data[i], static_cast<int64_t>(wanted[i])) << i;
}

TEST_P(PortableKernelsTest, JoinPutsTheSecondPartBehindTheEntriesOfTheFirst) {
  const Shape shape = RandomShape(1, 3);
  const size_t axis = Below(static_cast<int64_t>(shape.size()));
  Shape other = shape, joined = shape;
  other[axis] = 1 + Below(5);
  joined[axis] += other[axis];
  const Tensor<float> a = RandomTensor<float>(shape), b = RandomTensor<float>(other);
  const Tensor<int64_t> size{{}, {Below(shape[axis] + 3) - 1}};  // one too small and one too large among them
  const int64_t kept = std::clamp<int64_t>(size.data[0], 0, shape[axis]);
  const int64_t rows = Count(Shape(shape.begin(), shape.begin() + axis)),
                inner = Count(shape) / rows / shape[axis];
  std::vector<float> wanted;
  for (int64_t row = 0; row < rows; ++row) {
    const auto copy = [&](const Tensor<float>& from, int64_t entries) {
      const auto begin = from.data.begin() + row * from.shape[axis] * inner;
      wanted.insert(wanted.end(), begin, begin + entries * inner);
    };
    copy(a, kept);
    copy(b, other[axis]);
    wanted.insert(wanted.end(), (shape[axis] - kept) * inner, 0.0f);
  }
  const Tensor<float> got = KernelCall()
                                .With(a)
                                .With(b)
                                .With(size)
                                .Integers({static_cast<int64_t>(axis)})
                                .Run<float>(diapason_join, joined, rows, 0, random_);
  EXPECT_EQ(got.data, wanted);
}

TEST_P(PortableKernelsTest, NonZeroListsPositions) {
  const Shape shape = RandomShape(1, 4);
  const Tensor<float> x = RandomTensor<float>(shape, true);
  const int64_t rank = static_cast<int64_t>(shape.size()), elements = Count(shape);
  const Tensor<int64_t> got =
      KernelCall().With(x).Run<int64_t>(diapason_non_zero, {1 + rank * elements}, 1, 0, random_);
  std::vector<int64_t> wanted(1 + rank * elements, 0);
  for (int64_t i = 0; i < elements; ++i) {
    if (x.data[i] == 0) continue;
    int64_t rest = i;
    for (int64_t d = rank; d-- > 0; rest /= shape[d]) wanted[1 + d * elements + wanted[0]] = rest % shape[d];
    ++wanted[0];
  }
  EXPECT_EQ(got.data, wanted);
}

TEST_P(PortableKernelsTest, UniqueNumbersDifferentSlices) {
  const Shape shape = RandomShape(1, 3);
  const size_t axis = Below(static_cast<int64_t>(shape.size()));
  const bool sorted = Below(2) != 0;
  Tensor<float> x = RandomTensor<float>(shape, true);
  if (Count(shape) > 8) {  // slices of many elements are seldom equal
    for (float& number : x.data) number = number < 0 ? 1 : 0;
  }
  const int64_t n = shape[axis], inner = Count(Shape(shape.begin() + axis + 1, shape.end()));
  std::vector<std::vector<double>> slices(n);
  for (int64_t i = 0; i < Count(shape); ++i) slices[i / inner % n].push_back(Key(x.data[i]));
  std::map<std::vector<double>, int64_t> first;
  for (int64_t i = 0; i < n; ++i) first.emplace(slices[i], i);
  std::vector<int64_t> order;
  for (const auto& [slice, at] : first) order.push_back(at);
  if (!sorted) std::sort(order.begin(), order.end());
  std::vector<int64_t> wanted(1 + 3 * n, 0);
  wanted[0] = static_cast<int64_t>(order.size());
  for (size_t u = 0; u < order.size(); ++u) {
    wanted[1 + u] = order[u];
    for (int64_t i = 0; i < n; ++i) {
      if (slices[i] != slices[order[u]]) continue;
      wanted[1 + n + i] = static_cast<int64_t>(u);
      ++wanted[1 + 2 * n + u];
    }
  }
  const Tensor<int64_t> got = KernelCall()
                                  .With(x)
                                  .Integers({static_cast<int64_t>(axis), sorted})
                                  .Run<int64_t>(diapason_unique, {1 + 3 * n}, 1, 2 * n * 8, random_);
  EXPECT_EQ(got.data, wanted);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PortableKernelsTest, ::testing::Range(0, 200));

}  // namespace
