// The engines of the tuning log, for tests that hold each of them to the same promises.
#ifndef DIAPASON_TESTS_DB_ENGINES_H_
#define DIAPASON_TESTS_DB_ENGINES_H_

#include <gtest/gtest.h>

#include <string>

#include "tests/db/log_fixtures.h"
#include "tests/testing/postgresql_server.h"

namespace diapason::db {

// An engine, and how to get the URL of an empty log.
struct Engine {
  const char* name;
  std::string (*url)(const TemporaryFolder& folder);
};

// All engines. SQLite is in the list twice, as a file and in memory.
inline auto Engines() {
  return ::testing::Values(
      Engine{"SqliteFile", [](const TemporaryFolder& f) { return "sqlite:" + f.File("log.db"); }},
      Engine{"SqliteMemory", [](const TemporaryFolder&) { return std::string("sqlite::memory:"); }},
      Engine{"Postgresql",
             [](const TemporaryFolder&) { return PostgresqlServer::Shared().CreateDatabase(); }});
}

// The engine's name, for INSTANTIATE_TEST_SUITE_P.
inline std::string EngineName(const ::testing::TestParamInfo<Engine>& instance) {
  return instance.param.name;
}

}  // namespace diapason::db

#endif  // DIAPASON_TESTS_DB_ENGINES_H_
