#include "compiler/space/loop_nest.h"

#include "absl/strings/str_cat.h"

namespace diapason::compiler::space {
namespace {

void AppendPiece(const NestPiece& piece, const std::vector<int64_t>& slots, std::string& text) {
  std::string indent;
  for (const Loop& loop : piece.loops) {
    absl::StrAppend(&text, indent, loop.parallel ? "forall" : "for", " ",
                    loop.dim < 0 ? "again" : absl::StrCat("d", loop.dim), " in ", slots[loop.extent], " by ",
                    slots[loop.step], loop.unrolled ? " unrolled" : "",
                    loop.marks.empty() ? "" : absl::StrCat("  // ", loop.marks), "\n");
    indent += " ";
  }
  absl::StrAppend(&text, indent, "tile");
  for (int size : piece.tile) absl::StrAppend(&text, " ", slots[size]);
  text += "\n";
}

}  // namespace

void LoopNest::Complete(size_t num_parameters, std::vector<int64_t>& slots) const {
  slots.resize(num_parameters);
  slots.insert(slots.end(), own_slots.begin(), own_slots.end());
  for (const Instruction& instruction : instructions) Execute(instruction, slots.data());
}

std::string ToString(const LoopNest& nest, const std::vector<int64_t>& slots) {
  std::string text;
  for (const OpNest& op : nest.nests) {
    for (const NestPiece& piece : op.pieces) {
      if (piece.live) AppendPiece(piece, slots, text);
    }
  }
  return text;
}

}  // namespace diapason::compiler::space
