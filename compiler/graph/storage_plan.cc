#include "compiler/graph/storage_plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/graph/match.h"

namespace diapason::compiler::graph {

StoragePlan::StoragePlan(Graph& planned_graph) : graph(planned_graph) {
  layout.kernels = FormKernels(graph);
  layout.non_negative = FindNonNegative(graph);
  AddStorageOfNewValues();
  for (size_t k = 0; k < layout.kernels.size(); ++k) {
    storage[layout.kernels[k].output].kernel = static_cast<int>(k);
    for (NodeId id : layout.kernels[k].weights) {
      for (ValueId input : graph.node(id).inputs)
        storage[input].masks_scores |= IsElementwise(graph.node(id).op);
    }
  }
}

void StoragePlan::AddStorageOfNewValues() {
  const size_t values = static_cast<size_t>(graph.num_values());
  layout.views.resize(values);
  layout.non_negative.resize(values, false);
  storage.resize(values);
}

ValueId StoragePlan::AddCopy(ValueId value, bool dense) {
  const ValueId copy = *graph.Add(Op::kCopy, {value}, {{"dense", static_cast<int64_t>(dense)}},
                                  absl::StrCat("copy of ", graph.value(value).name));
  AddStorageOfNewValues();
  layout.non_negative[copy] = layout.non_negative[value];
  storage[copy].kernel = static_cast<int>(layout.kernels.size());
  Kernel kernel;
  kernel.anchor = graph.value(copy).producer;
  kernel.output = copy;
  layout.kernels.push_back(std::move(kernel));
  has_copies = true;
  return copy;
}

ValueId StoragePlan::InsertCopy(ValueId value, const std::vector<NodeId>& readers, bool dense) {
  const ValueId copy = AddCopy(value, dense);
  for (NodeId reader : readers) {
    for (size_t i = 0; i < graph.node(reader).inputs.size(); ++i) {
      if (graph.node(reader).inputs[i] == value) graph.SetOperand(reader, i, copy);
    }
  }
  return copy;
}

bool StoragePlan::IsConcat(ValueId value) const {
  const Node* node = graph.Producer(value);
  return node != nullptr && KindOf(node->op) == OpKind::kConcat;
}

bool StoragePlan::IsWrittenDense(ValueId value) const {
  const Node* anchor = AnchorOf(value);
  return anchor != nullptr && TraitsOf(anchor->op).strides == StrideNeed::kDense;
}

const Node* StoragePlan::AnchorOf(ValueId value) const {
  const int kernel = storage[value].kernel;
  if (kernel == kNone || layout.kernels[kernel].anchor == kNone) return nullptr;
  return &graph.node(layout.kernels[kernel].anchor);
}

ValueId StoragePlan::Root(ValueId value) const {
  while (storage[value].parent != kNone) value = storage[value].parent;
  return value;
}

}  // namespace diapason::compiler::graph
