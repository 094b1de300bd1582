// A PostgreSQL server for tests, with a data folder of its own, that listens on a unix socket only.
#ifndef DIAPASON_TESTS_TESTING_POSTGRESQL_SERVER_H_
#define DIAPASON_TESTS_TESTING_POSTGRESQL_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "proto/processes/child_process.h"

namespace diapason {

// Runs Debian's newest PostgreSQL as the present user or, for root, as the user nobody, because PostgreSQL
// refuses root. A failure ends the test program with a message. The destructor ends the server and deletes
// the folder.
class PostgresqlServer {
 public:
  PostgresqlServer();
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  // The server that the whole test program shares. It is started when it is first asked for.
  static PostgresqlServer& Shared();

  // Makes an empty database and returns its URL.
  std::string CreateDatabase();

  // Kills the server with SIGKILL. Its processes for connections end when they notice.
  void Kill();
  // Starts it again and waits until it answers. It ends with the thread that started it.
  void Start();

 private:
  std::vector<std::string> AsUser(std::vector<std::string> argv) const;
  bool Run(const std::vector<std::string>& argv) const;  // whether it ended with 0 within a minute

  std::string folder_;
  std::string programs_;  // the folder of initdb and postgres
  std::unique_ptr<ChildProcess> server_;
  int databases_ = 0;
};

}  // namespace diapason

#endif  // DIAPASON_TESTS_TESTING_POSTGRESQL_SERVER_H_
