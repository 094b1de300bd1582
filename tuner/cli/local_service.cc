#include "tuner/cli/local_service.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "db/log_fault.h"
#include "proto/base/status_macros.h"
#include "tuner/server/server_options.h"

namespace diapason::tuner {
namespace {

constexpr int kStartMs = 20'000;
constexpr absl::Duration kStopTime = absl::Seconds(5);
constexpr int kMaxBuilders = 8;

// Returns the line that `fd` gives within kStartMs, or an empty string if none comes.
std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  pollfd wait = {fd, POLLIN, 0};
  while (poll(&wait, 1, kStartMs) > 0 && read(fd, &c, 1) == 1 && c != '\n') line.push_back(c);
  return c == '\n' ? line : "";
}

std::string LastLine(const CapturedStderr& output) {
  const std::vector<std::string> lines = absl::StrSplit(output.Text(), '\n', absl::SkipWhitespace());
  return lines.empty() ? "it printed no message" : lines.back();
}

void EndChild(std::unique_ptr<ChildProcess>& child) {
  if (child == nullptr) return;
  if (!child->Wait(kStopTime).ok()) child->Kill().IgnoreError();
  child.reset();
}

}  // namespace

ProcessorShares ShareProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  ProcessorShares shares;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) shares.others.push_back(cpu);
  }
  // The last processor measures, because interrupts are often served by the first.
  shares.measuring = shares.others.back();
  shares.others.pop_back();
  return shares;
}

absl::StatusOr<std::unique_ptr<LocalService>> LocalService::Start(const LocalServiceOptions& options,
                                                                  const Installation& installation) {
  auto service = absl::WrapUnique(new LocalService());
  DIAPASON_RETURN_IF_ERROR(service->StartServer(options, installation));
  DIAPASON_RETURN_IF_ERROR(service->StartAgent(installation));
  return service;
}

absl::Status LocalService::StartServer(const LocalServiceOptions& options, const Installation& installation) {
  const ProcessorShares shares = ShareProcessors();
  ChildOptions child;
  child.argv = {installation.Program("tuner-server"),
                "--listen",
                "127.0.0.1:0",
                "--db",
                options.db,
                "--ready-fd",
                absl::StrCat(kChildWriteFd),
                "--builders",
                absl::StrCat(std::clamp<size_t>(shares.others.size(), 1, kMaxBuilders))};
  if (!shares.others.empty())
    child.argv.insert(child.argv.end(), {"--cpus", absl::StrJoin(shares.others, ",")});
  // One builder alone cannot keep the device busy. Several can.
  if (shares.others.size() == 1)
    child.argv.insert(child.argv.end(), {"--idle-cpus", absl::StrCat(shares.measuring)});
  if (!options.sketches.empty()) child.argv.insert(child.argv.end(), {"--sketches", options.sketches});
  child.stderr_path = server_stderr_.path();
  DIAPASON_ASSIGN_OR_RETURN(server_, ChildProcess::Start(child));
  const std::string port = ReadLine(server_->read_fd());
  if (!port.empty()) {
    address_ = absl::StrCat("127.0.0.1:", port);
    return absl::OkStatus();
  }
  const auto ended = server_->Wait(absl::Seconds(1));
  const std::string said = LastLine(server_stderr_);
  if (ended.ok() && ended->exited && ended->code == kExitLog)
    return db::LogFault(absl::FailedPreconditionError(said));
  return absl::InternalError(absl::StrCat("tuner-server did not start: ", said));
}

absl::Status LocalService::StartAgent(const Installation& installation) {
  char host[256] = "local";
  gethostname(host, sizeof host - 1);
  device_id_ = host;
  ChildOptions child;
  child.argv = {
      installation.Program("device-agent"),     "--tracker", address_, "--name", device_id_, "--cpu",
      absl::StrCat(ShareProcessors().measuring)};
  child.stderr_path = agent_stderr_.path();
  DIAPASON_ASSIGN_OR_RETURN(agent_, ChildProcess::Start(child));
  return absl::OkStatus();
}

absl::Status LocalService::Check() {
  if (server_->Wait(absl::ZeroDuration()).ok()) {
    return absl::InternalError(absl::StrCat("tuner-server ended unexpectedly: ", LastLine(server_stderr_)));
  }
  if (agent_->Wait(absl::ZeroDuration()).ok()) {
    return absl::InternalError(absl::StrCat("device-agent ended unexpectedly: ", LastLine(agent_stderr_)));
  }
  return absl::OkStatus();
}

LocalService::~LocalService() {
  if (agent_ != nullptr) kill(agent_->pid(), SIGTERM);
  EndChild(agent_);
  if (server_ != nullptr) kill(server_->pid(), SIGTERM);
  EndChild(server_);
}

}  // namespace diapason::tuner
