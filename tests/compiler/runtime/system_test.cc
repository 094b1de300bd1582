// compiler/runtime/system.h declares by hand what the model run-time calls. This test compares its
// constants and types with this machine's own headers. It does not compare the types of functions; other
// tests of the run-time call all of these functions.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <type_traits>

#include "tests/compiler/runtime/system_declarations.h"

namespace {

#define CONSTANT(name) {#name, static_cast<int64_t>(name)}

TEST(SystemTest, ConstantsAndSizesAreThoseOfTheHeaders) {
  const std::map<std::string, int64_t> headers = {
      CONSTANT(PROT_READ),
      CONSTANT(PROT_WRITE),
      CONSTANT(MAP_PRIVATE),
      CONSTANT(MAP_ANONYMOUS),
      CONSTANT(MADV_DONTNEED),
      CONSTANT(MADV_HUGEPAGE),
      CONSTANT(MADV_NOHUGEPAGE),
      CONSTANT(AT_PAGESZ),
      {"MAP_FAILED", reinterpret_cast<intptr_t>(MAP_FAILED)},
      CONSTANT(CLOCK_MONOTONIC),
      CONSTANT(SYS_futex),
      CONSTANT(FUTEX_WAIT),
      CONSTANT(FUTEX_WAKE),
      CONSTANT(FUTEX_PRIVATE_FLAG),
      {"sizeof(pthread_t)", sizeof(pthread_t)},
      {"sizeof(struct timespec)", sizeof(timespec)},
      {"offsetof(tv_nsec)", offsetof(timespec, tv_nsec)},
      {"sizeof(long)", sizeof(long)},
      {"sizeof(int)", sizeof(int)},
  };
  size_t checked = 0;
  for (const declared* entry = kDeclared; entry->name != nullptr; ++entry, ++checked) {
    ASSERT_TRUE(headers.contains(entry->name)) << entry->name;
    EXPECT_EQ(entry->value, headers.at(entry->name)) << entry->name;
  }
  EXPECT_EQ(checked, headers.size());
}

// The types that system.h writes as `long` or `int`.
static_assert(std::is_same_v<off_t, long> && std::is_same_v<pid_t, int> && std::is_same_v<clockid_t, int>);
static_assert(std::is_same_v<decltype(timespec::tv_sec), long>);

}  // namespace
