#include "tests/testing/postgresql_server.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace diapason {
namespace {

constexpr char kRoot[] = "/usr/lib/postgresql";
constexpr int kNobody = 65534;

[[noreturn]] void Fail(absl::string_view why) {
  std::fprintf(stderr, "the tests' PostgreSQL: %.*s\n", static_cast<int>(why.size()), why.data());
  std::abort();
}

// The folder of the newest release's programs.
std::string FindPrograms() {
  std::error_code ignored;
  std::string newest;
  int newest_release = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot, ignored)) {
    const int release = std::atoi(entry.path().filename().c_str());
    if (release > newest_release && std::filesystem::exists(entry.path() / "bin/initdb", ignored)) {
      newest_release = release;
      newest = entry.path() / "bin";
    }
  }
  if (newest.empty()) Fail("it is not installed; run deploy/install_packages test");
  return newest;
}

}  // namespace

PostgresqlServer::PostgresqlServer() : programs_(FindPrograms()) {
  std::string pattern = std::filesystem::temp_directory_path() / "diapason-pg-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) Fail("cannot make a folder");
  folder_ = pattern;
  if (geteuid() == 0 && chown(folder_.c_str(), kNobody, kNobody) != 0) Fail("cannot give the folder away");
  // Others may connect to the socket in it.
  if (chmod(folder_.c_str(), 0755) != 0) Fail("cannot open the folder");
  if (!Run(AsUser({programs_ + "/initdb", "-D", folder_ + "/data", "-U", "tester", "--auth=trust", "-E",
                   "UTF8", "--no-locale", "--no-sync"}))) {
    Fail("initdb fails");
  }
  Start();
}

PostgresqlServer::~PostgresqlServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

PostgresqlServer& PostgresqlServer::Shared() {
  static PostgresqlServer server;
  return server;
}

std::vector<std::string> PostgresqlServer::AsUser(std::vector<std::string> argv) const {
  if (geteuid() != 0) return argv;
  // A change of the user clears the signal that ends the child with its parent, so it is set again.
  const std::string id = absl::StrCat(kNobody);
  std::vector<std::string> prefix = {"/usr/bin/setpriv", "--reuid",     id,     "--regid", id,
                                     "--clear-groups",   "--pdeathsig", "KILL", "--"};
  argv.insert(argv.begin(), prefix.begin(), prefix.end());
  return argv;
}

bool PostgresqlServer::Run(const std::vector<std::string>& argv) const {
  auto child = ChildProcess::Start({.argv = argv, .stderr_path = folder_ + "/log"});
  if (!child.ok()) Fail(child.status().message());
  const auto exit = (*child)->Wait(absl::Minutes(1));
  return exit.ok() && exit->exited && exit->code == 0;
}

void PostgresqlServer::Start() {
  const std::vector<std::string> argv =
      AsUser({programs_ + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-c",
              "listen_addresses=", "-c", "max_connections=50"});
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (absl::Now() < deadline) {
    // A server refuses to start until the processes of a killed predecessor have ended. Then it is tried
    // again.
    if (server_ == nullptr || (*server_).Wait(absl::ZeroDuration()).ok()) {
      auto child = ChildProcess::Start({.argv = argv, .stderr_path = folder_ + "/log"});
      if (!child.ok()) Fail(child.status().message());
      server_ = *std::move(child);
    }
    if (Run({programs_ + "/pg_isready", "-q", "-h", folder_, "-d", "postgres"})) return;
    absl::SleepFor(absl::Milliseconds(50));
  }
  Fail("the server does not answer within 30 s");
}

void PostgresqlServer::Kill() {
  if (server_ == nullptr) return;
  server_->Kill().IgnoreError();
  server_.reset();
  std::error_code ignored;
  std::filesystem::remove(folder_ + "/data/postmaster.pid", ignored);
}

std::string PostgresqlServer::CreateDatabase() {
  const std::string name = absl::StrCat("log_", ++databases_);
  if (!Run({programs_ + "/createdb", "-h", folder_, "-U", "tester", name}))
    Fail(absl::StrCat("cannot create the database ", name));
  return absl::StrCat("postgresql://tester@/", name, "?host=", folder_);
}

}  // namespace diapason
