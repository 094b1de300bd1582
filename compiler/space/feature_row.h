// Makes feature rows, from which the cost model predicts a schedule's time. The features describe the
// schedule's loop nest, relative to the target's caches and vectors.
#ifndef DIAPASON_COMPILER_SPACE_FEATURE_ROW_H_
#define DIAPASON_COMPILER_SPACE_FEATURE_ROW_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "compiler/space/loop_nest.h"
#include "compiler/space/machine.h"

namespace diapason::compiler::space {

// The number of slots for *hidden* knobs: those that do not change the loop nest, because they belong to
// steps that the trace does not follow. A knob's slot is computed from its name, so that it means the same
// in every sketch. If the slot is taken, the knob gets the next free one; if none is free, it is left out.
inline constexpr int kHiddenKnobSlots = 16;

// The position of the feature that the sketch itself computes (SketchInstance::AnalyticCost).
// FillFeatureRow sets it to NaN.
inline constexpr size_t kAnalyticCostFeature = 0;

// The names of all features, and an id of this list. Both are the same for every sketch, workload and target.
// Rows can be compared if their schemas are equal.
const std::vector<std::string>& FeatureNames();
std::string FeatureSchema();

// Returns for each of `names` its slot in [0, kHiddenKnobSlots), or -1 if it has none.
std::vector<int> HiddenKnobSlots(absl::Span<const std::string> names);

// Fills `row`, in about a microsecond. If `nest` is null, all features except the hidden knobs are NaN.
// `hidden` has slot and value of each hidden knob; the other slots are NaN.
void FillFeatureRow(const LoopNest* nest, const std::vector<int64_t>& slots, const Machine& machine,
                    absl::Span<const std::pair<int, int64_t>> hidden, std::vector<float>& row);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_FEATURE_ROW_H_
