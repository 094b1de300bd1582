#include "compiler/model/kernel_instances.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace diapason::compiler::model {
namespace {

// Returns the strides. A dimension of size 1 gets the stride that it would have if it were dense over
// the dimensions behind it.
v1::Layout CanonicalLayout(const graph::View& view) {
  v1::Layout layout;
  layout.mutable_strides()->Resize(static_cast<int>(view.shape.size()), 0);
  int64_t dense = 1;
  for (int i = static_cast<int>(view.shape.size()) - 1; i >= 0; --i) {
    const int64_t stride = view.shape[i] == 1 ? dense : view.strides[i];
    layout.set_strides(i, stride);
    dense = stride * view.shape[i];
  }
  return layout;
}

bool IsDense(const graph::View& view, const v1::Layout& layout) {
  int64_t dense = 1;
  for (int i = layout.strides_size() - 1; i >= 0; --i) {
    if (layout.strides(i) != dense) return false;
    dense *= view.shape[i];
  }
  return true;
}

}  // namespace

KernelInstances FindInstances(const graph::Program& program) {
  KernelInstances instances;
  std::map<std::string, int> known;
  for (const graph::Call& call : program.calls) {
    KernelInstance instance;
    instance.workload = call.workload;
    instance.first_call = call.name;
    instance.num_arguments = call.arguments.size();
    instance.portable = call.portable;
    std::string key = absl::StrCat(call.workload);
    if (call.portable)
      absl::StrAppend(&key, " ", call.portable->symbol, " ", call.portable->units, " ",
                      call.portable->workspace_bytes, " ", call.portable->scratch_bytes);
    bool all_dense = true;
    for (const graph::View& view : call.arguments) {
      if (call.portable) break;  // it knows all shapes from its first argument
      const v1::Layout layout = CanonicalLayout(view);
      absl::StrAppend(&key, ";", absl::StrJoin(layout.strides(), ","));
      all_dense = all_dense && IsDense(view, layout);
      instance.layouts.push_back(layout);
    }
    if (all_dense) instance.layouts.clear();
    const int next = static_cast<int>(instances.kernels.size());
    const auto [it, is_new] = known.try_emplace(key, next);
    if (is_new) {
      instance.symbol = absl::StrCat("diapason_kernel_", next);
      instances.kernels.push_back(std::move(instance));
    }
    instances.of_call.push_back(it->second);
  }
  return instances;
}

}  // namespace diapason::compiler::model
