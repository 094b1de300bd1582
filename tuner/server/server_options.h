// The command-line options of tuner-server and its exit codes.
#ifndef DIAPASON_TUNER_SERVER_SERVER_OPTIONS_H_
#define DIAPASON_TUNER_SERVER_SERVER_OPTIONS_H_

#include <string>
#include <vector>

#include "proto/rpc/grpc_endpoint.h"

namespace diapason::tuner {

// The values of the options. `--help` of tuner-server describes them.
struct ServerOptions {
  ListenOptions listen;
  std::string http;  // HOST:PORT of the web page, with the certificates of `listen`; empty for none
  std::string db = "sqlite:tuning.db";
  std::string tracker;         // HOST:PORT of a separate tracker; empty for the built-in one
  int builders = 1;            // processes that build at the same time
  std::vector<int> cpus;       // processors that this program and its builders may use; empty for all
  std::vector<int> idle_cpus;  // processors on which one more builder runs while they are idle
  std::string sketches;        // folder of sketches; empty for the installed ones
  // Receives the port as a line once the server listens, and then, with `http`, that of the page; -1 for
  // none.
  int ready_fd = -1;
};

// The exit codes of tuner-server.
inline constexpr int kExitCannotListen = 2;
inline constexpr int kExitLog = 3;  // the tuning log is not writable, of a newer version, corrupt, or in use
inline constexpr int kExitInstallation = 4;  // sketches or programs are missing

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SERVER_SERVER_OPTIONS_H_
