// A builder worker for tests. It does what the request's script says: it answers, crashes, hangs, uses too
// much memory, or exits.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "diapason/v1/builder.pb.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"
#include "tuner/build/worker_process.h"

int main() {
  using namespace diapason;
  std::set_new_handler([] { _exit(tuner::kOutOfMemoryExitCode); });
  v1::BuildRequest request;
  while (ReadMessage(kChildReadFd, request).ok()) {
    const std::string& script = request.script();
    if (script == "crash") raise(SIGSEGV);
    if (script == "abort") {
      std::fprintf(stderr, "noise\nLLVM ERROR: out of registers\nmore noise\n");
      std::abort();
    }
    if (script == "exit") return 7;
    while (script == "hang") pause();
    if (script == "memory") {
      std::vector<char*> blocks;
      while (true) {
        blocks.push_back(new char[64 << 20]);
        std::memset(blocks.back(), 1, 1 << 20);
      }
    }
    v1::BuildResponse response;
    response.set_id(script == "wrong id" ? request.id() + 1 : request.id());
    response.mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
    // The artifact is the process id, so that tests see when a new worker was started.
    response.set_artifact(std::to_string(getpid()));
    if (!WriteMessage(kChildWriteFd, response).ok()) return 0;
  }
  return 0;
}
