#include "device-agent/runner/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/fake_clock.h"

namespace diapason::device_agent {
namespace {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::StartsWith;

// A kernel whose calls take a given time on the fake clock.
class FakeKernel {
 public:
  FakeKernel(FakeClock& clock, char name, std::string& log, absl::Duration time)
      : clock_(clock), name_(name), log_(log), time_(time) {}

  Calls calls() {
    return [this](int count) {
      log_.push_back(name_);
      for (int i = 0; i < count; ++i) clock_.Advance(time_ * (1 + noise_ * (step_++ % 7 - 3)));
    };
  }
  void set_noise(double noise) { noise_ = noise; }

 private:
  FakeClock& clock_;
  const char name_;
  std::string& log_;
  const absl::Duration time_;
  double noise_ = 0;
  int step_ = 0;
};

// The canary of a core whose clock speed does not change.
double Steady() { return 10; }

TEST(SamplerTest, ASteadyKernelNeedsFewSamples) {
  FakeClock clock;
  std::string log;
  FakeKernel kernel(clock, 'a', log, absl::Milliseconds(1));
  const std::vector<Samples> samples = TakeSamples({kernel.calls()}, Steady, {}, clock);
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].us.size(), 6u);
  EXPECT_EQ(samples[0].calls_per_sample, 1);
  EXPECT_THAT(samples[0].us, Each(1000));
}

TEST(SamplerTest, ShortKernelsAreCalledManyTimesASample) {
  FakeClock clock;
  std::string log;
  FakeKernel kernel(clock, 'a', log, absl::Microseconds(3));
  SamplerOptions options;
  options.min_sample = absl::Microseconds(200);
  const std::vector<Samples> samples = TakeSamples({kernel.calls()}, Steady, options, clock);
  EXPECT_EQ(samples[0].calls_per_sample, 67);
  EXPECT_DOUBLE_EQ(samples[0].us[0], 3);
}

TEST(SamplerTest, NoiseNeedsMoreSamplesUpToTheBudget) {
  FakeClock clock;
  std::string log;
  FakeKernel kernel(clock, 'a', log, absl::Milliseconds(1));
  kernel.set_noise(0.1);
  SamplerOptions options;
  options.relative_width = 1e-6;
  options.budget = absl::Milliseconds(50);
  const absl::Duration begin = clock.Monotonic();
  const std::vector<Samples> samples = TakeSamples({kernel.calls()}, Steady, options, clock);
  EXPECT_GT(samples[0].us.size(), 45u);
  EXPECT_LE(clock.Monotonic() - begin, absl::Milliseconds(53));
}

TEST(SamplerTest, AVerySlowKernelStillGetsAFewSamples) {
  FakeClock clock;
  std::string log;
  FakeKernel kernel(clock, 'a', log, absl::Seconds(1));
  EXPECT_EQ(TakeSamples({kernel.calls()}, Steady, {}, clock)[0].us.size(), 3u);
}

TEST(SamplerTest, AChangingClockIsNotNoise) {
  FakeClock clock;
  int step = 0;
  double slowness = 1;
  const Calls kernel = [&](int calls) {
    slowness = ++step % 3 == 0 ? 1.1 : 1;
    clock.Advance(absl::Milliseconds(calls) * slowness);
  };
  SamplerOptions options;
  options.relative_width = 1e-6;
  const Samples samples = TakeSamples({kernel}, [&] { return 10 * slowness; }, options, clock)[0];
  EXPECT_EQ(samples.us.size(), 6u);
  EXPECT_THAT(samples.us, Contains(DoubleNear(1100, 1e-6)));  // raw samples stay as they are
  EXPECT_THAT(samples.canary_us, Contains(11));
  EXPECT_THAT(SteadyUs(samples), Each(DoubleNear(1000, 1e-6)));
}

TEST(SamplerTest, RivalsTakeTurnsInBothOrders) {
  FakeClock clock;
  std::string log;
  FakeKernel a(clock, 'a', log, absl::Milliseconds(1));
  FakeKernel b(clock, 'b', log, absl::Milliseconds(2));
  const std::vector<Samples> samples = TakeSamples({a.calls(), b.calls()}, Steady, {}, clock);
  EXPECT_THAT(log, StartsWith("ababbaabba"));  // first the calibration, then the rounds
  EXPECT_EQ(samples[0].us.size(), samples[1].us.size());
  EXPECT_THAT(samples[1].us, Each(2000));
}

}  // namespace
}  // namespace diapason::device_agent
