#include "compiler/model/memory_plan.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "compiler/runtime/kernel_abi.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

int64_t Aligned(int64_t bytes) {
  return (bytes + DIAPASON_ALIGNMENT - 1) / DIAPASON_ALIGNMENT * DIAPASON_ALIGNMENT;
}

// A buffer of the arena, as the planner sees it.
struct Item {
  int buffer = 0;
  int64_t bytes = 0;  // aligned
  int first = 0;      // it is alive from call `first` to call `last`, both included
  int last = 0;
  int border = -1;  // an index into borders_, or -1 if it has no border that must be set
};

// Buffers with equal borders may share memory without spoiling each other's border.
struct BorderKind {
  int64_t elements = 0;
  v1::ElementType element_type;
  double value = 0;
  std::vector<Runs> runs;

  bool operator==(const BorderKind&) const = default;
  int64_t Bytes() const { return CountElements(runs) * ElementBytes(element_type); }
};

// One or more buffers that get the same place: a single buffer, or buffers with equal borders that are
// never alive at the same time.
struct Block {
  std::vector<int> items;
  int64_t bytes = 0;
  int first = 0;
  int last = 0;
  int64_t offset = 0;
};

bool Overlap(int64_t first_a, int64_t last_a, int64_t first_b, int64_t last_b) {
  return first_a <= last_b && first_b <= last_a;
}

class Planner {
 public:
  explicit Planner(const graph::Program& program) : program_(program) {
    CollectItems();
    for (Item& item : items_) FindBorder(item);
  }

  MemoryPlan Plan() {
    Placement best = Place({});
    while (TryToSeparate(best)) {
    }
    return Finish(best);
  }

 private:
  struct Placement {
    std::set<int> separate;        // kinds of border with dedicated memory
    std::vector<int64_t> offsets;  // by item
    std::vector<bool> refill;      // by item: whether every run must set its border
    int64_t arena_bytes = 0;
    int64_t cost = 0;
  };

  void CollectItems() {
    std::vector<int> item_of(program_.buffers.size(), -1);
    for (int call = 0; call < static_cast<int>(program_.calls.size()); ++call) {
      for (const graph::View& view : program_.calls[call].arguments) {
        const graph::Buffer& buffer = program_.buffers[view.buffer];
        if (buffer.kind != graph::BufferKind::kActivation) continue;
        int& index = item_of[view.buffer];
        if (index < 0) {
          index = static_cast<int>(items_.size());
          items_.push_back(
              {view.buffer, Aligned(buffer.elements * ElementBytes(buffer.element_type)), call, call, -1});
        }
        items_[index].last = call;
      }
    }
  }

  void FindBorder(Item& item) {
    const graph::Buffer& buffer = program_.buffers[item.buffer];
    if (!buffer.has_border) return;
    BorderKind kind{buffer.elements, buffer.element_type, buffer.border_value,
                    UnwrittenRuns(program_, item.buffer)};
    if (kind.runs.empty()) return;
    const auto known = std::find(borders_.begin(), borders_.end(), kind);
    item.border = static_cast<int>(known - borders_.begin());
    if (known == borders_.end()) borders_.push_back(std::move(kind));
  }

  // Puts buffers whose kind of border is in `separate` into as few blocks as their live ranges allow.
  // Such a block is alive during the whole run.
  std::vector<Block> MakeBlocks(const std::set<int>& separate) const {
    std::vector<Block> blocks;
    for (int i = 0; i < static_cast<int>(items_.size()); ++i) {
      const Item& item = items_[i];
      if (!separate.contains(item.border)) {
        blocks.push_back({{i}, item.bytes, item.first, item.last, 0});
        continue;
      }
      const auto fits = std::find_if(blocks.begin(), blocks.end(), [&](const Block& block) {
        return items_[block.items[0]].border == item.border &&
               std::none_of(block.items.begin(), block.items.end(), [&](int other) {
                 return Overlap(item.first, item.last, items_[other].first, items_[other].last);
               });
      });
      if (fits != blocks.end()) {
        fits->items.push_back(i);
      } else {
        blocks.push_back({{i}, item.bytes, 0, static_cast<int>(program_.calls.size()), 0});
      }
    }
    return blocks;
  }

  // Returns the lowest offset in the smallest gap that holds the block. `placed` is sorted by ascending
  // offset.
  static int64_t BestGap(const Block& block, const std::vector<const Block*>& placed) {
    int64_t end = 0;
    int64_t best = -1;
    int64_t best_gap = std::numeric_limits<int64_t>::max();
    for (const Block* other : placed) {
      if (!Overlap(block.first, block.last, other->first, other->last)) continue;
      const int64_t gap = other->offset - end;
      if (gap >= block.bytes && gap < best_gap) {
        best = end;
        best_gap = gap;
      }
      end = std::max(end, other->offset + other->bytes);
    }
    return best >= 0 ? best : end;
  }

  Placement Place(std::set<int> separate) const {
    std::vector<Block> blocks = MakeBlocks(separate);
    std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
      return std::pair(-a.bytes, a.items[0]) < std::pair(-b.bytes, b.items[0]);
    });
    Placement result;
    result.separate = std::move(separate);
    result.offsets.resize(items_.size());
    std::vector<const Block*> placed;
    for (Block& block : blocks) {
      block.offset = BestGap(block, placed);
      const auto behind = std::upper_bound(placed.begin(), placed.end(), block.offset,
                                           [](int64_t offset, const Block* b) { return offset < b->offset; });
      placed.insert(behind, &block);
      result.arena_bytes = std::max(result.arena_bytes, block.offset + block.bytes);
      for (int item : block.items) result.offsets[item] = block.offset;
    }
    FindRefills(result);
    return result;
  }

  void FindRefills(Placement& placement) const {
    placement.refill.assign(items_.size(), false);
    placement.cost = placement.arena_bytes;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].border < 0) continue;
      for (size_t k = 0; k < items_.size() && !placement.refill[i]; ++k) {
        placement.refill[i] = k != i && MayOverwriteBorder(placement, k, i);
      }
      if (placement.refill[i]) placement.cost += borders_[items_[i].border].Bytes();
    }
  }

  // Whether writing to item `other` may overwrite the border of `item`.
  bool MayOverwriteBorder(const Placement& placement, size_t other, size_t item) const {
    const int64_t a = placement.offsets[item];
    const int64_t b = placement.offsets[other];
    if (a == b && items_[item].border == items_[other].border) return false;
    return Overlap(a, a + items_[item].bytes - 1, b, b + items_[other].bytes - 1);
  }

  // Gives dedicated memory to the kind of border that costs most to set and for which this lowers the
  // cost. Returns false if there is none.
  bool TryToSeparate(Placement& best) const {
    std::vector<int64_t> bytes(borders_.size(), 0);
    for (size_t i = 0; i < items_.size(); ++i) {
      if (best.refill[i]) bytes[items_[i].border] += borders_[items_[i].border].Bytes();
    }
    std::vector<int> kinds;
    for (int kind = 0; kind < static_cast<int>(bytes.size()); ++kind) {
      if (bytes[kind] > 0) kinds.push_back(kind);
    }
    std::sort(kinds.begin(), kinds.end(),
              [&](int a, int b) { return std::pair(-bytes[a], a) < std::pair(-bytes[b], b); });
    for (int kind : kinds) {
      std::set<int> separate = best.separate;
      separate.insert(kind);
      Placement tried = Place(std::move(separate));
      if (tried.cost >= best.cost) continue;
      best = std::move(tried);
      return true;
    }
    return false;
  }

  MemoryPlan Finish(const Placement& placement) const {
    MemoryPlan plan;
    plan.arena_bytes = placement.arena_bytes;
    plan.offsets.assign(program_.buffers.size(), 0);
    for (size_t i = 0; i < items_.size(); ++i) {
      const Item& item = items_[i];
      plan.offsets[item.buffer] = placement.offsets[i];
      if (item.border < 0) continue;
      const int before_call = placement.refill[i] ? item.first : BorderFill::kAtLoad;
      plan.fills.push_back({item.buffer, before_call, borders_[item.border].runs});
    }
    std::sort(plan.fills.begin(), plan.fills.end(), [](const BorderFill& a, const BorderFill& b) {
      return std::pair(a.before_call, a.buffer) < std::pair(b.before_call, b.buffer);
    });
    return plan;
  }

  const graph::Program& program_;
  std::vector<Item> items_;  // in the order of their first call
  std::vector<BorderKind> borders_;
};

}  // namespace

int64_t MemoryPlan::RefilledBytes(const graph::Program& program) const {
  int64_t bytes = 0;
  for (const BorderFill& fill : fills) {
    if (fill.before_call == BorderFill::kAtLoad) continue;
    bytes += CountElements(fill.runs) * ElementBytes(program.buffers[fill.buffer].element_type);
  }
  return bytes;
}

MemoryPlan PlanMemory(const graph::Program& program) { return Planner(program).Plan(); }

}  // namespace diapason::compiler::model
