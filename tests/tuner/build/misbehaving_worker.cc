// A builder worker for tests. It does what the request's script says: it answers, crashes, hangs, uses too
// much memory, or exits.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "diapason/v1/builder.pb.h"
#include "proto/processes/child_process.h"
#include "proto/processes/message_pipe.h"
#include "tuner/build/worker_process.h"

namespace {

// What the worker could do that a sandbox forbids: "read", "write", "connect" or "see", each followed by a
// blank. `arguments` are the path of a file, the port of a server on loopback, and the id of a process.
std::string Reached(const std::string& arguments) {
  std::istringstream words(arguments);
  std::string path;
  int port = 0;
  pid_t process = 0;
  words >> path >> port >> process;
  std::string reached;
  if (std::ifstream(path).good()) reached += "read ";
  if (std::ofstream(path + ".new").good()) reached += "write ";
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) reached += "connect ";
  if (kill(process, 0) == 0) reached += "see ";
  close(fd);
  return reached;
}

}  // namespace

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
    if (script.rfind("reach ", 0) == 0) response.set_artifact(Reached(script.substr(6)));
    if (!WriteMessage(kChildWriteFd, response).ok()) return 0;
  }
  return 0;
}
