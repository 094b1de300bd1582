// The program `tracker`: the tracker of a device lab that several tuner-servers share.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "proto/base/clock.h"
#include "proto/domain/protocol_version.h"
#include "proto/rpc/grpc_endpoint.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "tracker/services.h"

namespace {

constexpr int kExitCannotListen = 2;
constexpr int kShutdownSeconds = 2;

constexpr char kHelp[] =
    "Knows the devices of a lab and gives them trials.\n"
    "device-agents connect to it (device-agent --tracker HOST:PORT), and tuner-servers send it trials\n"
    "(tuner-server --tracker HOST:PORT). A tuner-server without --tracker has a tracker of its own.";
constexpr char kFooter[] =
    "Example:\n"
    "  tracker --listen 0.0.0.0:9190 --cert lab.pem --key lab.key --ca lab-ca.pem\n"
    "Certificates: the OU of a client's certificate is its role: agent, user or admin.\n"
    "Exit codes: 0 ended by SIGINT or SIGTERM; 2 cannot listen (the port is in use, or the certificates or\n"
    "the address are not valid); 100 and above: the command line is not valid.";

}  // namespace

int main(int argc, char** argv) {
  diapason::ListenOptions listen;
  listen.address = "127.0.0.1:9190";
  diapason::tracker::TrackerOptions options;
  double lease_seconds = absl::ToDoubleSeconds(options.lease);

  CLI::App app{kHelp, "tracker"};
  app.footer(kFooter);
  app.set_version_flag("--version", diapason::VersionText("tracker"), diapason::kVersionHelp);
  app.add_option("--listen", listen.address,
                 "address to listen on, HOST:PORT; port 0 takes a free port and prints it")
      ->capture_default_str();
  app.add_option("--cert", listen.tls.cert,
                 "this server's certificate (PEM file); without it, the tracker listens only on loopback");
  app.add_option("--key", listen.tls.key, "the private key of --cert (PEM file)");
  app.add_option("--ca", listen.tls.ca, "the authority that signed the clients' certificates (PEM file)");
  app.add_flag("--insecure", listen.tls.insecure, diapason::kInsecureHelp);
  app.add_option("--lease", lease_seconds,
                 "seconds without a call after which an agent's trials go to other devices")
      ->check(CLI::Range(0.5, 3600.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  spdlog::set_default_logger(spdlog::stderr_color_mt("tracker"));
  options.lease = absl::Seconds(lease_seconds);

  // Blocks the signals before any thread starts. All threads inherit this, so that only sigwait gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const diapason::SystemClock clock;
  diapason::tracker::TrackerServices services(clock, options);
  grpc::ServerBuilder builder;
  services.Register(builder);
  int port = 0;
  auto server = diapason::StartServer(listen, builder, port);
  if (!server.ok()) {
    std::fprintf(stderr, "tracker: %s\n", std::string(server.status().message()).c_str());
    return kExitCannotListen;
  }
  spdlog::info("tracker listens on {} port={}", listen.address, port);

  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("tracker ends on signal {}", signal);
  services.Shutdown();
  (*server)->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(kShutdownSeconds));
  return 0;
}
