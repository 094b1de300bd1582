#include "compiler/graph/layout.h"

#include <utility>

#include "compiler/graph/storage_plan.h"

namespace diapason::compiler::graph {
namespace {

// Returns false if a step has added copies to the graph. The plan must then be made again from the
// start.
bool Plan(StoragePlan& plan) {
  FindOrders(plan);
  PlaceOutputs(plan);
  PlaceJoins(plan);
  if (!plan.has_copies) PlaceInPlace(plan);
  if (!plan.has_copies) AddBorders(plan);
  if (!plan.has_copies) MakeViews(plan);
  return !plan.has_copies;
}

}  // namespace

Layout PlanLayout(Graph& graph) {
  while (true) {
    StoragePlan plan(graph);
    if (Plan(plan)) return std::move(plan.layout);
    graph.Sort();
  }
}

}  // namespace diapason::compiler::graph
