#include "compiler/model/border.h"

#include <algorithm>

namespace diapason::compiler::model {
namespace {

bool Writes(v1::ArgumentRole role) {
  return role == v1::ARGUMENT_ROLE_OUTPUT || role == v1::ARGUMENT_ROLE_IN_OUT;
}

// Marks all elements of `view` from dimension `dim` on. The indices before it are fixed and lead to
// element `offset`.
void Mark(const graph::View& view, size_t dim, int64_t offset, std::vector<bool>& written) {
  if (dim == view.shape.size()) {
    written[offset] = true;
    return;
  }
  for (int64_t i = 0; i < view.shape[dim]; ++i) Mark(view, dim + 1, offset + i * view.strides[dim], written);
}

// Adds one run. It extends the last group if it fits there, and otherwise begins a new one.
void Append(int64_t offset, int64_t length, std::vector<Runs>& groups) {
  if (!groups.empty()) {
    Runs& last = groups.back();
    const int64_t stride = offset - (last.offset + (last.count - 1) * last.stride);
    if (last.length == length && (last.count == 1 || last.stride == stride)) {
      last.stride = stride;
      ++last.count;
      return;
    }
  }
  groups.push_back({offset, length, 1, 0});
}

}  // namespace

std::vector<Runs> UnwrittenRuns(const graph::Program& program, int buffer) {
  std::vector<bool> written(program.buffers[buffer].elements, false);
  for (const graph::Call& call : program.calls) {
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const graph::View& view = call.arguments[i];
      if (view.buffer == buffer && Writes(graph::RoleOf(program, call, i))) {
        Mark(view, 0, view.offset, written);
      }
    }
  }
  std::vector<Runs> groups;
  for (auto begin = std::find(written.begin(), written.end(), false); begin != written.end();) {
    const auto end = std::find(begin, written.end(), true);
    Append(begin - written.begin(), end - begin, groups);
    begin = std::find(end, written.end(), false);
  }
  return groups;
}

int64_t CountElements(const std::vector<Runs>& runs) {
  int64_t elements = 0;
  for (const Runs& group : runs) elements += group.length * group.count;
  return elements;
}

}  // namespace diapason::compiler::model
