#include "compiler/space/schedule_space.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/random/distributions.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/space/feature_row.h"
#include "compiler/space/sketch_instance.h"
#include "compiler/transform/registration.h"
#include "compiler/workload/diagnostics.h"
#include "compiler/workload/parse_module.h"
#include "mlir/IR/MLIRContext.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::space {
namespace {

mlir::DialectRegistry Registry() {
  mlir::DialectRegistry registry;
  transform::RegisterDialects(registry);
  return registry;
}

absl::StatusOr<mlir::OwningOpRef<mlir::ModuleOp>> ParsePayload(mlir::MLIRContext* context,
                                                               absl::string_view text) {
  workload::DiagnosticCollector diagnostics(context);
  auto payload = workload::ParseModule(text, "workload.mlir", context);
  if (!payload) return absl::InvalidArgumentError(diagnostics.Text("workload.mlir: this is not valid MLIR"));
  return payload;
}

}  // namespace

struct ScheduleSpace::Impl {
  Impl() : context(Registry(), mlir::MLIRContext::Threading::DISABLED) {}

  const SketchInstance& At(const ScheduleConfig& config) const { return *sketches[config.sketch]; }

  // Returns the number of the sketch whose preferred schedule is the space's default: the first sketch that
  // has a cost or, if the costs of several can be compared, the one of least cost. If none has a cost, it is
  // the first sketch. Costs that can be compared become relative to the least one.
  size_t DefaultSketch() {
    if (default_sketch) return *default_sketch;
    std::vector<size_t> comparable;
    std::optional<size_t> first;
    for (size_t s = 0; s < searched; ++s) {
      if (sketches[s]->program().cost < 0) continue;
      if (!first) first = s;
      if (sketches[s]->program().cost_in_half_cycles) comparable.push_back(s);
    }
    default_sketch = first.value_or(0);
    if (comparable.size() < 2) return *default_sketch;
    const size_t least = *std::min_element(comparable.begin(), comparable.end(), [this](size_t a, size_t b) {
      return sketches[a]->LeastCost() < sketches[b]->LeastCost();
    });
    for (size_t s : comparable) sketches[s]->set_reference_cost(sketches[least]->LeastCost());
    if (sketches[*default_sketch]->program().cost_in_half_cycles) default_sketch = least;
    return *default_sketch;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> payload;
  std::vector<std::unique_ptr<SketchInstance>> sketches;  // the first `searched` of them are searched
  size_t searched = 0;
  std::optional<size_t> default_sketch;  // empty until DefaultSketch is called
};

ScheduleSpace::ScheduleSpace(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ScheduleSpace::~ScheduleSpace() = default;

absl::StatusOr<std::unique_ptr<ScheduleSpace>> ScheduleSpace::Create(absl::string_view workload_text,
                                                                     absl::Span<const v1::Sketch> sketches,
                                                                     const v1::Target& target, int threads) {
  auto impl = std::make_unique<Impl>();
  DIAPASON_ASSIGN_OR_RETURN(impl->payload, ParsePayload(&impl->context, workload_text));
  Machine machine = MachineOf(target);
  machine.threads = threads;
  std::vector<std::unique_ptr<SketchInstance>> fallbacks;
  std::vector<std::string> empty;  // for each sketch without a legal schedule the reason
  for (const v1::Sketch& sketch : sketches) {
    DIAPASON_ASSIGN_OR_RETURN(auto bound,
                              SketchInstance::Bind(&impl->context, sketch, *impl->payload, machine));
    if (!bound) continue;
    if (bound->configs().Count(1) == 0) {
      empty.push_back(absl::StrCat("sketch ", sketch.name(), ": ", bound->configs().WhyEmpty()));
    } else if (bound->is_fallback()) {
      fallbacks.push_back(std::move(bound));
    } else {
      impl->sketches.push_back(std::move(bound));
    }
  }
  impl->searched = impl->sketches.empty() ? fallbacks.size() : impl->sketches.size();
  for (std::unique_ptr<SketchInstance>& fallback : fallbacks) impl->sketches.push_back(std::move(fallback));
  if (!impl->sketches.empty()) return std::unique_ptr<ScheduleSpace>(new ScheduleSpace(std::move(impl)));
  if (!empty.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("no legal schedule: ", absl::StrJoin(empty, "; ")));
  }
  std::vector<std::string> names;
  for (const v1::Sketch& sketch : sketches) names.push_back(sketch.name());
  return absl::NotFoundError(absl::StrCat("no sketch fits the workload; tried ",
                                          names.empty() ? "none" : absl::StrJoin(names, ", ")));
}

int64_t ScheduleSpace::Count(int64_t limit) const {
  int64_t count = 0;
  for (size_t s = 0; s < impl_->searched; ++s) count += impl_->sketches[s]->configs().Count(limit - count);
  return count;
}

std::vector<ScheduleConfig> ScheduleSpace::Enumerate(int64_t limit) const {
  std::vector<ScheduleConfig> found;
  const size_t most = limit < 0 ? 0 : static_cast<size_t>(limit);
  for (size_t s = 0; s < impl_->searched && found.size() < most; ++s) {
    impl_->sketches[s]->configs().ForEach([&](const KnobValues& values) {
      found.push_back({static_cast<int>(s), values});
      return found.size() < most;
    });
  }
  return found;
}

ScheduleConfig ScheduleSpace::Default() const {
  const size_t sketch = impl_->DefaultSketch();
  return {static_cast<int>(sketch), impl_->sketches[sketch]->Preferred()};
}

std::vector<ScheduleConfig> ScheduleSpace::Defaults() const {
  std::vector<ScheduleConfig> found = {Default()};
  for (size_t s = 0; s < impl_->sketches.size(); ++s) {
    if (static_cast<int>(s) != found[0].sketch)
      found.push_back({static_cast<int>(s), impl_->sketches[s]->Preferred()});
  }
  return found;
}

float ScheduleSpace::AnalyticCost(const ScheduleConfig& config) const {
  impl_->DefaultSketch();  // sets the reference cost
  return impl_->At(config).AnalyticCost(config.values);
}

StatedCost ScheduleSpace::Cost() const {
  const SketchInstance& preferred = *impl_->sketches[impl_->DefaultSketch()];
  StatedCost cost;
  if (!preferred.program().cost_in_half_cycles) return cost;
  cost.reference = preferred.LeastCost();
  for (size_t s = 0; s < impl_->searched; ++s) {
    const double products = impl_->sketches[s]->LeastProducts();
    if (products > 0 && (cost.least_products == 0 || products < cost.least_products))
      cost.least_products = products;
  }
  return cost;
}

ScheduleConfig ScheduleSpace::Sample(absl::BitGenRef random) const {
  const size_t sketch = absl::Uniform<size_t>(random, 0, impl_->searched);
  return {static_cast<int>(sketch), impl_->sketches[sketch]->configs().Sample(random)};
}

ScheduleConfig ScheduleSpace::Mutate(const ScheduleConfig& config, absl::BitGenRef random) const {
  return {config.sketch, impl_->At(config).configs().Mutate(config.values, random)};
}

ScheduleConfig ScheduleSpace::Crossover(const ScheduleConfig& a, const ScheduleConfig& b,
                                        absl::BitGenRef random) const {
  if (a.sketch != b.sketch) return a;
  return {a.sketch, impl_->At(a).configs().Crossover(a.values, b.values, random)};
}

bool ScheduleSpace::IsLegal(const ScheduleConfig& config) const {
  return config.sketch >= 0 && config.sketch < static_cast<int>(impl_->sketches.size()) &&
         impl_->At(config).configs().Contains(config.values);
}

absl::StatusOr<ScheduleConfig> ScheduleSpace::FromSchedule(const v1::Schedule& schedule) const {
  for (size_t s = 0; s < impl_->sketches.size(); ++s) {
    if (impl_->sketches[s]->sketch().hash() != schedule.sketch_hash()) continue;
    DIAPASON_ASSIGN_OR_RETURN(KnobValues values, impl_->sketches[s]->ValuesOf(schedule));
    return ScheduleConfig{static_cast<int>(s), std::move(values)};
  }
  return absl::NotFoundError(absl::StrCat("sketch ", schedule.sketch_name(), " (", schedule.sketch_hash(),
                                          ") is not among those that fit this workload"));
}

v1::Schedule ScheduleSpace::ToSchedule(const ScheduleConfig& config) const {
  return impl_->At(config).ScheduleOf(config.values);
}

absl::StatusOr<std::string> ScheduleSpace::Render(const ScheduleConfig& config) const {
  if (!IsLegal(config)) return absl::InvalidArgumentError("the schedule is not legal in this space");
  return impl_->At(config).Render(config.values);
}

std::vector<float> ScheduleSpace::FeatureRow(const ScheduleConfig& config) const {
  std::vector<float> row;
  impl_->DefaultSketch();  // sets the reference cost
  impl_->At(config).FillRow(config.values, row);
  return row;
}

std::string ScheduleSpace::FeatureSchema() { return compiler::space::FeatureSchema(); }
std::vector<std::string> ScheduleSpace::FeatureNames() { return compiler::space::FeatureNames(); }

std::string ScheduleSpace::LoopNest(const ScheduleConfig& config) const {
  return impl_->At(config).LoopNestText(config.values);
}

}  // namespace diapason::compiler::space
