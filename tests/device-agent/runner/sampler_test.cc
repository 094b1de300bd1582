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
  const absl::Duration start = clock.Monotonic();
  const Calls kernel = [&](int) {  // each call is faster than those before, so no time is ever known
    clock.Advance(absl::Milliseconds(1) - (clock.Monotonic() - start) / 1000);
  };
  SamplerOptions options;
  options.relative_width = 1e-6;
  options.budget = absl::Milliseconds(50);
  const absl::Duration begin = clock.Monotonic();
  const std::vector<Samples> samples = TakeSamples({kernel}, Steady, options, clock);
  EXPECT_GT(samples[0].us.size(), 45u);
  EXPECT_LE(clock.Monotonic() - begin, absl::Milliseconds(53));
}

TEST(SamplerTest, AVerySlowKernelStillGetsAFewSamples) {
  FakeClock clock;
  std::string log;
  FakeKernel kernel(clock, 'a', log, absl::Seconds(1));
  EXPECT_EQ(TakeSamples({kernel.calls()}, Steady, {}, clock)[0].us.size(), 3u);
}

TEST(SamplerTest, AKernelThatIsClearlySlowerThanTheBestEndsEarly) {
  struct Case {
    double best_us;
    bool ends_early;
  };
  // The fastest of the first three samples takes 980 us.
  for (const Case& c :
       {Case{0, false}, Case{1000, false}, Case{820, false}, Case{810, true}, Case{1, true}}) {
    FakeClock clock;
    std::string log;
    FakeKernel kernel(clock, 'a', log, absl::Milliseconds(1));
    kernel.set_noise(0.01);
    SamplerOptions options;
    options.relative_width = 1e-6;
    options.best_us = c.best_us;
    const Samples samples = TakeSamples({kernel.calls()}, Steady, options, clock)[0];
    EXPECT_EQ(samples.ended_early, c.ends_early) << c.best_us;
    EXPECT_EQ(samples.us.size() == 3, c.ends_early) << c.best_us;
  }
}

TEST(SamplerTest, RivalsNeverEndEarly) {
  FakeClock clock;
  std::string log;
  FakeKernel a(clock, 'a', log, absl::Milliseconds(1));
  FakeKernel b(clock, 'b', log, absl::Milliseconds(2));
  SamplerOptions options;
  options.best_us = 1;
  EXPECT_EQ(TakeSamples({a.calls(), b.calls()}, Steady, options, clock)[0].us.size(), 6u);
}

TEST(SamplerTest, SamplesAtAnotherClockSpeedDoNotCount) {
  FakeClock clock;
  int step = 0;
  double slowness = 1;
  const Calls kernel = [&](int calls) {
    slowness = ++step % 3 == 0 ? 0.9 : 1;
    clock.Advance(absl::Milliseconds(calls) * slowness);
  };
  SamplerOptions options;
  options.relative_width = 1e-6;
  const Samples samples = TakeSamples({kernel}, [&] { return 10 * slowness; }, options, clock)[0];
  EXPECT_EQ(samples.us.size(), 9u) << "six of them are steady";
  EXPECT_THAT(samples.us, Contains(DoubleNear(900, 1e-6)));  // all samples are kept
  EXPECT_THAT(samples.canary_us, Contains(9));
  EXPECT_THAT(SteadyUs(samples), Each(DoubleNear(1000, 1e-6)));
}

// Half of the samples are disturbed, by any amount.
TEST(SamplerTest, DisturbedSamplesDoNotDelayAKernelThatIsAlone) {
  FakeClock clock;
  int step = 0;
  const Calls kernel = [&](int calls) {
    ++step;
    clock.Advance(absl::Milliseconds(calls) * (step % 2 == 0 ? 1 + 0.3 * step : 1));
  };
  EXPECT_EQ(TakeSamples({kernel}, Steady, {}, clock)[0].us.size(), 6u);
  SamplerOptions budget;
  budget.budget = absl::Milliseconds(200);
  EXPECT_GT(TakeSamples({kernel, kernel}, Steady, budget, clock)[0].us.size(), 10u);
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
