// tuner-server: accepts tuning jobs, searches, builds, lets devices measure, and keeps the tuning log.
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "proto/domain/protocol_version.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"
#include "tuner/server/server_options.h"
#include "tuner/server/tuner_server.h"

namespace {

constexpr char kHelp[] =
    "Accepts tuning jobs (diapason tune --server HOST:PORT), searches for schedules, builds them, lets\n"
    "devices measure them (device-agent --tracker HOST:PORT) and stores every result in the tuning log.\n"
    "It has a built-in tracker. Jobs that were running when it ended continue when it starts again.";
constexpr char kFooter[] =
    "Example:\n"
    "  tuner-server --listen 127.0.0.1:9190 --db sqlite:tuning.db --http 127.0.0.1:8080\n"
    "Exit codes: 0 ended by SIGINT or SIGTERM; 2 cannot listen (the port is in use, or the certificates or\n"
    "the address are not valid); 3 cannot use the tuning log (not writable, of a newer version, corrupt, in\n"
    "use); 4 sketches or programs are not installed, or the certificates for --tracker are not valid; 100\n"
    "and above: the command line is not valid.";

// Restricts this process to `cpus`. Builder workers and threads inherit this.
void RestrictToCpus(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu : cpus) CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    spdlog::warn("--cpus: this machine has none of these processors; all processors are used");
}

void WritePort(int fd, int port) {
  const std::string line = std::to_string(port) + "\n";
  if (write(fd, line.data(), line.size()) < 0) spdlog::warn("cannot write the port to --ready-fd {}", fd);
}

}  // namespace

int main(int argc, char** argv) {
  diapason::tuner::ServerOptions options;
  options.listen.address = "127.0.0.1:9190";
  std::string log_level = "info";

  CLI::App app{kHelp, "tuner-server"};
  app.footer(kFooter);
  app.set_version_flag("--version", diapason::VersionText("tuner-server"), diapason::kVersionHelp);
  app.add_option("--listen", options.listen.address,
                 "address to listen on, HOST:PORT; port 0 takes a free port")
      ->capture_default_str();
  app.add_option("--http", options.http,
                 "address of the web page, the JSON API and the metrics for Prometheus, HOST:PORT, e.g. "
                 "127.0.0.1:8080; it uses the same certificates");
  app.add_option("--db", options.db,
                 "the tuning log, sqlite:PATH or postgresql://HOST/DATABASE; created if it "
                 "does not exist")
      ->capture_default_str();
  app.add_option("--tracker", options.tracker,
                 "HOST:PORT of a separate tracker to use instead of the built-in one");
  app.add_option("--builders", options.builders, "number of worker processes that build kernels")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--cpus", options.cpus,
                 "processors that the server and its builders may use, e.g. 1,2,3 if a device-agent on this "
                 "machine measures on 0")
      ->delimiter(',');
  app.add_option(
         "--idle-cpus", options.idle_cpus,
         "processors on which one more builder runs while nothing else does, e.g. 0 if a device-agent "
         "on this machine measures there")
      ->delimiter(',');
  app.add_option("--sketches", options.sketches, "folder of sketches to use instead of the installed ones");
  app.add_option("--cert", options.listen.tls.cert,
                 "the server's certificate (PEM file); without one, --listen must be a loopback address");
  app.add_option("--key", options.listen.tls.key, "the certificate's private key (PEM file)");
  app.add_option("--ca", options.listen.tls.ca,
                 "certificate of the authority that signed the clients' certificates (PEM file)");
  app.add_flag("--insecure", options.listen.tls.insecure, diapason::kInsecureHelp);
  app.add_option("--log-level", log_level, "least severe level of the log lines on stderr")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--ready-fd", options.ready_fd,
                 "open file descriptor to which the port is written as a line once the server listens; with "
                 "--http, a second line has the port of the web page");
  CLI11_PARSE(app, argc, argv);

  // This comes before any thread starts, so that all threads inherit the mask and only sigwait receives
  // the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_logger_mt("tuner-server"));
  spdlog::set_level(spdlog::level::from_str(log_level));
  RestrictToCpus(options.cpus);

  int exit_code = 0;
  auto server = diapason::tuner::TunerServer::Start(options, exit_code);
  if (!server.ok()) {
    std::fprintf(stderr, "tuner-server: %s\n", std::string(server.status().message()).c_str());
    return exit_code;
  }
  spdlog::info("tuner-server listens on {} port={}", options.listen.address, (*server)->port());
  if (!options.http.empty())
    spdlog::info("the web page is on {} port={}", options.http, (*server)->http_port());
  if (options.ready_fd >= 0) {
    WritePort(options.ready_fd, (*server)->port());
    if (!options.http.empty()) WritePort(options.ready_fd, (*server)->http_port());
  }

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  spdlog::info("tuner-server ends on signal {}", signal_number);
  server->reset();
  return 0;
}
