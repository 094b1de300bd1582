#include "tuner/job/references.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/domain/outcome.h"
#include "tuner/job/trial_messages.h"

namespace diapason::tuner {

void References::Request(const JobTask& task) {
  {
    MutexLock lock(mu_);
    if (!references_.try_emplace(task.index).second) return;
  }
  // No lock is held here, because the builder may answer before Build returns.
  context_.dependencies.builder.Build(
      NewBuildRequest(context_, task, "", v1::OPTIMIZATION_REFERENCE),
      gate_.Wrap([this, &task](const v1::BuildResponse& response) { OnBuilt(task, response); }));
}

void References::Use(const JobTask& task, OnReference then) {
  Request(task);
  ArtifactRef artifact;
  {
    MutexLock lock(mu_);
    Reference& reference = references_[task.index];
    if (reference.artifact == nullptr) {
      reference.waiting.push_back(std::move(then));
      return;
    }
    artifact = reference.artifact;
  }
  then(artifact);
}

void References::OnBuilt(const JobTask& task, const v1::BuildResponse& response) {
  if (context_.signal.ending()) return;
  if (!IsOk(response.outcome())) {
    context_.signal.Fail(
        absl::InternalError(absl::StrCat("the reference of ", task.state.workload().summary(),
                                         " cannot be built: ", response.outcome().message())));
    return;
  }
  const ArtifactRef artifact = NewArtifact(response);
  std::vector<OnReference> waiting;
  {
    MutexLock lock(mu_);
    Reference& reference = references_[task.index];
    reference.artifact = artifact;
    waiting.swap(reference.waiting);
  }
  for (const OnReference& then : waiting) then(artifact);
}

}  // namespace diapason::tuner
