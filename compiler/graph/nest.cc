#include "compiler/graph/nest.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace diapason::compiler {
namespace {

// Whether walking loop `outer` and then `inner` is walking one loop.
bool IsOneLoop(const Access& access, size_t outer, size_t inner, int64_t inner_extent) {
  if (access.indexed[outer] != access.indexed[inner]) return false;
  return !access.indexed[outer] || access.strides[outer] == access.strides[inner] * inner_extent;
}

template <typename T>
void Permute(std::vector<T>& items, size_t begin, const std::vector<size_t>& order) {
  const std::vector<T> old = items;
  for (size_t i = 0; i < order.size(); ++i) items[begin + i] = old[order[i]];
}

}  // namespace

Access AccessOf(const Graph& graph, const Layout& layout, ValueId value, absl::Span<const int64_t> extents) {
  const Shape& shape = graph.value(value).shape;
  const Place& place = layout.places[value];
  const Strided at = BroadcastStrides(shape, place.at, extents);
  Access access{value, place.buffer, at.offset, at.strides, std::vector<bool>(extents.size(), false)};
  const size_t missing = extents.size() - shape.size();
  for (size_t d = 0; d < shape.size(); ++d) {
    access.indexed[d + missing] = shape[d] > 1 && at.strides[d + missing] != 0;
  }
  return access;
}

void Nest::Simplify(size_t kept, size_t pinned) {
  const auto erase = [&](size_t loop) {
    extents.erase(extents.begin() + loop);
    is_reduction.erase(is_reduction.begin() + loop);
    for (Access& access : accesses) {
      access.strides.erase(access.strides.begin() + loop);
      access.indexed.erase(access.indexed.begin() + loop);
    }
  };
  for (size_t loop = extents.size() - std::min(kept, extents.size()); loop-- > 0;) {
    const bool last_parallel =
        !is_reduction[loop] && std::count(is_reduction.begin(), is_reduction.end(), false) == 1;
    if (extents[loop] == 1 && !last_parallel) erase(loop);
  }
  for (size_t loop = extents.size() - std::min(pinned, extents.size()); loop-- > 1;) {
    const auto one = [&](const Access& access) { return IsOneLoop(access, loop - 1, loop, extents[loop]); };
    if (is_reduction[loop - 1] != is_reduction[loop] || !std::all_of(accesses.begin(), accesses.end(), one))
      continue;
    extents[loop] *= extents[loop - 1];
    erase(loop - 1);
  }
}

void Nest::SortLoops(size_t begin, size_t end, const Access& access) {
  std::vector<size_t> order(end - begin);
  std::iota(order.begin(), order.end(), begin);
  const std::vector<int64_t> strides = access.strides;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::make_pair(-std::abs(strides[a]), a) < std::make_pair(-std::abs(strides[b]), b);
  });
  Permute(extents, begin, order);
  for (Access& other : accesses) {
    Permute(other.strides, begin, order);
    Permute(other.indexed, begin, order);
  }
}

std::vector<int> MemoryOrderOfLoops(const Access& access, bool keep_order) {
  std::vector<int> loops;
  for (size_t loop = 0; loop < access.indexed.size(); ++loop) {
    if (access.indexed[loop]) loops.push_back(static_cast<int>(loop));
  }
  if (!keep_order) {
    std::sort(loops.begin(), loops.end(), [&](int a, int b) {
      return std::make_pair(-std::abs(access.strides[a]), a) <
             std::make_pair(-std::abs(access.strides[b]), b);
    });
  }
  return loops;
}

}  // namespace diapason::compiler
