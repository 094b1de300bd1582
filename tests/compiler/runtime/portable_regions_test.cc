// Compares the portable kernels for boxes and regions with plain computations in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "compiler/runtime/portable/portable_kernels.h"

namespace {

diapason_portable_tensor Describe(int64_t type, const std::vector<int64_t>& shape) {
  diapason_portable_tensor tensor{};
  tensor.type = type;
  tensor.rank = static_cast<int64_t>(shape.size());
  std::copy(shape.begin(), shape.end(), tensor.shape);
  return tensor;
}

class PortableRegionsTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { random_.seed(static_cast<unsigned>(GetParam())); }

  int64_t Below(int64_t limit) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(limit)); }
  // Multiples of 1/8, so that areas and their sums are exact in both precisions.
  float Eighths(int64_t most) { return static_cast<float>(Below(8 * most)) / 8; }

  std::mt19937 random_;
};

struct Box {
  double y0, x0, y1, x1;
};

Box BoxOf(const float* b, bool by_centre) {
  if (by_centre) return {b[1] - b[3] / 2., b[0] - b[2] / 2., b[1] + b[3] / 2., b[0] + b[2] / 2.};
  return {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])};
}

double IntersectionOverUnion(const Box& a, const Box& b) {
  const auto area = [](const Box& box) {
    return std::max(0., box.y1 - box.y0) * std::max(0., box.x1 - box.x0);
  };
  const double shared =
      area({std::max(a.y0, b.y0), std::max(a.x0, b.x0), std::min(a.y1, b.y1), std::min(a.x1, b.x1)});
  return shared == 0 ? 0 : shared / (area(a) + area(b) - shared);
}

TEST_P(PortableRegionsTest, NonMaxSuppressionKeepsTheBestBoxes) {
  const int64_t batches = 1 + Below(2), classes = 1 + Below(3), n = 1 + Below(30);
  const int64_t most = Below(3) == 0 ? n : Below(8);
  const bool by_centre = Below(2) != 0, has_threshold = Below(2) != 0;
  // No quotient of two areas equals this number, and every quotient keeps its side of it in single precision.
  const float iou = 0.3137f, threshold = 0.4f;
  std::vector<float> boxes, scores;
  for (int64_t i = 0; i < batches * n * 4; ++i) boxes.push_back(Eighths(3));
  for (int64_t i = 0; i < batches * classes * n; ++i) scores.push_back(Eighths(1));  // many are equal
  const int64_t room = std::min(most, n) * batches * classes;
  std::vector<int64_t> wanted = {0};
  for (int64_t group = 0; group < batches * classes; ++group) {
    std::vector<int64_t> order, selected;
    for (int64_t i = 0; i < n; ++i) {
      if (!has_threshold || scores[group * n + i] > threshold) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return scores[group * n + a] > scores[group * n + b]; });
    const auto box = [&](int64_t i) { return BoxOf(&boxes[(group / classes * n + i) * 4], by_centre); };
    for (int64_t i : order) {
      if (static_cast<int64_t>(selected.size()) == most) break;
      if (std::any_of(selected.begin(), selected.end(),
                      [&](int64_t other) { return IntersectionOverUnion(box(i), box(other)) > iou; }))
        continue;
      selected.push_back(i);
      wanted.insert(wanted.end(), {group / classes, group % classes, i});
      ++wanted[0];
    }
  }
  wanted.resize(1 + 3 * room, 0);

  diapason_portable_call call{};
  call.integers[0] = by_centre;
  call.integers[1] = has_threshold;
  call.tensors[0] = Describe(DIAPASON_PORTABLE_F32, {batches, n, 4});
  call.tensors[1] = Describe(DIAPASON_PORTABLE_F32, {batches, classes, n});
  call.tensors[5] = Describe(DIAPASON_PORTABLE_I64, {1 + 3 * room});
  std::vector<int64_t> result(1 + 3 * room, 77);
  std::vector<diapason_candidate> workspace(n);
  int64_t limit = most;
  float numbers[2] = {iou, threshold};
  void* arguments[] = {&call, boxes.data(), scores.data(), &limit, &numbers[0], &numbers[1], result.data()};
  diapason_non_max_suppression(arguments, workspace.data(), nullptr, 0, 1);
  EXPECT_EQ(result, wanted);
}

TEST_P(PortableRegionsTest, RoiAlignPoolsInterpolatedPixels) {
  const int64_t batches = 1 + Below(2), channels = 1 + Below(3), h = 1 + Below(7), w = 1 + Below(7),
                rois = 1 + Below(4), out_h = 1 + Below(3), out_w = 1 + Below(3), samples = Below(4);
  const bool is_max = Below(2) != 0, half = Below(2) != 0;
  const double scale = Below(2) == 0 ? 1 : 0.5;
  std::vector<float> image, regions;
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < batches * channels * h * w; ++i) image.push_back(Eighths(2) - 1);
  for (int64_t i = 0; i < rois; ++i) {
    // Also outside of the image, and with a negative size.
    for (int k = 0; k < 4; ++k) regions.push_back(Eighths(12) - 3);
    if (Below(4) != 0) {
      if (regions[4 * i] > regions[4 * i + 2]) std::swap(regions[4 * i], regions[4 * i + 2]);
      if (regions[4 * i + 1] > regions[4 * i + 3]) std::swap(regions[4 * i + 1], regions[4 * i + 3]);
    }
    indices.push_back(Below(batches));
  }
  diapason_portable_call call{};
  call.integers[0] = is_max;
  call.integers[1] = samples;
  call.integers[2] = half;
  call.number = scale;
  call.tensors[0] = Describe(DIAPASON_PORTABLE_F32, {batches, channels, h, w});
  call.tensors[1] = Describe(DIAPASON_PORTABLE_F32, {rois, 4});
  call.tensors[2] = Describe(DIAPASON_PORTABLE_I64, {rois});
  call.tensors[3] = Describe(DIAPASON_PORTABLE_F32, {rois, channels, out_h, out_w});
  std::vector<float> result(rois * channels * out_h * out_w, 77);
  void* arguments[] = {&call, image.data(), regions.data(), indices.data(), result.data()};
  for (int64_t r = 0; r < rois; ++r) diapason_roi_align(arguments, nullptr, nullptr, r, r + 1);

  size_t at = 0;
  for (int64_t r = 0; r < rois; ++r) {
    const double offset = half ? 0.5 : 0, x0 = regions[4 * r] * scale - offset,
                 y0 = regions[4 * r + 1] * scale - offset;
    double width = regions[4 * r + 2] * scale - offset - x0,
           height = regions[4 * r + 3] * scale - offset - y0;
    if (!half) width = std::max(width, 1.), height = std::max(height, 1.);
    const double bin_w = width / static_cast<double>(out_w), bin_h = height / static_cast<double>(out_h);
    const int64_t nx = samples > 0 ? samples : std::max<int64_t>(0, std::lround(std::ceil(bin_w))),
                  ny = samples > 0 ? samples : std::max<int64_t>(0, std::lround(std::ceil(bin_h)));
    for (int64_t c = 0; c < channels; ++c) {
      const float* plane = &image[(indices[r] * channels + c) * h * w];
      for (int64_t i = 0; i < out_h; ++i) {
        for (int64_t j = 0; j < out_w; ++j) {
          std::vector<double> products;
          double sum = 0;
          for (int64_t p = 0; p < ny; ++p) {
            for (int64_t q = 0; q < nx; ++q) {
              double y = y0 +
                         (static_cast<double>(i) + (static_cast<double>(p) + .5) / static_cast<double>(ny)) *
                             bin_h,
                     x = x0 +
                         (static_cast<double>(j) + (static_cast<double>(q) + .5) / static_cast<double>(nx)) *
                             bin_w;
              if (y < -1 || x < -1 || y > static_cast<double>(h) || x > static_cast<double>(w)) {
                products.push_back(0);
                continue;
              }
              y = std::clamp<double>(y, 0, static_cast<double>(h - 1));
              x = std::clamp<double>(x, 0, static_cast<double>(w - 1));
              for (const double yy : {std::floor(y), std::floor(y) + 1}) {
                for (const double xx : {std::floor(x), std::floor(x) + 1}) {
                  const double weight = (1 - std::abs(y - yy)) * (1 - std::abs(x - xx));
                  const int64_t row = std::min(static_cast<int64_t>(yy), h - 1),
                                column = std::min(static_cast<int64_t>(xx), w - 1);
                  products.push_back(weight * plane[row * w + column]);
                  sum += products.back();
                }
              }
            }
          }
          const double wanted = products.empty() ? 0
                                : is_max         ? *std::max_element(products.begin(), products.end())
                                                 : sum / static_cast<double>(std::max<int64_t>(nx * ny, 1));
          ASSERT_NEAR(result[at++], wanted, 1e-4)
              << "region " << r << ", channel " << c << ", bin " << i << " " << j;
        }
      }
    }
  }
}

TEST(PortableRegionsLimitsTest, RoiAlignOfAHugeRegionEnds) {
  diapason_portable_call call{};
  call.integers[2] = 1;
  call.number = 1;
  call.tensors[0] = Describe(DIAPASON_PORTABLE_F32, {1, 1, 2, 2});
  call.tensors[1] = Describe(DIAPASON_PORTABLE_F32, {2, 4});
  call.tensors[2] = Describe(DIAPASON_PORTABLE_I32, {2});
  call.tensors[3] = Describe(DIAPASON_PORTABLE_F32, {2, 1, 1, 1});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> image = {1, 2, 3, 4}, regions = {-1e30f, -1e30f, 1e30f, 1e30f, nan, nan, nan, nan},
                     result = {7, 7};
  std::vector<int32_t> indices = {100, -100};  // they are brought into range
  void* arguments[] = {&call, image.data(), regions.data(), indices.data(), result.data()};
  diapason_roi_align(arguments, nullptr, nullptr, 0, 2);
  EXPECT_EQ(result[0], 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PortableRegionsTest, ::testing::Range(0, 300));

}  // namespace
