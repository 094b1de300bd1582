#include "tuner/job/final_round.h"

#include <algorithm>
#include <utility>

#include "tuner/job/paired_test.h"

namespace diapason::tuner {
namespace {

// In canaries where there are some: two samples of a pair may have met different clocks.
std::vector<double> Samples(const v1::Measurement& measurement) {
  std::vector<double> samples(measurement.samples_us().begin(), measurement.samples_us().end());
  if (measurement.canary_us_size() != measurement.samples_us_size()) return samples;
  for (size_t i = 0; i < samples.size(); ++i) samples[i] /= measurement.canary_us(static_cast<int>(i));
  return samples;
}

}  // namespace

bool KeepBuilt(FinalRound& round) {
  std::vector<Finalist> kept;
  for (size_t i = 0; i < round.finalists.size(); ++i) {
    Finalist& finalist = round.finalists[i];
    if (finalist.artifact == nullptr) {
      if (i == 0) round.has_default = false;
      continue;
    }
    const bool twin = std::any_of(kept.begin(), kept.end(), [&](const Finalist& other) {
      return other.artifact->hash == finalist.artifact->hash;
    });
    if (!twin) kept.push_back(std::move(finalist));
  }
  round.finalists = std::move(kept);
  return !round.finalists.empty();
}

const v1::Measurement& MeasurementOf(const v1::MeasureResult& result, size_t index) {
  return index == 0 ? result.measurement() : result.rivals(static_cast<int>(index) - 1);
}

Judgement Judge(const FinalRound& round, const v1::MeasureResult& result, const JobOptions& options) {
  Judgement judgement;
  size_t fastest = 0;
  for (size_t i = 1; i < round.finalists.size(); ++i) {
    if (MeasurementOf(result, i).median_us() < MeasurementOf(result, fastest).median_us()) fastest = i;
  }
  if (!round.has_default) {
    judgement.verdict = v1::VERDICT_FASTER;
    judgement.winner = fastest;
    judgement.speed_up = 0;
    return judgement;
  }
  if (fastest == 0) return judgement;
  const PairedResult paired =
      ComparePaired(Samples(MeasurementOf(result, 0)), Samples(MeasurementOf(result, fastest)));
  const double rivals = static_cast<double>(round.finalists.size() - 1);
  if (paired.p_value > options.significance / rivals || paired.ratio < 1 + options.least_gain)
    return judgement;
  judgement.verdict = v1::VERDICT_FASTER;
  judgement.winner = fastest;
  judgement.speed_up = paired.ratio;
  return judgement;
}

}  // namespace diapason::tuner
