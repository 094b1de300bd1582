// What the cost model reads of a schedule: numbers of its loop nest, relative to the target's caches and
// vectors.
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

// Slots for knobs that the nest does not show (those of steps that the trace passes over). A knob's slot
// comes from its name, so that it means the same in every sketch; where two names want one slot, the later
// takes the next free one. What finds no slot is left out.
inline constexpr int kHiddenKnobSlots = 16;

// Place of the feature that the sketch itself states (SketchInstance::AnalyticCost); NaN after
// FillFeatureRow.
inline constexpr size_t kAnalyticCostFeature = 0;

// The same for every sketch, workload and target: rows can be compared as long as the schema is equal.
const std::vector<std::string>& FeatureNames();
std::string FeatureSchema();

// For each of `names` its slot in [0, kHiddenKnobSlots), or -1.
std::vector<int> HiddenKnobSlots(absl::Span<const std::string> names);

// Fills `row`. `nest` may be null: then all but the hidden knobs are NaN. `hidden`: slot and value of each
// hidden knob; the other slots are NaN. About a microsecond.
void FillFeatureRow(const LoopNest* nest, const std::vector<int64_t>& slots, const Machine& machine,
                    absl::Span<const std::pair<int, int64_t>> hidden, std::vector<float>& row);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_FEATURE_ROW_H_
