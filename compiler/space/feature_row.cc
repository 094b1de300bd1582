#include "compiler/space/feature_row.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/base/content_hash.h"

namespace diapason::compiler::space {
namespace {

constexpr int kLoopLevels = 6;  // so many of the innermost loops have separate features
constexpr int kMaxLoops = 24;   // in deeper nests the loops inside of these are ignored
constexpr int kMaxDims = 16;
constexpr int kOperandSlots = 4;  // at most three inputs, and then the result
constexpr int kLatencyCover = 8;  // so many independent FMAs keep two pipelines of latency 4 busy
constexpr const char* kCaches[] = {"l1", "l2", "l3"};
constexpr const char* kOperandNames[kOperandSlots] = {"in0", "in1", "in2", "out"};

// The features of one piece, in the order in which PieceFeatures writes them. A row has their averages over
// all pieces, weighted by the pieces' work.
std::vector<std::string> PieceNames() {
  std::vector<std::string> names = {"accumulators", "vector_use",   "register_share", "latency_cover",
                                    "loads_per_op", "tile_ops",     "reduction",      "tile_reduction",
                                    "vectors",      "rows",         "short_share",    "stride",
                                    "loops",        "uneven_share", "unit_ops",       "again"};
  for (int level = 0; level < kLoopLevels; ++level) {
    for (const char* name : {"trips", "footprint_l1", "intensity"})
      names.push_back(absl::StrCat(name, level));
  }
  for (const char* cache : kCaches) {
    for (const char* operand : kOperandNames)
      names.push_back(absl::StrCat("bytes_per_op_", cache, "_", operand));
    names.push_back(absl::StrCat("bytes_per_op_", cache, "_all"));
  }
  for (const char* operand : kOperandNames) names.push_back(absl::StrCat("tile_bytes_", operand));
  return names;
}

const std::vector<std::string> kWholeNames = {
    "stated_cost", "least_accumulators", "pieces",         "remainder_share", "code_ops",
    "work",        "parallel_units",     "units_per_core", "packed_bytes",    "constant_bytes_l2"};

double Log(double x) { return std::log2(std::max(x, 1e-6)); }

struct Level {
  double bytes[kOperandSlots];  // how much of each operand one run of the loops inside this level accesses
  double total;
};

// Computes the features of one piece. Dimensions and loops beyond the limits above are ignored, because no
// real nest has so many.
class PieceFeatures {
 public:
  PieceFeatures(const OpNest& nest, const NestPiece& piece, const std::vector<int64_t>& slots,
                const Machine& machine)
      : nest_(nest),
        machine_(machine),
        dims_(static_cast<int>(std::min<size_t>(nest.reduction.size(), kMaxDims))) {
    for (int d = 0; d < dims_; ++d)
      size_[d] = static_cast<double>(std::max<int64_t>(1, slots[piece.tile[d]]));
    for (const Loop& loop : piece.loops) {
      if (TripCount(loop, slots) > 1 && num_loops_ < kMaxLoops && loop.dim < dims_)
        loops_[num_loops_++] = &loop;
    }
    vector_dim_ = VectorDim();
    Tile();
    Walk(slots);
  }

  // Appends everything that PieceNames lists.
  void Write(double* out) const {
    double* f = out;
    const double accumulators = accumulators_,
                 vectors = std::ceil(vector_extent_ / static_cast<double>(machine_.lanes));
    *f++ = accumulators;
    *f++ = vector_extent_ / (vectors * static_cast<double>(machine_.lanes));
    *f++ = (accumulators + vectors + 1) / static_cast<double>(machine_.registers);
    *f++ = std::min(1.0, accumulators / kLatencyCover);
    *f++ = loads_ / tile_ops_;
    *f++ = Log(tile_ops_);
    *f++ = Log(reduction_);
    *f++ = Log(tile_reduction_);
    *f++ = vectors;
    *f++ = accumulators / vectors;
    *f++ = accumulators < kLatencyCover;
    *f++ = stride_;
    *f++ = num_loops_;
    *f++ = work_ > 0 ? 1 - exact_work_ / work_ : 0;
    *f++ = Log(work_ / std::max(1.0, units_));
    *f++ = Log(again_);
    WriteLoops(f);
    WriteTraffic(f);
    for (int o = 0; o < kOperandSlots; ++o) *f++ = Has(o) ? Log(levels_[num_loops_].bytes[o]) : kNone;
  }

  double work() const { return work_; }
  double units() const { return units_; }
  double accumulators() const { return accumulators_; }
  double code() const { return tile_ops_ * unrolled_; }
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

 private:
  // Returns the operand in slot `o`, or null. The inputs come first, and the last slot is the result's.
  const OperandAccess* Operand(int o) const {
    const int inputs = static_cast<int>(nest_.operands.size()) - 1;
    if (o == kOperandSlots - 1) return &nest_.operands.back();
    return o < inputs ? &nest_.operands[o] : nullptr;
  }
  bool Has(int o) const { return Operand(o) != nullptr; }

  // Returns the dimension that is contiguous in the result, which is the one to vectorize, or -1.
  int VectorDim() const {
    const auto& axes = nest_.operands.back().axes;
    if (axes.empty() || axes.back().empty() || axes.back()[0].dim >= dims_) return -1;
    return axes.back()[0].dim;
  }

  Level Footprint() const {
    Level level = {};
    for (int o = 0; o < kOperandSlots; ++o) {
      const OperandAccess* operand = Operand(o);
      if (!operand) continue;
      double bytes = static_cast<double>(operand->element_bytes);
      for (const std::vector<IndexTerm>& axis : operand->axes) {
        double extent = 1;
        for (const IndexTerm& term : axis) {
          if (term.dim < dims_) extent += static_cast<double>(term.coefficient) * (size_[term.dim] - 1);
        }
        bytes *= extent;
      }
      level.bytes[o] = bytes;
      level.total += bytes;
    }
    return level;
  }

  // Counts the vector operations of one execution of the innermost body.
  void Tile() {
    const double lanes = static_cast<double>(machine_.lanes);
    vector_extent_ = vector_dim_ < 0 ? 1 : size_[vector_dim_];
    const double vectors = std::ceil(vector_extent_ / lanes);
    for (int d = 0; d < dims_; ++d) {
      double& part = nest_.reduction[d] ? tile_reduction_ : accumulators_;
      part *= d == vector_dim_ ? vectors : size_[d];
      exact_work_ *= size_[d];
    }
    tile_ops_ = accumulators_ * tile_reduction_;
    levels_[num_loops_] = Footprint();
    for (int o = 0; o + 1 < kOperandSlots; ++o) {
      const OperandAccess* operand = Operand(o);
      if (!operand) continue;
      const double elements = levels_[num_loops_].bytes[o] / static_cast<double>(operand->element_bytes);
      loads_ += Uses(*operand, vector_dim_) ? elements / lanes : elements;
      for (const auto& axis : operand->axes) {
        for (const IndexTerm& term : axis) stride_ = std::max(stride_, static_cast<double>(term.coefficient));
      }
    }
  }

  // Visits the loops from the innermost to the outermost.
  void Walk(const std::vector<int64_t>& slots) {
    work_ = exact_work_;
    reduction_ = tile_reduction_;
    double remainder = 1;
    for (int l = num_loops_ - 1; l >= 0; --l) {
      const Loop& loop = *loops_[l];
      trips_[l] = static_cast<double>(TripCount(loop, slots));
      work_ *= trips_[l];
      if (loop.unrolled) unrolled_ *= trips_[l];
      if (loop.parallel) units_ *= trips_[l];
      if (loop.dim < 0) {
        again_ *= trips_[l];
      } else {
        if (nest_.reduction[loop.dim]) reduction_ *= trips_[l];
        const double extent = static_cast<double>(slots[loop.extent]);
        remainder *= extent / (trips_[l] * size_[loop.dim]);
        size_[loop.dim] = extent;
      }
      levels_[l] = Footprint();
    }
    exact_work_ = work_ * remainder;
  }

  static bool Uses(const OperandAccess& operand, int dim) {
    for (const auto& axis : operand.axes) {
      for (const IndexTerm& term : axis) {
        if (term.dim == dim) return true;
      }
    }
    return false;
  }

  void WriteLoops(double*& f) const {
    double inside = TileWork();
    for (int k = 0; k < kLoopLevels; ++k) {
      const int l = num_loops_ - 1 - k;
      if (l < 0) {
        for (int i = 0; i < 3; ++i) *f++ = kNone;
        continue;
      }
      inside *= trips_[l];
      *f++ = Log(trips_[l]);
      *f++ = Log(levels_[l].total / static_cast<double>(machine_.l1));
      *f++ = Log(inside / levels_[l].total);
    }
  }

  double TileWork() const {
    double work = work_;
    for (int l = 0; l < num_loops_; ++l) work /= trips_[l];
    return work;
  }

  // Writes for each cache the bytes per operation that come from outside of it. Take the outermost level
  // whose data fits into the cache. An operand's bytes at that level are loaded again by each iteration of
  // the loops around it, beginning with the innermost loop that the operand depends on.
  void WriteTraffic(double*& f) const {
    for (int64_t cache : {machine_.l1, machine_.l2, machine_.l3}) {
      int fits = 0;
      while (fits < num_loops_ && levels_[fits].total > static_cast<double>(cache)) ++fits;
      double all = 0;
      for (int o = 0; o < kOperandSlots; ++o) {
        const OperandAccess* operand = Operand(o);
        if (!operand) {
          *f++ = kNone;
          continue;
        }
        double times = 1;
        bool moved = false;
        for (int l = fits - 1; l >= 0; --l) {
          moved |= Uses(*operand, loops_[l]->dim);
          if (moved) times *= trips_[l];
        }
        const double bytes = times * levels_[fits].bytes[o] / work_;
        all += bytes;
        *f++ = Log(bytes);
      }
      *f++ = Log(all);
    }
  }

  const OpNest& nest_;
  const Machine& machine_;
  const int dims_;
  int vector_dim_ = -1;
  int num_loops_ = 0;
  const Loop* loops_[kMaxLoops];
  double trips_[kMaxLoops];
  double size_[kMaxDims];
  Level levels_[kMaxLoops + 1];  // [l] is loop l with all loops inside it; [num_loops_] is the tile
  double accumulators_ = 1, tile_reduction_ = 1, reduction_ = 1, vector_extent_ = 1, tile_ops_ = 1,
         loads_ = 0;
  double stride_ = 1, work_ = 1, exact_work_ = 1, unrolled_ = 1, units_ = 1, again_ = 1;
};

double BytesOf(const OperandAccess& operand, const NestPiece& piece, const std::vector<int64_t>& slots) {
  std::vector<double> size;
  for (int tile : piece.tile) size.push_back(static_cast<double>(slots[tile]));
  for (const Loop& loop : piece.loops) {
    if (loop.dim >= 0) size[loop.dim] = std::max(size[loop.dim], static_cast<double>(slots[loop.extent]));
  }
  double bytes = static_cast<double>(operand.element_bytes);
  for (const auto& axis : operand.axes) {
    double extent = 1;
    for (const IndexTerm& term : axis) extent += static_cast<double>(term.coefficient) * (size[term.dim] - 1);
    bytes *= extent;
  }
  return bytes;
}

}  // namespace

const std::vector<std::string>& FeatureNames() {
  static const std::vector<std::string>& names = *[] {
    auto* all = new std::vector<std::string>(kWholeNames);
    for (const std::string& name : PieceNames()) all->push_back(name);
    for (int i = 0; i < kHiddenKnobSlots; ++i) all->push_back(absl::StrCat("knob", i));
    return all;
  }();
  return names;
}

std::string FeatureSchema() {
  static const std::string& schema =
      *new std::string(ContentHash(absl::StrJoin(FeatureNames(), ",")).substr(0, 16));
  return schema;
}

std::vector<int> HiddenKnobSlots(absl::Span<const std::string> names) {
  std::vector<bool> taken(kHiddenKnobSlots, false);
  std::vector<int> slots;
  for (const std::string& name : names) {
    uint32_t hash = 2166136261u;  // FNV-1a, which is the same on every machine
    for (unsigned char c : name) hash = (hash ^ c) * 16777619u;
    int slot = -1;
    for (int i = 0; i < kHiddenKnobSlots && slot < 0; ++i) {
      const int candidate = static_cast<int>((hash + i) % kHiddenKnobSlots);
      if (!taken[candidate]) slot = candidate;
    }
    if (slot >= 0) taken[slot] = true;
    slots.push_back(slot);
  }
  return slots;
}

void FillFeatureRow(const LoopNest* nest, const std::vector<int64_t>& slots, const Machine& machine,
                    absl::Span<const std::pair<int, int64_t>> hidden, std::vector<float>& row) {
  static const size_t num_piece = PieceNames().size();
  const size_t num_whole = kWholeNames.size();
  row.assign(FeatureNames().size(), std::numeric_limits<float>::quiet_NaN());
  for (const auto& [slot, value] : hidden) {
    if (slot >= 0) row[num_whole + num_piece + slot] = static_cast<float>(value);
  }
  if (!nest) return;

  constexpr size_t kMaxPieceFeatures = 64;
  double sum[kMaxPieceFeatures] = {}, one[kMaxPieceFeatures];
  double total = 0, most = 0, code = 0, units = 0, least = std::numeric_limits<double>::infinity();
  int pieces = 0;
  double packed = 0, constant = 0;
  for (const OpNest& op : nest->nests) {
    const NestPiece* any = nullptr;
    for (const NestPiece& piece : op.pieces) {
      if (!piece.live) continue;
      const PieceFeatures features(op, piece, slots, machine);
      features.Write(one);
      const double work = features.work();
      for (size_t i = 0; i < num_piece; ++i) sum[i] += one[i] * work;
      total += work;
      most = std::max(most, work);
      units = std::max(units, features.units());
      least = std::min(least, features.accumulators());
      code += features.code();
      ++pieces;
      any = &piece;
    }
    for (const OperandAccess& operand : op.operands) {
      if (any == nullptr || !operand.constant) continue;
      const double bytes = BytesOf(operand, *any, slots);
      constant += bytes;
      if (operand.packed) packed += bytes;
    }
  }
  if (pieces == 0) return;
  const double whole[] = {PieceFeatures::kNone,
                          least,
                          static_cast<double>(pieces),
                          1 - most / total,
                          Log(code),
                          Log(total),
                          Log(units),
                          Log(units / static_cast<double>(machine.cores)),
                          Log(packed),
                          Log(constant / static_cast<double>(machine.l2))};
  for (size_t i = 0; i < num_whole; ++i) row[i] = static_cast<float>(whole[i]);
  for (size_t i = 0; i < num_piece; ++i) row[num_whole + i] = static_cast<float>(sum[i] / total);
}

}  // namespace diapason::compiler::space
