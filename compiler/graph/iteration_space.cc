#include "compiler/graph/iteration_space.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace diapason::compiler::graph {
namespace {

// Returns the access with dimension i being what dimension order[i] was.
Access PermuteDimensions(const Access& access, const std::vector<int64_t>& order) {
  Access permuted{access.value, TransposeView(access.view, order), {}};
  for (int64_t d : order) permuted.loops.push_back(access.loops[d]);
  return permuted;
}

template <typename Key>
Access SortDimensions(const Access& access, const Key& key) {
  std::vector<int64_t> order(access.loops.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return key(a) < key(b); });
  return PermuteDimensions(access, order);
}

// Whether walking loop `outer` and then the next one, of `inner_extent` iterations, is the same as
// walking one loop.
bool WalksLoopsAsOne(const Access& access, int outer, int64_t inner_extent) {
  const int a = access.DimensionOf(outer), b = access.DimensionOf(outer + 1);
  if (a == kNone || b == kNone) return a == b;
  return access.view.strides[a] == access.view.strides[b] * inner_extent;
}

}  // namespace

int Access::DimensionOf(int loop) const {
  const auto found = std::find(loops.begin(), loops.end(), loop);
  return found == loops.end() ? kNone : static_cast<int>(found - loops.begin());
}

void Access::AddDimension(int loop, int64_t extent, int64_t stride) {
  loops.push_back(loop);
  view.shape.push_back(extent);
  view.strides.push_back(stride);
}

Access AccessOf(const Layout& layout, ValueId value, absl::Span<const int64_t> extents, int always) {
  const Shape& shape = layout.views[value].shape;
  const View at = BroadcastView(layout.views[value], extents);
  Access access{value, {at.buffer, at.offset, {}, {}}, {}};
  const size_t missing = extents.size() - shape.size();
  for (size_t loop = 0; loop < extents.size(); ++loop) {
    const bool moves = loop >= missing && shape[loop - missing] > 1 && at.strides[loop] != 0;
    if (moves || static_cast<int>(loop) == always)
      access.AddDimension(static_cast<int>(loop), extents[loop], at.strides[loop]);
  }
  return access;
}

Access AccessAlongAll(const Layout& layout, ValueId value, absl::Span<const int64_t> extents) {
  Access access{value, BroadcastView(layout.views[value], extents), std::vector<int>(extents.size())};
  std::iota(access.loops.begin(), access.loops.end(), 0);
  return access;
}

Access InMemoryOrder(const Access& access) {
  return SortDimensions(
      access, [&](int64_t d) { return std::make_pair(-std::abs(access.view.strides[d]), access.loops[d]); });
}

Access InLoopOrder(const Access& access) {
  return SortDimensions(access, [&](int64_t d) { return access.loops[d]; });
}

int IterationSpace::num_parallel_loops() const {
  return static_cast<int>(std::count(is_reduction.begin(), is_reduction.end(), false));
}

void IterationSpace::AddLoop(int at, int64_t extent, bool reduces) {
  extents.insert(extents.begin() + at, extent);
  is_reduction.insert(is_reduction.begin() + at, reduces);
  for (Access& access : accesses) {
    for (int& loop : access.loops) loop += loop >= at ? 1 : 0;
  }
}

void IterationSpace::RemoveLoop(int loop) {
  extents.erase(extents.begin() + loop);
  is_reduction.erase(is_reduction.begin() + loop);
  for (Access& access : accesses) {
    if (const int d = access.DimensionOf(loop); d != kNone) {
      access.loops.erase(access.loops.begin() + d);
      access.view.shape.erase(access.view.shape.begin() + d);
      access.view.strides.erase(access.view.strides.begin() + d);
    }
    for (int& other : access.loops) other -= other > loop ? 1 : 0;
  }
}

void IterationSpace::PermuteLoops(const std::vector<int>& order) {
  const std::vector<int64_t> old_extents = extents;
  const std::vector<bool> old_reduction = is_reduction;
  std::vector<int> new_loop(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    extents[i] = old_extents[order[i]];
    is_reduction[i] = old_reduction[order[i]];
    new_loop[order[i]] = static_cast<int>(i);
  }
  for (Access& access : accesses) {
    for (int& loop : access.loops) loop = new_loop[loop];
  }
}

void IterationSpace::SortLoops(int begin, int end, const Access& access) {
  std::vector<int64_t> strides(extents.size(), 0);
  for (size_t d = 0; d < access.loops.size(); ++d) strides[access.loops[d]] = access.view.strides[d];
  std::vector<int> order(extents.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin() + begin, order.begin() + end, [&](int a, int b) {
    return std::make_pair(-std::abs(strides[a]), a) < std::make_pair(-std::abs(strides[b]), b);
  });
  PermuteLoops(order);
}

void IterationSpace::SplitLoop(int loop, int64_t outer_extent) {
  const int64_t inner_extent = extents[loop] / outer_extent;
  AddLoop(loop, outer_extent, is_reduction[loop]);
  extents[loop + 1] = inner_extent;
  for (Access& access : accesses) {
    const int d = access.DimensionOf(loop + 1);
    if (d == kNone) continue;
    access.view.shape[d] = inner_extent;
    access.AddDimension(loop, outer_extent, access.view.strides[d] * inner_extent);
  }
}

bool IterationSpace::WalksAsOne(int outer) const {
  return is_reduction[outer] == is_reduction[outer + 1] &&
         std::all_of(accesses.begin(), accesses.end(), [&](const Access& access) {
           return WalksLoopsAsOne(access, outer, extents[outer + 1]);
         });
}

void IterationSpace::MoveIterationsInwards(int outer) {
  extents[outer + 1] *= extents[outer];
  extents[outer] = 1;
  for (Access& access : accesses) {
    const int a = access.DimensionOf(outer), b = access.DimensionOf(outer + 1);
    if (a == kNone) continue;
    access.view.shape[b] *= access.view.shape[a];
    access.view.shape[a] = 1;
  }
}

void IterationSpace::Simplify(int kept, int pinned) {
  for (int loop = num_loops() - std::min(kept, num_loops()); loop-- > 0;) {
    const bool is_last_parallel = !is_reduction[loop] && num_parallel_loops() == 1;
    if (extents[loop] == 1 && !is_last_parallel) RemoveLoop(loop);
  }
  for (int loop = num_loops() - std::min(pinned, num_loops()); loop-- > 1;) {
    if (!WalksAsOne(loop - 1)) continue;
    MoveIterationsInwards(loop - 1);
    RemoveLoop(loop - 1);
  }
}

}  // namespace diapason::compiler::graph
