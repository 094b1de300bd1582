// `tuner-server`: takes on tuning jobs, searches, builds, has devices measure, keeps the log.
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"
#include "tuner/server/server_options.h"
#include "tuner/server/tuner_server.h"

namespace {

constexpr char kHelp[] =
    "Takes on tuning jobs (diapason tune --server HOST:PORT), searches schedules, builds them, has devices\n"
    "measure them (device-agent --tracker HOST:PORT) and keeps every result in the tuning log.\n"
    "It has a tracker built in. Jobs that were running when it ended go on when it starts again.";
constexpr char kFooter[] =
    "Example:\n"
    "  tuner-server --listen 127.0.0.1:9190 --db sqlite:tuning.db\n"
    "Exit codes: 0 ended by SIGINT or SIGTERM; 2 cannot listen (port in use, certificates, address); 3 the "
    "log\n"
    "(not writable, of a newer version, corrupt, in use); 4 the installation (sketches, programs, tracker's\n"
    "certificates); 100 and above: wrong command line.";

// Builders and threads inherit it.
void KeepToCpus(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu : cpus) CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) spdlog::warn("--cpus: no such processors; all are used");
}

void Announce(int fd, int port) {
  const std::string line = std::to_string(port) + "\n";
  if (write(fd, line.data(), line.size()) < 0) spdlog::warn("nobody reads --ready-fd {}", fd);
}

}  // namespace

int main(int argc, char** argv) {
  diapason::tuner::ServerOptions options;
  options.listen.address = "127.0.0.1:9190";
  std::string log_level = "info";

  CLI::App app{kHelp, "tuner-server"};
  app.footer(kFooter);
  app.add_option("--listen", options.listen.address, "HOST:PORT; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--db", options.db, "the tuning log, sqlite:PATH; made where it is not there")
      ->capture_default_str();
  app.add_option("--tracker", options.tracker,
                 "HOST:PORT of a tracker of its own, instead of the one built in");
  app.add_option("--builders", options.builders, "worker processes that build candidates")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--cpus", options.cpus,
                 "processors that it may use, e.g. 1,2,3, where a device-agent measures on 0")
      ->delimiter(',');
  app.add_option("--sketches", options.sketches, "folder of sketches, instead of the installed ones");
  app.add_option("--cert", options.listen.tls.cert,
                 "certificate (PEM); without one, only loopback is listened on");
  app.add_option("--key", options.listen.tls.key, "its private key (PEM)");
  app.add_option("--ca", options.listen.tls.ca, "authority that signed the clients' certificates (PEM)");
  app.add_option("--log-level", log_level, "what is said on stderr")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--ready-fd", options.ready_fd,
                 "descriptor that receives the port as a line, when it listens");
  CLI11_PARSE(app, argc, argv);

  // Before any thread starts, so that all inherit it and the signals come to sigwait only.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_logger_mt("tuner-server"));
  spdlog::set_level(spdlog::level::from_str(log_level));
  KeepToCpus(options.cpus);

  int exit_code = 0;
  auto server = diapason::tuner::TunerServer::Start(options, exit_code);
  if (!server.ok()) {
    std::fprintf(stderr, "tuner-server: %s\n", std::string(server.status().message()).c_str());
    return exit_code;
  }
  spdlog::info("tuner-server listens on {} port={}", options.listen.address, (*server)->port());
  if (options.ready_fd >= 0) Announce(options.ready_fd, (*server)->port());

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  spdlog::info("tuner-server ends on signal {}", signal_number);
  server->reset();
  return 0;
}
