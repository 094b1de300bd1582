// builder-worker: builds kernels and tries out schedule spaces. It reads BuildRequests from descriptor 3
// and writes BuildResponses to descriptor 4 until descriptor 3 is closed. Only the builder pool of
// tuner-server and of `diapason compile` starts it.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/space/rehearsal.h"
#include "llvm/Support/ErrorHandling.h"
#include "proto/domain/outcome.h"
#include "proto/domain/target_kind.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"
#include "tuner/build/worker_process.h"

namespace diapason::tuner {
namespace {

// Keeps one back end for each kind of target, and uses it again for later requests.
class WarmBackends {
 public:
  v1::BuildResponse Build(const v1::BuildRequest& request) {
    const v1::TargetKind kind = KindOf(request.target());
    std::unique_ptr<compiler::codegen::KernelBackend>& backend = backends_[kind];
    if (backend == nullptr) {
      auto made = compiler::codegen::MakeBackend(kind);
      if (!made.ok()) {
        v1::BuildResponse response;
        *response.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_COMPILE_ERROR, made.status().message());
        return response;
      }
      backend = *std::move(made);
    }
    return backend->Build(request);
  }

 private:
  std::map<v1::TargetKind, std::unique_ptr<compiler::codegen::KernelBackend>> backends_;
};

// Opens the schedule space of a request with sketches, so that a text which crashes MLIR ends this process
// only.
v1::BuildResponse Rehearse(const v1::BuildRequest& request) {
  const std::vector<v1::Sketch> sketches(request.sketches().begin(), request.sketches().end());
  const absl::Status status =
      compiler::space::RehearseSpace(request.workload_text(), sketches, request.target());
  v1::BuildResponse response;
  *response.mutable_outcome() =
      MakeOutcome(status.ok() ? v1::OUTCOME_KIND_OK : v1::OUTCOME_KIND_REJECTED, status.message());
  return response;
}

int Main() {
  signal(SIGPIPE, SIG_IGN);
  std::set_new_handler([] { _exit(kOutOfMemoryExitCode); });
  llvm::install_bad_alloc_error_handler([](void*, const char*, bool) { _exit(kOutOfMemoryExitCode); });
  WarmBackends backends;
  v1::BuildRequest request;
  while (true) {
    const absl::Status read = ReadMessage(kChildReadFd, request);
    if (absl::IsOutOfRange(read)) return 0;
    if (!read.ok()) {
      std::fprintf(stderr, "builder-worker: descriptor %d: %s\n", kChildReadFd,
                   std::string(read.message()).c_str());
      return 1;
    }
    v1::BuildResponse response = request.sketches().empty() ? backends.Build(request) : Rehearse(request);
    response.set_id(request.id());
    if (!WriteMessage(kChildWriteFd, response).ok()) return 0;  // the pool is gone
  }
}

}  // namespace
}  // namespace diapason::tuner

int main() { return diapason::tuner::Main(); }
