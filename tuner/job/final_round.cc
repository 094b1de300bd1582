#include "tuner/job/final_round.h"

#include <algorithm>
#include <utility>

#include "tuner/job/paired_test.h"

namespace diapason::tuner {
namespace {

// As they are: the two of a pair met the same machine, and dividing by canaries, which are short, would double their
// spread (measured on 600 comparisons: 2.4 to 5.5 % on a quiet machine, 9 to 23 % on a busy one).
std::vector<double> Samples(const v1::Measurement& measurement) {
  return {measurement.samples_us().begin(), measurement.samples_us().end()};
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
  if (!round.has_default) {
    for (size_t i = 1; i < round.finalists.size(); ++i) {
      const v1::Measurement& fastest = MeasurementOf(result, judgement.winner);
      if (MeasurementOf(result, i).median_us() < fastest.median_us()) judgement.winner = i;
    }
    judgement.verdict = v1::VERDICT_FASTER;
    judgement.speed_up = 0;
    return judgement;
  }
  const std::vector<double> of_default = Samples(MeasurementOf(result, 0));
  size_t fastest = 0;
  PairedResult paired;
  for (size_t i = 1; i < round.finalists.size(); ++i) {
    const PairedResult against = ComparePaired(of_default, Samples(MeasurementOf(result, i)));
    if (against.ratio <= paired.ratio) continue;
    fastest = i;
    paired = against;
  }
  if (fastest == 0) return judgement;
  const double rivals = static_cast<double>(round.finalists.size() - 1);
  if (paired.p_value > options.significance / rivals || paired.ratio < 1 + options.least_gain)
    return judgement;
  judgement.verdict = v1::VERDICT_FASTER;
  judgement.winner = fastest;
  judgement.speed_up = paired.ratio;
  return judgement;
}

}  // namespace diapason::tuner
