// Sequences of tensors. When a model is imported, the length of each sequence must be known. So a sequence is
// a list of values, and the operators on sequences add nothing to the graph, or only what they do to tensors.
#ifndef DIAPASON_COMPILER_IMPORTER_SEQUENCES_H_
#define DIAPASON_COMPILER_IMPORTER_SEQUENCES_H_

#include <deque>

#include "absl/strings/string_view.h"
#include "compiler/graph/graph.h"

namespace diapason::compiler::importer {

using ValueIds = std::vector<graph::ValueId>;

// All sequences of a model. Each has an id, which stands where otherwise the id of a value stands, for
// example among the operands of a node. It is negative and differs from kNone. Sequences never change.
class Sequences {
 public:
  // Whether the id is that of a sequence.
  static bool Has(graph::ValueId id) { return id <= kFirst; }

  // Adds a sequence of these values, and returns its id.
  graph::ValueId Add(ValueIds elements) {
    all_.push_back(std::move(elements));
    return kFirst - static_cast<graph::ValueId>(all_.size()) + 1;
  }
  // Returns the values of the sequence. They stay where they are until this object is destroyed.
  const ValueIds& Elements(graph::ValueId id) const { return all_[static_cast<size_t>(kFirst - id)]; }

 private:
  static constexpr graph::ValueId kFirst = -10;

  std::deque<ValueIds> all_;
};

// Whether an operator of this name takes sequences. All others refuse them.
bool TakesSequences(absl::string_view operator_name);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_SEQUENCES_H_
