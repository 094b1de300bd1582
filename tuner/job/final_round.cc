#include "tuner/job/final_round.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "proto/domain/outcome.h"
#include "proto/domain/record_time.h"
#include "proto/domain/schedule_hash.h"
#include "tuner/job/paired_test.h"
#include "tuner/job/trial.h"

namespace diapason::tuner {
namespace {

// Returns the samples without normalising them by the canaries. Both samples of a pair were taken under
// the same conditions, and canaries are so short that dividing by them would double the spread of the
// pairs. (In 600 comparisons it grew from 2.4 to 5.5 % on a quiet machine and from 9 to 23 % on a busy one.)
std::vector<double> Samples(const v1::Measurement& measurement) {
  return {measurement.samples_us().begin(), measurement.samples_us().end()};
}

// Compares a finalist with the default schedule, which is the first finalist.
PairedResult CompareWithDefault(const v1::MeasureResult& result, size_t finalist) {
  return ComparePaired(Samples(result.measurement()), Samples(MeasurementOf(result, finalist)));
}

// Returns the index of the schedule that is to be used from now on.
size_t FindWinner(const FinalRound& round, const v1::MeasureResult& result, const JobConfig& config) {
  const size_t count = round.finalists.size();
  if (!round.has_default && !round.incumbent) {
    size_t fastest = 0;
    for (size_t i = 1; i < count; ++i) {
      if (CallTimeUs(MeasurementOf(result, i)) < CallTimeUs(MeasurementOf(result, fastest))) fastest = i;
    }
    return fastest;
  }
  const double tests = std::max<double>(1, static_cast<double>(count) - 1);
  const auto is_faster = [&](const PairedResult& paired) {
    return paired.p_value <= config.significance / tests && paired.ratio >= 1 + config.min_gain;
  };
  const size_t current = round.incumbent.value_or(0);
  const std::vector<double> current_samples = Samples(MeasurementOf(result, current));
  size_t fastest = current;
  PairedResult paired;
  for (size_t i = 0; i < count; ++i) {
    if (i == current) continue;
    const PairedResult against = ComparePaired(current_samples, Samples(MeasurementOf(result, i)));
    if (against.ratio <= paired.ratio) continue;
    fastest = i;
    paired = against;
  }
  if (!is_faster(paired)) return current;
  // The incumbent may have become slow, so a schedule that is faster than it need not be faster than the
  // default.
  const bool beats_default = !round.has_default || is_faster(CompareWithDefault(result, fastest));
  return beats_default ? fastest : 0;
}

}  // namespace

FinalRound ChooseFinalists(const FinalistChoice& choice,
                           const std::function<absl::StatusOr<Candidate>(const v1::Schedule&)>& make) {
  FinalRound round;
  absl::flat_hash_set<std::string> taken;
  const auto add = [&](const v1::Schedule& schedule) {
    if (taken.contains(ScheduleHash(schedule))) return false;
    auto candidate = make(schedule);
    if (!candidate.ok()) return false;
    taken.insert(ScheduleHash(schedule));
    round.finalists.push_back({*std::move(candidate), {}, nullptr});
    return true;
  };
  round.has_default = choice.default_schedule && add(*choice.default_schedule);
  if (choice.incumbent) {
    round.incumbent_trial_id = choice.incumbent->trial_id;
    const bool is_default = taken.contains(ScheduleHash(choice.incumbent->schedule));
    if (is_default || add(choice.incumbent->schedule)) round.incumbent = round.finalists.size() - 1;
  }
  int left = choice.rival_count;
  for (size_t i = 0; i < choice.rivals.size() && left > 0; ++i) left -= add(choice.rivals[i]) ? 1 : 0;
  round.to_build = round.finalists.size();
  return round;
}

bool KeepBuilt(FinalRound& round) {
  std::vector<Finalist> kept;
  std::optional<size_t> incumbent;
  for (size_t i = 0; i < round.finalists.size(); ++i) {
    Finalist& finalist = round.finalists[i];
    if (finalist.artifact == nullptr) {
      if (i == 0) round.has_default = false;
      if (i == round.incumbent) {
        round.incumbent_failed = SubjectOf(finalist.build.outcome().kind()) == OutcomeSubject::kSchedule;
      }
      continue;
    }
    const auto same_code = std::find_if(kept.begin(), kept.end(), [&](const Finalist& other) {
      return other.artifact->hash == finalist.artifact->hash;
    });
    if (i == round.incumbent) incumbent = static_cast<size_t>(same_code - kept.begin());
    if (same_code == kept.end()) kept.push_back(std::move(finalist));
  }
  round.incumbent = incumbent;
  round.finalists = std::move(kept);
  return !round.finalists.empty();
}

const v1::Measurement& MeasurementOf(const v1::MeasureResult& result, size_t index) {
  return index == 0 ? result.measurement() : result.rivals(static_cast<int>(index) - 1);
}

RoundDecision Decide(const FinalRound& round, const v1::MeasureResult& result, const JobConfig& config) {
  RoundDecision decided;
  decided.winner = FindWinner(round, result, config);
  v1::Decision& decision = decided.decision;
  decision.set_trial_id(FinalRecordId(round.trial_id, static_cast<int>(decided.winner)));
  decision.set_verdict(v1::VERDICT_FASTER);
  if (round.has_default) {
    decision.set_default_trial_id(FinalRecordId(round.trial_id, 0));
    decision.set_speed_up(CompareWithDefault(result, decided.winner).ratio);
    if (decided.winner == 0) decision.set_verdict(v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  }
  if (round.incumbent || round.incumbent_failed) decision.set_incumbent_trial_id(round.incumbent_trial_id);
  decision.set_keeps_incumbent(round.incumbent == decided.winner);
  return decided;
}

}  // namespace diapason::tuner
